// One call: what is typed, the look that follows it, and the sending, once.

import { get, send } from "./api.js";
import { answerPanel, matchedWords, MOST_KEYS } from "./desk-answer.js";
import { putAside } from "./desk-aside.js";
import { digitOf, isTyping, keysPanel } from "./desk-keys.js";
import { Picker } from "./desk-picker.js";
import { Reading } from "./desk-reading.js";
import { settle } from "./desk-settling.js";
import { byId, el, errorBox } from "./dom.js";
import { wordsField } from "./place-field.js";

const LOOK_AFTER_MS = 250;
const COMPLAINT = "zx03";
const KEPT = ["call-category", "call-place", "call-words", "call-name", "call-phone", "call-about"];
const ORDER = ["call-category", "call-place", "call-words", "call-name", "call-phone"];

export class Call {
  constructor({ words, map, onTaken, onOpen }) {
    Object.assign(this, { words, map, onTaken, onOpen });
    this.category = new Picker(byId("call-category"), byId("call-categories"), {
      find: (typed) => (words.categories ? words.findCategories(typed) : []),
      onPick: (item) => this.categoryPicked(item),
    });
    wordsField(byId("call-place"), byId("call-places"), () => this.changed("call-place"));
    this.reading = new Reading(byId("content").dataset.online === "yes");
    byId("call-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    byId("call-form").addEventListener("keydown", (event) => this.forward(event));
    for (const id of ["call-place", "call-words", "call-about", "call-secret"]) byId(id).addEventListener("input", () => this.changed(id));
    byId("call-new").addEventListener("click", () => this.begin());
    document.addEventListener("keydown", (event) => this.key(event));
    setInterval(() => this.showClock(), 1000);
    this.reset();
  }

  reset() {
    this.asking?.abort();
    clearTimeout(this.timer);
    this.id = crypto.randomUUID ? crypto.randomUUID() : `desk-${Date.now()}-${Math.random().toString(36).slice(2)}`; // plain http has no randomUUID
    Object.assign(this, { began: null, position: null, chosen: null, linked: null, seen: null, sending: false });
    byId("call-form").reset();
    byId("call-channel").value = byId("content").dataset.channel;
    this.category.set(null);
    byId("about-field").hidden = true;
    this.showNothing();
    this.showClock();
  }

  showNothing() {
    this.seen = null;
    byId("call-questions").replaceChildren();
    byId("call-sentence").textContent = "";
    byId("call-matched").textContent = "";
    byId("desk-answer").replaceChildren(keysPanel());
    this.map.clear();
  }

  begin() {
    putAside(this);
    this.reset();
    this.message([]);
    this.began = Date.now();
    byId("call-category").focus();
  }

  /** What was typed and not sent; null when there is nothing to lose. */
  snapshot() {
    const values = KEPT.map((id) => byId(id).value);
    if (!this.position && !values.some((value) => value.trim())) return null;
    const { id, began, position, chosen, linked } = this;
    return { values, secret: byId("call-secret").checked, category: this.category.picked, state: { id, began, position, chosen, linked } };
  }

  restore({ values, secret, category, state }) {
    this.reset();
    this.message([]);
    KEPT.forEach((id, index) => (byId(id).value = values[index]));
    byId("call-secret").checked = secret;
    if (category) this.category.set(category);
    byId("about-field").hidden = category?.value !== COMPLAINT;
    Object.assign(this, state);
    byId("call-words").focus();
    this.look();
  }

  showClock() {
    const seconds = this.began ? Math.floor((Date.now() - this.began) / 1000) : 0;
    byId("call-clock").textContent = this.began ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "";
  }

  key(event) {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "F2") {
      event.preventDefault();
      this.begin();
      return;
    }
    const typing = isTyping(event.target);
    const digit = digitOf(event);
    if (digit && (event.altKey || !typing) && !event.ctrlKey && !event.metaKey && this.candidate(digit)) event.preventDefault();
    // After a choice by key Enter confirms it: the call goes on with what is told.
    else if (event.key === "Enter" && !typing && this.chosen && !event.target.closest("button:not(.candidate), a, summary, .desk-work")) byId("call-words").focus();
  }

  candidate(number) {
    const one = this.seen?.answer?.candidates[number - 1];
    if (!one || number > MOST_KEYS || this.seen.answer.decision === "auto") return false;
    this.choose(one.grid.code);
    return true;
  }

  choose(code) {
    this.chosen = code;
    this.look();
  }

  /** Enter goes to the next field, and sends from the last one; Ctrl+Enter sends from anywhere. */
  forward(event) {
    if (event.key === "ArrowDown" && event.target.id === "call-place") byId("desk-answer").querySelector(".candidate")?.focus();
    if (event.key !== "Enter" || event.isComposing) return;
    const place = ORDER.indexOf(event.target.id);
    if (event.ctrlKey || event.metaKey || place === ORDER.length - 1) {
      event.preventDefault();
      this.send();
    } else if (place >= 0 && !event.shiftKey) {
      event.preventDefault();
      byId(ORDER[place + 1]).focus();
    }
  }

  categoryPicked(item) {
    byId("about-field").hidden = item?.value !== COMPLAINT;
    if (item) byId("call-place").focus();
    this.changed("call-category");
  }

  changed(id) {
    this.began ??= Date.now();
    // Another place makes a choice between the candidates of the old one void.
    if (id === "call-place") this.chosen = null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), LOOK_AFTER_MS);
  }

  placed(position) {
    this.began ??= Date.now();
    this.position = position;
    this.chosen = null;
    this.look();
  }

  body() {
    const place = byId("call-place").value.trim();
    const category = byId("call-category").dataset.value;
    const about = byId("about-field").hidden ? "" : byId("call-about").value;
    return { ...(category ? { category } : {}), ...(place ? { address: place } : {}), ...(this.position ? { position: this.position } : {}), ...(about ? { about } : {}) };
  }

  async look() {
    clearTimeout(this.timer);
    this.asking?.abort();
    const body = this.body();
    const text = byId("call-words").value.trim();
    if (!body.category && !body.address && !body.position) return this.showNothing();
    const asking = (this.asking = new AbortController());
    const skeleton = setTimeout(() => byId("desk-answer").setAttribute("aria-busy", "true"), 300);
    try {
      const seen = await send("POST", "/v1/desk/look", { ...body, text, anonymous: byId("call-secret").checked, ...(this.chosen ? { grid: this.chosen } : {}) }, {}, { signal: asking.signal });
      this.show(seen);
    } catch (error) {
      if (error.name !== "AbortError") byId("desk-answer").replaceChildren(errorBox(error, () => this.look()));
    } finally {
      clearTimeout(skeleton);
      if (this.asking === asking) byId("desk-answer").removeAttribute("aria-busy");
    }
    return undefined;
  }

  show(seen) {
    const before = this.seen;
    this.seen = seen;
    if (this.chosen && !seen.chosen) this.chosen = null;
    if (!seen.similar?.items.some((item) => item.id === this.linked)) this.linked = null;
    byId("call-questions").replaceChildren(...(seen.questions.length ? [el("h3", null, "请再问"), el("ul", { class: "desk-ask" }, seen.questions.map((words) => el("li", null, words)))] : []));
    byId("call-sentence").textContent = seen.answer ? seen.sentence : "";
    const pin = this.position ? [el("button", { type: "button", class: "link", onclick: () => this.placed(null) }, "已在地图上点选，点此去掉")] : [];
    byId("call-matched").replaceChildren(matchedWords(seen.answer), ...(pin.length ? [" ", ...pin] : []));
    if (!seen.answer) {
      byId("desk-answer").replaceChildren(el("p", { class: "empty" }, `${seen.due.response}，${seen.due.words}前。说出地点后显示归属和责任人。`));
      if (before?.answer) this.map.clear();
      return;
    }
    this.panel();
    this.showPlace();
    document.documentElement.dataset.looked = seen.answer.decision;
  }

  /** Show on the map where the call is; a case may have been shown meanwhile. */
  showPlace() {
    if (!this.seen?.answer) return this.map.clear();
    const { answer, chosen } = this.seen;
    const candidates = answer.decision === "auto" ? [] : answer.candidates.map((one) => one.grid.code);
    const certain = answer.decision === "auto" ? answer.grid?.code : null;
    const match = answer.position ? null : answer.address_match;
    const spot = match?.point && match.radius_m ? { ...match.point, radius_m: match.radius_m } : null;
    return this.map.show({ grid: chosen ?? certain ?? null, candidates, position: answer.position, spot, area: answer.path.at(-1)?.code, about: spot ? "本次来电，约在圈内" : "本次来电" });
  }

  panel() {
    const focused = document.activeElement?.dataset?.candidate;
    byId("desk-answer").replaceChildren(
      ...answerPanel(this.seen, {
        linked: this.linked,
        onChoose: (code) => this.choose(code),
        onOpen: this.onOpen,
        reading: this.reading.show({ place: byId("call-place").value.trim(), words: byId("call-words").value.trim(), position: this.position }),
        onUrge: (item) => this.urge(item),
        onLink: (id) => {
          this.linked = id;
          this.panel();
        },
      }).filter(Boolean),
    );
    if (focused) byId("desk-answer").querySelector(`[data-candidate="${CSS.escape(focused)}"]`)?.focus();
  }

  async urge(item) {
    const told = byId("call-words").value.trim();
    try {
      await send("POST", `/v1/reports/${encodeURIComponent(item.id)}/steps`, { step: "urge", note: told ? `再次来电：${told}` : "群众再次来电反映。" });
      this.message([el("p", { class: "notice good" }, `已对 ${item.number} 催办。按 F2 接下一个电话。`)]);
      this.onTaken();
    } catch (error) {
      this.message([errorBox(error)]);
    }
  }

  refuse(words, field) {
    this.message([el("p", { class: "notice bad", role: "alert" }, words)]);
    byId(field).focus();
  }

  message(children) {
    byId("call-message").replaceChildren(...children);
  }

  toldWords() {
    const told = byId("call-words").value.trim();
    return told || [byId("call-category").value, byId("call-place").value.trim()].filter(Boolean).join("：");
  }

  report() {
    const name = byId("call-name").value.trim();
    const phone = byId("call-phone").value.trim();
    const reporter = { ...(name ? { name } : {}), ...(phone ? { phone } : {}), ...(byId("call-secret").checked ? { confidential: true } : {}) };
    return { channel: byId("call-channel").value, text: this.toldWords(), ...this.body(), ...(Object.keys(reporter).length ? { reporter } : {}) };
  }

  async send() {
    if (this.sending) return undefined;
    this.category.settle();
    const body = this.report();
    if (byId("call-category").value.trim() && !body.category) return this.refuse("没有这个类别：请从列表中选，或清空这一栏。", "call-category");
    if (!body.text) return this.refuse("请写下反映的内容，或选一个类别。", "call-words");
    this.sending = true;
    byId("call-send").disabled = true;
    try {
      const report = await send("POST", "/v1/reports", body, { "Idempotency-Key": this.id });
      const troubles = await settle(report, this);
      this.taken(await get(`/v1/reports/${encodeURIComponent(report.id)}`), troubles);
    } catch (error) {
      // The same key goes with the same call: pressing again never makes a second report.
      this.message([errorBox(error)]);
    } finally {
      this.sending = false;
      byId("call-send").disabled = false;
    }
    return undefined;
  }

  taken(report, troubles) {
    const sentence = byId("call-sentence").textContent;
    this.reset();
    byId("call-sentence").textContent = sentence; // it is read out once more
    const holder = report.holder ? `${report.holder.name}${report.holder.role_label ? `（${report.holder.role_label}）` : ""}` : "";
    this.message([
      el("div", { class: `notice ${troubles.length ? "doubt" : "good"}`, "data-taken": report.id }, el("p", null, el("b", null, `已登记 ${report.number}`), ` ${report.status_label}${holder ? `：${holder}` : ""}`), troubles.map((words) => el("p", null, words)), el("button", { type: "button", class: "link", onclick: () => this.onOpen(report.id) }, "打开")),
    ]);
    byId("call-new").focus();
    this.onTaken(report);
  }
}
