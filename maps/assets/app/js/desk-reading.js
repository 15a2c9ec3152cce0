// How the words of a call were read: marked up in the text, what they may mean, and why. Asked for when opened.

import { send } from "./api.js";
import { el, errorBox } from "./dom.js";
import { percent } from "./format.js";
import { DECISION_WORDS, PLACE_WORDS, word } from "./words.js";

const LONGEST = 2000;
const MOST_SHOWN = 8;

/** Cut a text where its pieces begin and end: [[words, innermost piece or null], …]. Offsets count characters. */
export function cutText(text, spans) {
  const chars = Array.from(text); // a picture sign is one character, and two units
  const cuts = new Set([0, chars.length]);
  for (const { start, end } of spans) cuts.add(start).add(end);
  const places = [...cuts].filter((at) => at >= 0 && at <= chars.length).sort((a, b) => a - b);
  return places.slice(1).map((end, index) => {
    const start = places[index];
    const around = spans.filter((span) => span.start <= start && end <= span.end);
    const inner = around.sort((a, b) => a.end - a.start - (b.end - b.start))[0] ?? null;
    return [chars.slice(start, end).join(""), inner];
  });
}

/** What is read: the column of the address before the words of the report. */
export function readText({ place, words }) {
  return Array.from([place, words].filter(Boolean).join("，")).slice(0, LONGEST).join("");
}

export class Reading {
  constructor(online) {
    this.body = el("div", { class: "reading", "aria-live": "polite" });
    this.online = online ? el("div", { class: "reading-online" }) : null;
    this.node = el("details", { class: "why", id: "call-reading", ontoggle: () => this.load() }, el("summary", null, "这段话是怎么读的？"), this.body, this.online);
    this.asked = "";
  }

  /** Take what is typed now; return the box, or nothing when there are no words to read. */
  show({ place, words, position }) {
    this.place = place;
    this.text = readText({ place, words });
    this.position = position;
    if (!this.text) return null;
    this.online?.replaceChildren(place ? el("button", { type: "button", class: "button", onclick: () => this.askOnline() }, "查天地图（仅供参考）") : "");
    this.load();
    return this.node;
  }

  async load() {
    const asked = JSON.stringify([this.text, this.position]);
    if (!this.node.open || this.asked === asked) return;
    this.asked = asked;
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    this.body.setAttribute("aria-busy", "true");
    try {
      const { explanation } = await send("POST", "/v1/locate?explain=true", { address: this.text, ...(this.position ? { position: this.position } : {}) }, {}, { signal: asking.signal });
      this.body.replaceChildren(...readingParts(explanation));
    } catch (error) {
      if (error.name === "AbortError") return;
      this.asked = "";
      this.body.replaceChildren(errorBox(error, () => this.load()));
    }
    this.body.removeAttribute("aria-busy");
  }

  async askOnline() {
    const said = (words) => this.online.replaceChildren(el("p", { class: "quiet-line", role: "status" }, words));
    said("正在查…");
    try {
      const { online } = await send("POST", "/v1/locate?online=true", { address: this.place });
      said(online.detail);
    } catch (error) {
      said(error.message);
    }
  }
}

function readingParts({ text, spans, candidates, verdict, margin, reasons }) {
  const shown = candidates.slice(0, MOST_SHOWN);
  const told = spans.filter((span) => span.role !== "aside" || spans.length < MOST_SHOWN);
  return [
    el("p", { class: "reading-text" }, cutText(text, spans).map(([words, span]) => (span ? el("mark", { "data-role": span.role, title: means(span) }, words) : words))),
    told.length ? el("dl", { class: "reading-roles" }, told.map((span) => el("div", null, el("dt", null, el("mark", { "data-role": span.role }, span.text)), el("dd", null, means(span))))) : el("p", { class: "empty" }, "没有认出地名。"),
    shown.length
      ? el(
          "table",
          { class: "reading-candidates" },
          el("caption", { class: "visually-hidden" }, "可能所指的地点"),
          el("thead", null, el("tr", null, ["", "可能是", "得分", "理由"].map((head) => el("th", { scope: "col" }, head)))),
          el("tbody", null, shown.map((one) => el("tr", { "data-chosen": String(one.chosen) }, el("td", null, one.chosen ? "✓" : ""), el("td", null, one.hint, el("span", { class: "quiet-line" }, word(PLACE_WORDS, one.kind))), el("td", { class: "reading-score" }, percent(one.score)), el("td", null, one.reasons.join("；"))))),
        )
      : null,
    candidates.length > MOST_SHOWN ? el("p", { class: "field-hint" }, `另有${candidates.length - MOST_SHOWN}处未列出。`) : null,
    el("p", { class: "field-hint" }, [word(DECISION_WORDS, verdict), !margin ? "" : `比第二种读法高${percent(margin)}`, ...reasons.slice(0, 1)].filter(Boolean).join(" · ")),
  ].filter(Boolean);
}

function means({ label, name, match_label: how }) {
  return [label, name, how].filter(Boolean).join("：");
}
