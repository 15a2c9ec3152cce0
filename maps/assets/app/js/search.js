// Search a grid or a place by name; the arrow keys choose, Enter goes there.

import { address, get } from "./api.js";
import { el } from "./dom.js";
import { PLACE_WORDS, word } from "./words.js";

const WAIT_MS = 160;

export class SearchBox {
  constructor(input, results, onPick) {
    this.input = input;
    this.results = results;
    this.onPick = onPick;
    this.items = [];
    this.active = -1;
    this.asking = null;
    this.timer = 0;
    if (matchMedia("(hover: hover) and (pointer: fine)").matches) input.placeholder += "（按 / 开始）"; // a finger has no keys
    input.addEventListener("input", () => this.later());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "")) {
        event.preventDefault();
        input.focus();
      }
    });
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    const q = this.input.value.trim();
    this.asking?.abort();
    if (!q) {
      this.close();
      return;
    }
    this.asking = new AbortController();
    try {
      const answer = await get(address("/v1/search", { q, limit: 10 }), { signal: this.asking.signal });
      this.show(answer.items);
    } catch (error) {
      if (error.name !== "AbortError") this.say(error.message);
    }
  }

  show(items) {
    this.items = items;
    this.active = items.length ? 0 : -1;
    if (!items.length) {
      this.say("没有找到，换一个写法试试");
      return;
    }
    this.results.replaceChildren(
      ...items.map((item, index) =>
        el(
          "li",
          { role: "option", id: `search-${index}`, "aria-selected": String(index === this.active), onmousedown: (event) => event.preventDefault(), onclick: () => this.pick(index) },
          el("span", null, item.name, el("span", { class: "path" }, item.path_name ?? "")),
          el("span", { class: "quiet-line" }, word(PLACE_WORDS, item.kind)),
        ),
      ),
    );
    this.open();
  }

  say(text) {
    this.items = [];
    this.results.replaceChildren(el("li", { class: "empty", role: "status" }, text));
    this.open();
  }

  open() {
    this.results.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark();
  }

  close() {
    this.results.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  mark() {
    [...this.results.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === this.active)));
    if (this.active >= 0) {
      this.input.setAttribute("aria-activedescendant", `search-${this.active}`);
      this.results.children[this.active].scrollIntoView({ block: "nearest" });
    }
  }

  key(event) {
    if (event.isComposing) return; // Enter confirms a Chinese word first
    if (event.key === "Escape") {
      this.close();
      event.stopPropagation();
    } else if (event.key === "Enter" && this.active >= 0 && !this.results.hidden) {
      this.pick(this.active);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.items.length) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.active = (this.active + step + this.items.length) % this.items.length;
      this.mark();
    }
  }

  pick(index) {
    const item = this.items[index];
    this.input.value = item.name;
    this.close();
    this.input.blur(); // the keys belong to the map again
    this.onPick(item);
  }
}
