// The list of places: a part of a name, kind, township, in use or not.

import { address, get } from "./api.js";
import { byId, el, errorBox } from "./dom.js";
import { titleOf } from "./places-words.js";

const TYPING_MS = 250;

export function alsoCalled(place) {
  return place.aliases.filter((alias) => alias.status === "approved").map((alias) => alias.name);
}

export class PlaceList {
  constructor({ onChoose }) {
    this.onChoose = onChoose;
    this.list = byId("place-list");
    this.more = byId("more-places");
    this.chosen = null;
    this.places = [];
    const later = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), TYPING_MS);
    };
    byId("find-words").addEventListener("input", later);
    for (const id of ["find-kind", "find-area", "find-state"]) byId(id).addEventListener("change", () => this.load());
    byId("find").addEventListener("submit", (event) => {
      event.preventDefault();
      this.load();
    });
    this.more.addEventListener("click", () => this.load(this.next));
  }

  async fillAreas() {
    const own = byId("content").dataset.area;
    try {
      const { items } = await get(address("/v1/areas", { level: "township", limit: 100 }));
      byId("find-area").append(...items.map((area) => el("option", { value: area.code }, area.name)));
    } catch {
      return; // the list of all places stands without it
    }
    if (own.length === 9) {
      byId("find-area").value = own;
      this.load();
    }
  }

  async load(cursor = null) {
    const asked = (this.asked = (this.asked ?? 0) + 1);
    const query = { q: byId("find-words").value.trim(), kind: byId("find-kind").value, area: byId("find-area").value, state: byId("find-state").value, limit: 60, cursor };
    try {
      const page = await get(address("/v1/places", query));
      if (asked !== this.asked) return; // something else was typed meanwhile
      this.places = cursor ? [...this.places, ...page.items] : page.items;
      this.next = page.next;
      this.draw();
    } catch (error) {
      if (asked === this.asked) this.list.replaceChildren(el("li", null, errorBox(error, () => this.load(cursor))));
    }
  }

  draw() {
    this.more.hidden = !this.next;
    if (this.places.length) this.list.replaceChildren(...this.places.map((place) => this.row(place)));
    else this.list.replaceChildren(el("li", { class: "empty" }, byId("find-words").value.trim() ? "没有找到这个叫法。可换个说法，或新增地名。" : "这里还没有地名。"));
  }

  row(place) {
    const also = alsoCalled(place);
    return el(
      "li",
      null,
      el(
        "button",
        { type: "button", class: "place-row", "data-id": place.id, "data-over": place.in_force ? null : "yes", "aria-current": place.id === this.chosen ? "true" : null, onclick: () => this.onChoose(place) },
        el("b", null, titleOf(place)),
        el("span", { class: "kind" }, place.in_force ? place.kind_label : `${place.kind_label} · 停用`),
        el("span", { class: "where" }, place.hint || "全旗"),
        also.length ? el("span", { class: "also" }, `又叫 ${also.slice(0, 4).join("、")}${also.length > 4 ? "…" : ""}`) : null,
      ),
    );
  }

  mark(id) {
    this.chosen = id;
    for (const button of this.list.querySelectorAll(".place-row")) {
      if (button.dataset.id === id) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  /** Put a place that was added or changed into the list, where it was or first. */
  replace(place) {
    const at = this.places.findIndex((one) => one.id === place.id);
    if (at >= 0) this.places[at] = place;
    else this.places.unshift(place);
    this.draw();
  }
}
