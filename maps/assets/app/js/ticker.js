// The latest events, newest first.

import { el } from "./dom.js";
import { time } from "./format.js";
import { reportSymbol } from "./symbols.js";
import { EVENT_WORDS, STATUS_WORDS, word } from "./words.js";

const KEPT = 30;
const FIRST = 12;

export class Ticker {
  constructor(list, { nameOf, onChoose }) {
    this.list = list;
    this.nameOf = nameOf;
    this.onChoose = onChoose;
    this.empty = true;
  }

  /** Begin with the newest reports, so that the first look is not at an empty list. */
  fill(reports) {
    if (!this.empty) return;
    const newest = [...reports].sort((a, b) => (a.created_at < b.created_at ? -1 : 1)).slice(-FIRST);
    for (const report of newest) this.add({ ...report, event: "received", at: report.created_at });
  }

  add(report) {
    if (this.empty) this.list.replaceChildren();
    this.empty = false;
    const where = report.grid || report.community || report.area;
    this.list.prepend(
      el(
        "li",
        { class: "ticker-item" },
        el(
          "button",
          { type: "button", onclick: () => this.onChoose(report.id) },
          reportSymbol(report, 18),
          el("span", { class: "ticker-time" }, time(report.at ?? new Date().toISOString()).replace("今天 ", "")),
          el("span", { class: "ticker-text" }, [word(EVENT_WORDS, report.event) || "更新", report.category_name, where ? this.nameOf(where) : "位置待定"].filter(Boolean).join(" · ")),
          el("span", { class: "ticker-state" }, word(STATUS_WORDS, report.status)),
        ),
      ),
    );
    while (this.list.children.length > KEPT) this.list.lastElementChild.remove();
  }
}
