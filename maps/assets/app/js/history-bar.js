// The strip below the map: a slider over the whole time, a mark for each revision, a date field.

import { byId, el } from "./dom.js";
import { DAY_MS, instantOf, neighbourOf, snapped, written } from "./history-time.js";

const MOST_MARKS = 300;

export class HistoryBar {
  constructor({ onTime, onLeave }) {
    Object.assign(this, { onTime, onLeave });
    this.box = byId("history-bar");
    this.slider = byId("history-slider");
    this.field = byId("history-field");
    this.marks = byId("history-marks");
    this.slider.addEventListener("input", () => this.onTime(snapped(this.revisions, Number(this.slider.value), this.span)));
    this.slider.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("change", () => this.takeField());
    byId("history-before").addEventListener("click", () => this.step(-1));
    byId("history-after").addEventListener("click", () => this.step(1));
    byId("history-now").addEventListener("click", () => this.onLeave());
  }

  /** Set the ends and the marks; future revisions reach beyond now. */
  setRevisions({ revisions, now }) {
    this.revisions = revisions;
    this.start = Date.parse(revisions[0].effective_at);
    const last = Date.parse(revisions.at(-1).effective_at);
    this.end = last > Date.parse(now) ? last + Math.max(DAY_MS, (last - this.start) * 0.03) : Date.parse(now);
    this.span = Math.max(1, this.end - this.start);
    Object.assign(this.slider, { min: String(this.start), max: String(this.end), step: "1" });
    this.field.min = instantOf(this.start).slice(0, 16);
    this.marks.replaceChildren(...revisions.slice(-MOST_MARKS).map((revision) => this.mark(revision)), this.nowMark(now));
    this.box.dataset.ready = "yes";
  }

  mark(revision) {
    const words = markWords(revision);
    const button = el("button", { type: "button", class: `history-mark ${revision.future ? "future" : ""}`, tabindex: "-1", title: words, "aria-label": words, "data-revision": revision.revision, onclick: () => this.onTime(revision.effective_at) });
    button.style.left = this.share(revision.effective_at);
    return button;
  }

  nowMark(now) {
    const mark = el("span", { class: "history-today" }, "现在");
    mark.style.left = this.share(now);
    return mark;
  }

  share(instant) {
    return `${((100 * (Date.parse(instant) - this.start)) / this.span).toFixed(3)}%`;
  }

  show(instant, revision) {
    this.time = instant;
    if (document.activeElement !== this.slider || Number(this.slider.value) !== Date.parse(instant)) this.slider.value = String(Date.parse(instant));
    this.slider.setAttribute("aria-valuetext", `${written(instant)}，${titleOf(revision)}`);
    this.field.value = instant.slice(0, 16);
    byId("history-before").disabled = !neighbourOf(this.revisions, instant, -1);
    byId("history-after").disabled = !neighbourOf(this.revisions, instant, 1);
    for (const mark of this.marks.querySelectorAll(".history-mark")) mark.classList.toggle("chosen", mark.dataset.revision === revision.revision);
    byId("history-badge").replaceChildren(el("b", null, `${revision.future && Date.parse(instant) > Date.now() ? "将来视图" : "历史视图"} ${written(instant)}`));
    byId("history-words").replaceChildren(el("b", null, titleOf(revision)), ` ${factsOf(revision)}`);
  }

  step(direction) {
    const revision = neighbourOf(this.revisions, this.time, direction);
    if (revision) this.onTime(revision.effective_at);
  }

  key(event) {
    const days = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    const revisions = { PageDown: -1, PageUp: 1 }[event.key];
    if (!days && !revisions) return;
    event.preventDefault();
    if (revisions) this.step(revisions);
    else this.onTime(instantOf(Math.min(this.end, Math.max(this.start, Date.parse(this.time) + days * DAY_MS))));
  }

  takeField() {
    const at = Date.parse(`${this.field.value}:00+08:00`);
    if (Number.isFinite(at)) this.onTime(instantOf(Math.min(Math.max(at, this.start), Math.max(this.end, at))));
  }
}

export function titleOf(revision) {
  return revision.changeset?.name ?? "首版网格";
}

export function factsOf(revision) {
  const { changeset } = revision;
  const paper = changeset?.document_no ? `${changeset.document_no}${changeset.document_date ? `（${changeset.document_date}）` : ""}` : "";
  return [paper, `自 ${written(revision.effective_at)} 起`, `版本 ${revision.revision}`, changeset ? "" : revision.note].filter(Boolean).join(" · ");
}

function markWords(revision) {
  return `${written(revision.effective_at)} ${titleOf(revision)}${revision.changeset?.document_no ? `，${revision.changeset.document_no}` : ""}${revision.future ? "（尚未生效）" : ""}`;
}
