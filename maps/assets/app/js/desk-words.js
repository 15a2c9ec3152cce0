// What the desk knows by name: categories by initials, the words of the county's template, organisations.

import { address, get } from "./api.js";

export class DeskWords {
  async load() {
    const [life, categories] = await Promise.all([get("/v1/life"), get("/v1/categories")]);
    this.life = life;
    this.categories = categories.items;
    this.byCode = new Map(this.categories.map((category) => [category.code, category]));
  }

  /** Categories whose initials, name, group or code fit; what begins with the words stands first. */
  findCategories(words) {
    const wanted = words.toLowerCase().replaceAll(/\s+/g, "");
    const ranked = this.categories
      .map((category) => ({ category, rank: rankOf(category, wanted) }))
      .filter(({ rank }) => rank < Infinity)
      .sort((a, b) => a.rank - b.rank);
    return ranked.map(({ category }) => ({ value: category.code, label: category.name, hint: [category.code, category.initials, category.group].filter(Boolean).join(" · ") }));
  }

  step(name) {
    return this.life?.steps[name] ?? name;
  }

  label(list, key) {
    return this.life?.[list]?.find((item) => String(item.key) === String(key))?.label ?? String(key ?? "");
  }

  async orgs() {
    this.orgList ??= get(address("/v1/orgs", { limit: 500 })).then((page) => page.items);
    try {
      return await this.orgList;
    } catch (error) {
      this.orgList = null; // asked again the next time
      throw error;
    }
  }
}

function rankOf({ code, name, group, initials }, wanted) {
  if (!wanted) return 5;
  if (code === wanted) return 0;
  if (initials?.startsWith(wanted)) return 1;
  if (name.startsWith(wanted)) return 2;
  if (name.includes(wanted)) return 3;
  if (initials?.includes(wanted) || code.startsWith(wanted)) return 4;
  return group.includes(wanted) ? 6 : Infinity;
}

/** Areas by name: grids first or any level. */
export async function findAreas(words, { gridsOnly = false } = {}) {
  if (!words) return [];
  const { items } = await get(address("/v1/search", { q: words, limit: 30 }));
  const units = items.filter((item) => (gridsOnly ? item.kind === "grid" : ["grid", "community", "township", "county"].includes(item.kind)));
  return units.map((item) => ({ value: item.code, label: item.name, hint: item.path_name }));
}
