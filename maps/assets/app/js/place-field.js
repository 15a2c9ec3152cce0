// A field in which a place is typed, with suggestions below it: characters, pinyin, initials.
// ↑↓ choose, Enter takes, Esc closes and leaves what is typed. Free words stay allowed.

import { address, get } from "./api.js";
import { el } from "./dom.js";
import { PLACE_WORDS, word } from "./words.js";

const WAIT_MS = 150;
const LONGEST = 40; // more than this is a story, not a name

/** What is on screen as west,south,east,north; null without a map. */
export function screenBox() {
  const bounds = window.wanggeMap?.map?.getBounds();
  return bounds ? [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((number) => number.toFixed(5)).join(",") : null;
}

/** A small box around a position, to ask for what is near it. */
export function boxAround(position, degrees = 0.02) {
  if (!position) return null;
  const { lon, lat } = position;
  return [lon - degrees, lat - degrees, lon + degrees, lat + degrees].map((number) => number.toFixed(5)).join(",");
}

/** Which part of a name was typed, as [before, typed, after]; null when it was not written so. */
export function typedPart(name, typed) {
  const at = typed ? name.toLowerCase().indexOf(typed.toLowerCase()) : -1;
  return at < 0 ? null : [name.slice(0, at), name.slice(at, at + typed.length), name.slice(at + typed.length)];
}

/** What is said below a name: where it is, and by which other name it was found. */
export function placeLine({ path_name: path, name, spelling }) {
  const other = spelling && !name.includes(spelling) ? `又名${spelling}` : "";
  return [path, other].filter(Boolean).join(" · ");
}

export class PlaceField {
  /** onPick(item); `none`: words for nothing found, where any words will not do; `stays`: open without the keyboard. */
  constructor(input, list, { onPick, bbox = screenBox, limit = 8, none = "", first = false, stays = false }) {
    Object.assign(this, { input, list, onPick, bbox, limit, none, first, stays });
    this.items = [];
    this.active = -1;
    this.asking = null;
    this.timer = 0;
    const wired = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off" };
    for (const [name, value] of Object.entries(wired)) input.setAttribute(name, value);
    list.setAttribute("role", "listbox");
    list.classList.add("place-options");
    input.addEventListener("input", () => this.later());
    input.addEventListener("keydown", (event) => this.key(event));
    if (!stays) input.addEventListener("blur", () => (this.leaving = setTimeout(() => this.close(), 150)));
    input.addEventListener("focus", () => clearTimeout(this.leaving));
  }

  get open() {
    return !this.list.hidden;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    const q = this.input.value.trim();
    this.asking?.abort();
    if (!q || q.length > LONGEST) return this.close();
    const asking = (this.asking = new AbortController());
    try {
      const { items } = await get(address("/v1/places/suggest", { q, bbox: this.bbox(), limit: this.limit }), { signal: asking.signal });
      if (this.asking !== asking) return undefined;
      this.asking = null;
      if (this.stays || document.activeElement === this.input) this.show(items, q);
    } catch (error) {
      if (error.name !== "AbortError" && this.none) this.say(error.message);
      else if (error.name !== "AbortError") this.close(); // the words can be sent without suggestions
    }
    return undefined;
  }

  show(items, typed) {
    this.items = items;
    this.active = this.first && items.length ? 0 : -1;
    if (!items.length) return this.none ? this.say(this.none) : this.close();
    this.list.replaceChildren(...items.map((item, index) => this.option(item, index, typed)));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    return this.mark();
  }

  option(item, index, typed) {
    const parts = typedPart(item.name, typed);
    const name = parts ? [parts[0], el("b", null, parts[1]), parts[2]] : item.name;
    return el(
      "li",
      { role: "option", id: `${this.list.id}-${index}`, onmousedown: (event) => event.preventDefault(), onclick: () => this.take(index) },
      el("span", null, name, el("span", { class: "path" }, placeLine(item))),
      el("span", { class: "quiet-line" }, word(PLACE_WORDS, item.kind)),
    );
  }

  say(words) {
    this.items = [];
    this.active = -1;
    this.list.replaceChildren(el("li", { class: "empty", role: "status" }, words));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark();
  }

  mark() {
    if (this.items.length) [...this.list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === this.active)));
    if (this.active < 0) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", `${this.list.id}-${this.active}`);
    return this.list.children[this.active].scrollIntoView({ block: "nearest" });
  }

  close() {
    clearTimeout(this.timer);
    this.asking?.abort(); // what is still being looked for comes too late
    this.asking = null;
    this.active = -1;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (event.isComposing) return; // Enter confirms a Chinese word first
    if (event.key === "Escape" && (this.open || this.asking)) {
      this.close();
      event.preventDefault(); // a search field would empty itself
      event.stopPropagation();
    } else if (event.key === "Enter" && this.open && this.active >= 0 && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      this.take(this.active);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.open && this.items.length && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      this.step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" || event.key === "Tab") this.close();
  }

  /** Go to the next or the one before; before the first and behind the last is what was typed. */
  step(by) {
    const places = this.items.length + (this.first ? 0 : 1);
    const shift = this.first ? 0 : 1;
    this.active = ((this.active + shift + by + places) % places) - shift;
    this.mark();
  }

  take(index) {
    const item = this.items[index];
    this.close();
    this.onPick(item);
  }
}

/** A field for free words: a name that is taken is written into it, with what contains it. */
export function wordsField(input, list, onChange) {
  const onPick = (item) => {
    input.value = item.text;
    onChange();
  };
  return new PlaceField(input, list, { onPick });
}
