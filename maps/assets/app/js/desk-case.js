// The card of a case at the desk: what it is, why it is theirs, its clocks, what happened, what can be done.

import { get, send } from "./api.js";
import { why } from "./desk-answer.js";
import { StepForm } from "./desk-step-form.js";
import { byId, codeText, el, errorBox, skeleton } from "./dom.js";
import { time, untilDue } from "./format.js";
import { callerBox } from "./report-caller.js";
import { eventWord, followUpWords, historyLines } from "./report-history.js";
import { showPhotos } from "./report-photos.js";
import { CHANNEL_WORDS, LIGHT_WORDS, word } from "./words.js";

// What is usually next stands first and is marked; the rest keeps the order of the service.
const MAIN = ["grant", "refuse", "confirm_grid", "verify", "reply", "follow_up", "route", "accept", "arrive", "handle"];
const PLAIN = new Set(["rate", "claim"]); // for others than the desk

export class CaseCard {
  constructor({ words, map, onChanged, onClose }) {
    Object.assign(this, { words, map, onChanged, onClose });
    this.box = byId("desk-case");
    this.report = null;
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      if (this.form) this.closeForm();
      else this.close();
    });
  }

  get id() {
    return this.wanted ?? null;
  }

  async open(id, { focus = true } = {}) {
    const again = this.wanted === id && this.report;
    this.wanted = id;
    history.replaceState(null, "", `#report=${encodeURIComponent(id)}`); // so that it can be sent to a colleague
    byId("desk-list").hidden = true;
    this.box.hidden = false;
    if (!again) {
      this.form = null;
      this.box.replaceChildren(this.back(), ...skeleton(5));
    }
    try {
      const [report, events] = await Promise.all([get(`/v1/reports/${encodeURIComponent(id)}`), get(`/v1/reports/${encodeURIComponent(id)}/events`)]);
      if (this.wanted !== id) return;
      this.report = report;
      this.events = events.items;
      this.show();
      if (focus && !again) this.box.focus();
      if (!again) this.showPlace();
    } catch (error) {
      if (this.wanted === id) this.box.replaceChildren(this.back(), errorBox(error, () => this.open(id)));
    }
  }

  /** Somebody else changed what is open: the card is read again, a form that is being filled in stays. */
  changed({ id, event }) {
    if (id !== this.wanted) return;
    if (!this.form) this.open(id, { focus: false });
    else if (event.startsWith("photo_")) this.photos(); // stands in no step's way
    else this.form.overtaken(() => this.reopen());
  }

  reopen() {
    this.form = null;
    this.open(this.wanted, { focus: false });
  }

  close() {
    const id = this.wanted;
    this.leave();
    (byId("desk-list").querySelector(`[data-open="${CSS.escape(id ?? "")}"]`) ?? byId("desk-list")).focus();
  }

  /** Give the column back to the list; the focus stays where it is. */
  leave() {
    if (!this.wanted) return;
    this.wanted = this.report = this.form = null;
    history.replaceState(null, "", location.pathname);
    this.box.hidden = true;
    byId("desk-list").hidden = false;
    this.onClose();
  }

  showPlace() {
    const { assignment, grid, position, area } = this.report;
    const doubtful = this.report.decision !== "auto";
    this.map.show({ grid: grid?.code ?? null, candidates: doubtful ? assignment.candidates.map((one) => one.grid.code) : [], position, area: area.code, about: this.report.number });
  }

  back() {
    return el("button", { type: "button", class: "button desk-back", onclick: () => this.close() }, "← 待办清单", el("kbd", { class: "key" }, "Esc"));
  }

  show() {
    const { report } = this;
    const scroll = this.box.scrollTop;
    this.box.replaceChildren(
      el("div", { class: "desk-case-head" }, this.back(), el("span", { class: "report-number" }, report.number)),
      ...[this.head(), this.request(), this.buttons(), this.clocks(), this.people(), this.joined(), this.photos(), why(report.assignment), this.history()].filter(Boolean),
    );
    this.box.scrollTop = scroll;
    this.box.dataset.case = report.id;
    this.box.dataset.status = report.status;
  }

  head() {
    const { report } = this;
    const tags = [el("span", { class: "tag" }, report.status_label), el("span", { class: "tag" }, report.stage_label), el("span", { class: "tag" }, word(CHANNEL_WORDS, report.channel)), report.response_label ? el("span", { class: "tag" }, report.response_label) : null, report.severity_label ? el("span", { class: "tag" }, report.severity_label) : null, report.confidential ? el("span", { class: "tag bad" }, "保密件") : null, report.outcome_label ? el("span", { class: "tag" }, report.outcome_label) : null, report.locked_to ? el("span", { class: "tag bad" }, "两次退单，已锁定") : null];
    return el(
      "header",
      { class: "report-head" },
      el("h2", null, report.category_name ?? "未分类"),
      el("p", { class: "tags" }, tags),
      el("p", { class: "report-full wrap-anywhere" }, report.text ?? ""),
      report.address ? el("p", { class: "quiet-line wrap-anywhere" }, `地点：${report.address}`) : null,
      el("p", { class: "quiet-line" }, report.grid ? [report.grid.name, " ", codeText(report.grid.code)] : `${report.area.name}，网格待定`),
    );
  }

  people() {
    const { holder, sender, answerable, reporter, reporter_note: unkept } = this.report;
    const named = (party) => (party ? [party.name.endsWith(party.role_label) ? null : party.role_label, party.name].filter(Boolean).join(" ") : "—");
    const line = (label, ...words) => el("div", null, el("dt", null, label), el("dd", null, words));
    return el(
      "dl",
      { class: "desk-facts" },
      line("办理人", el("b", null, named(holder)), holder ? ` ${holder.level_label}` : ""),
      line("派单人", named(sender)),
      answerable && answerable.name !== holder?.name ? line("现由谁担责", named(answerable)) : null,
      this.report.case_leader ? line("包案领导", this.report.case_leader) : null,
      reporter ? line("来电人", callerBox(this.report, (id) => this.open(id))) : unkept ? line("来电人", unkept) : null,
      this.report.follow_ups?.length ? line("回访", followUpWords(this.report, this.words.life)) : null,
    );
  }

  photos() {
    const { id } = this.report;
    // The same box as before for the same report: nothing jumps while it is read anew.
    if (this.photoBox?.dataset.of !== id) this.photoBox = el("section", { class: "photo-box", "aria-label": "照片", "data-of": id });
    const box = this.photoBox;
    showPhotos(box, id, { isCurrent: () => box.isConnected });
    return box;
  }

  clocks() {
    const { clocks, merged } = this.report;
    if (!clocks?.length) return null;
    return el(
      "ul",
      { class: "desk-clocks", "aria-label": "时限" },
      clocks.map((clock) => {
        const light = LIGHT_WORDS[clock.light] ?? LIGHT_WORDS.blue;
        return el("li", null, el("b", { class: `light-text-${clock.light}` }, `${light.sign} ${clock.label}${merged?.includes(clock.of) ? "（并入件）" : ""} ${light.word}`), el("span", null, clock.paused ? "暂停计时" : `${time(clock.due_at)}，${untilDue(clock.due_at)}`), el("span", { class: "quiet-line" }, clock.party.name));
      }),
    );
  }

  request() {
    const { request } = this.report;
    if (!request) return null;
    const asked = request.grid_name ? `，认为应属${request.grid_name}` : request.limit ? `，延长${request.limit.amount}${{ hour: "小时", day: "天", working_day: "个工作日" }[request.limit.unit] ?? ""}` : request.until ? `，到${time(request.until)}` : "";
    return el("div", { class: "notice doubt" }, el("p", null, el("b", null, `${request.by.name} 申请${request.label}`), `：${request.reason_label ?? ""}${asked}`), request.note ? el("p", { class: "wrap-anywhere" }, request.note) : null, el("p", { class: "quiet-line" }, `${time(request.at)} 提出，由${request.decider.name}审`));
  }

  joined() {
    const { merged, merged_into: into, parts, part_of: whole, summons } = this.report;
    const link = (id, words) => el("button", { type: "button", class: "link", onclick: () => this.open(id) }, words);
    const lines = [into ? el("li", null, "已并入 ", link(into, "主件")) : null, ...(merged ?? []).map((id, index) => el("li", null, "并入了 ", link(id, `第${index + 1}件`))), whole ? el("li", null, "拆自 ", link(whole, "原件")) : null, ...(parts ?? []).map((id, index) => el("li", null, "拆出 ", link(id, `第${index + 1}件`))), ...(summons ?? []).filter((one) => !one.called_off).map((one) => el("li", null, `吹哨 ${one.name}${one.lead ? "（牵头）" : ""}：${one.arrived_at ? `${time(one.arrived_at)} 到场` : one.reported_at ? "已报到，待确认" : "未到"}`))].filter(Boolean);
    return lines.length ? el("ul", { class: "desk-joined" }, lines) : null;
  }

  buttons() {
    const allowed = (this.report.steps_allowed ?? []).filter((step) => !PLAIN.has(step));
    const main = MAIN.filter((step) => allowed.includes(step)).slice(0, 3);
    const rest = allowed.filter((step) => !main.includes(step));
    const button = (step, index) => el("button", { type: "button", class: `button ${index === 0 && main[0] === step ? "primary" : ""}`, "data-step": step, onclick: () => this.begin(step) }, this.words.step(step));
    this.formBox = el("div", { class: "desk-step" });
    const waits = this.report.status === "handled" && !allowed.includes("verify") && !allowed.includes("reply") ? el("p", { class: "field-hint" }, "等待核查：处置人本人不能核查，由派单方、值班长或上级核查。") : null;
    if (!allowed.length) return el("p", { class: "field-hint" }, "您现在没有可办的步骤。");
    return el("section", { class: "desk-acts", "aria-label": "可办步骤" }, waits, el("p", { class: "desk-buttons" }, main.map(button)), rest.length ? el("p", { class: "desk-buttons rest" }, rest.map((step) => button(step, 1))) : null, this.formBox);
  }

  begin(step) {
    this.form = new StepForm({ step, report: this.report, words: this.words, onCancel: () => this.closeForm(), onSend: (body) => this.take(body) });
    this.formBox.replaceChildren(this.form.box);
    this.form.focus();
  }

  closeForm() {
    const step = this.form?.step;
    this.form = null;
    this.formBox.replaceChildren();
    this.box.querySelector(`[data-step="${step}"]`)?.focus();
  }

  async take(body) {
    const { id } = this.report;
    try {
      this.report = await send("POST", `/v1/reports/${encodeURIComponent(id)}/steps`, body);
      this.form = null;
      await this.open(id, { focus: false });
      this.box.focus();
      this.onChanged();
    } catch (error) {
      if (error.status === 409) this.form?.overtaken(() => this.reopen(), meanwhile(error, this.words));
      else this.form?.fail(error);
    }
  }

  history() {
    return el("details", { class: "history-box", open: true }, el("summary", null, `办理过程（${this.events.length}）`), el("ol", { class: "history" }, historyLines([...this.events].reverse(), this.words.life)));
  }
}

/** What happened meanwhile, in words. */
function meanwhile(error, words) {
  const { changed_by: by, changed_at: at, last_event: event, report_status: status } = error.problem;
  const now = status ? `现在是“${words.label("statuses", status)}”。` : "";
  return by ? `${error.message} ${time(at)} ${by}已“${eventWord(event, words.life)}”，${now}` : `${error.message}${now}`;
}
