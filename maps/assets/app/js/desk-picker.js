// A field with a list below it: type some words, ↑↓ choose, Enter takes. For categories, grids, organisations.

import { el } from "./dom.js";

const WAIT_MS = 120;

export class Picker {
  /** find(words) -> [{value, label, hint}], at once or later; onPick(item) may be given null for "nothing". */
  constructor(input, list, { find, onPick, wait = 0 }) {
    Object.assign(this, { input, list, find, onPick, wait });
    this.items = [];
    this.active = -1;
    this.picked = null;
    input.addEventListener("input", () => this.typed());
    input.addEventListener("focus", () => this.entered());
    input.addEventListener("blur", () => (this.leaving = setTimeout(() => this.close(), 150)));
    input.addEventListener("keydown", (event) => this.key(event));
  }

  get open() {
    return !this.list.hidden;
  }

  /** Who comes back at once finds the list open; that the field was left before shall not close it. */
  entered() {
    clearTimeout(this.leaving);
    if (!this.picked) this.look();
  }

  set(item) {
    this.picked = item;
    this.input.value = item?.label ?? "";
    this.input.dataset.value = item?.value ?? "";
    this.close();
  }

  typed() {
    if (this.picked) {
      this.picked = null;
      this.input.dataset.value = "";
      this.onPick(null);
    }
    clearTimeout(this.timer);
    if (this.wait) this.timer = setTimeout(() => this.look(), WAIT_MS);
    else this.look();
  }

  async look() {
    const words = this.input.value.trim();
    const turn = (this.turn = (this.turn ?? 0) + 1);
    let items = [];
    try {
      items = await this.find(words);
    } catch {
      items = []; // what is typed can still be completed in a moment
    }
    if (turn === this.turn && document.activeElement === this.input) this.show(items);
  }

  show(items) {
    this.items = items;
    this.active = items.length ? 0 : -1;
    this.list.replaceChildren(
      ...items.map((item, index) =>
        el(
          "li",
          { role: "option", id: `${this.list.id}-${index}`, onmousedown: (event) => event.preventDefault(), onclick: () => this.take(index) },
          el("span", null, item.label),
          item.hint ? el("span", { class: "picker-hint" }, item.hint) : null,
        ),
      ),
    );
    if (!items.length) this.list.replaceChildren(el("li", { class: "empty", role: "status" }, "没有找到"));
    this.list.hidden = !items.length && !this.input.value.trim();
    this.input.setAttribute("aria-expanded", String(this.open));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === this.active)));
    if (this.active < 0) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", `${this.list.id}-${this.active}`);
    this.list.children[this.active].scrollIntoView({ block: "nearest" });
  }

  close() {
    this.turn = (this.turn ?? 0) + 1; // what is still being looked for comes too late
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  /** Take the first that is offered when the field is left by Tab with words in it. */
  settle() {
    if (this.open && this.active >= 0 && this.input.value.trim()) this.take(this.active);
  }

  key(event) {
    if (event.isComposing) return; // Enter confirms a Chinese word first
    if (event.key === "Escape" && this.open) {
      this.close();
      event.stopPropagation();
    } else if (event.key === "Enter" && this.open && this.active >= 0 && !event.ctrlKey) {
      event.preventDefault();
      event.stopPropagation();
      this.take(this.active);
    } else if (event.key === "Tab" && !event.shiftKey) this.settle();
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.items.length && this.open) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.active = (this.active + step + this.items.length) % this.items.length;
      this.mark();
    }
  }

  take(index) {
    const item = this.items[index];
    this.set(item);
    this.onPick(item);
  }
}

/** A labelled picker for a form; its value is in `dataset.value` of the input. */
export function pickerField(id, label, options) {
  const input = el("input", { class: "input", id, role: "combobox", "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list", autocomplete: "off", maxlength: 60, spellcheck: "false", placeholder: options.placeholder });
  const list = el("ul", { class: "picker-list card", id: `${id}-list`, role: "listbox", "aria-label": label, hidden: true });
  const picker = new Picker(input, list, { wait: 1, onPick: () => {}, ...options });
  return { picker, box: el("div", { class: "field picker" }, el("label", { for: id }, label), input, list) };
}
