// The small form of a step, with what it does said beside the button; nothing happens before it is pressed.

import { digitOf } from "./desk-keys.js";
import { fieldsOf } from "./desk-step-fields.js";
import { el, errorBox } from "./dom.js";
import { time } from "./format.js";

const EFFECTS = {
  triage: () => "改响应级别会从受理时重新计算时限。",
  confirm_grid: () => "派给该网格现在的责任人，候选不再保留。",
  direct_reply: (report) => `当场答复后直接结案，${callers(report)}不再回访。`,
  split: () => "拆出的每件另编号、另派单，时限从来电时起算。",
  route: (report) => `从${holder(report)}转出，对方签收前仍由派单方担责。`,
  reassign: (report) => `${holder(report)}不再办理，会收到通知。`,
  withdraw: (report) => `${holder(report)}手里撤回，退回派单方。`,
  accept: () => "签收后由签收方担责。",
  handle: () => "登记后等待核查，核查通过才能答复。",
  verify: () => "通过后可以答复；不通过退回原办理人继续办理。",
  reply: (report) => `办结时钟停止，${callers(report)}进入回访。`,
  follow_up: () => "每位来电人都回访后，才算已回访。",
  grant: (report) => ({ return: "退回派单方，由其重新派单。", extension: "办结时限按申请顺延。", suspension: `到${time(report.request?.until)}前不计时。` })[report.request?.kind] ?? "",
  refuse: (report) => (report.request?.kind === "return" ? "由原办理人继续办理。" : "时限不变。"),
  pass_up: () => "交上一级；上级签收前仍由本级担责。",
  summon: () => "每个部门按规定时间到场，到场以吹哨人确认为准。",
  urge: (report) => `通知${(report.answerable ?? report.holder)?.name ?? "办理人"}。`,
  supervise: () => "出督办单，另起督办时限。",
  extend: () => "批准前时钟照走。",
  suspend: () => "批准后才停止计时。",
  resume: () => "从现在起继续计时。",
  merge: (report) => `本件不再单独办理；${callers(report)}、时限和回访都保留在主件里，可以撤销。`,
  unmerge: () => "从主件中拿出，按并入前的状态和时限继续。",
  reopen: () => "开始新一轮，交给与上次不同的层级，时限重算。",
  close: (report) => `全部时钟停止${unfinished(report) ? "；未走完流程，须说明" : ""}。`,
  void: (report) => `不再办理，${callers(report)}不再回访。`,
  handoff: () => "记下已转紧急热线，本件仍由现办理人负责。",
};

function holder(report) {
  return report.holder?.name ?? "现办理人";
}

function callers(report) {
  const count = report.reporters?.length ?? 0;
  return count ? `${count}位来电人` : "来电人（未留姓名电话）";
}

function unfinished({ status }) {
  return !["accepted", "on_site", "followed_up", "replied"].includes(status);
}

export class StepForm {
  constructor({ step, report, words, onCancel, onSend }) {
    Object.assign(this, { step, report, onSend });
    this.fields = fieldsOf(step, report, words);
    this.trouble = el("div", { "aria-live": "assertive" });
    this.button = el("button", { type: "submit", class: "button primary", id: "step-send" }, words.step(step));
    const effect = EFFECTS[step]?.(report);
    this.box = el(
      "form",
      { class: "desk-step-form", "aria-label": words.step(step), novalidate: true },
      el("h3", null, words.step(step)),
      this.fields.map((field) => field.box),
      effect ? el("p", { class: "desk-effect" }, `影响：${effect}`) : null,
      this.trouble,
      el("div", { class: "dialog-actions" }, el("button", { type: "button", class: "button", onclick: onCancel }, "取消"), this.button),
    );
    this.box.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        event.preventDefault();
        this.submit();
      }
      const digit = event.altKey ? digitOf(event) : 0;
      const chosen = digit && this.box.querySelectorAll(".candidate")[digit - 1];
      if (chosen) {
        event.preventDefault();
        event.stopPropagation();
        chosen.click();
      }
    });
  }

  focus() {
    (this.box.querySelector("input:not([type=radio]), select, textarea") ?? this.button).focus();
    this.box.scrollIntoView({ block: "nearest" });
  }

  async submit() {
    if (this.busy || this.over) return;
    let body;
    try {
      body = Object.assign({ step: this.step }, ...this.fields.map((field) => field.read()));
      if (["grant", "refuse"].includes(this.step) && this.report.request) body.request = this.report.request.no;
    } catch (error) {
      this.trouble.replaceChildren(el("p", { class: "notice bad", role: "alert" }, error.message));
      return;
    }
    this.busy = true;
    this.button.disabled = true;
    await this.onSend(body);
    this.busy = false;
    this.button.disabled = Boolean(this.over);
  }

  fail(error) {
    this.trouble.replaceChildren(errorBox(error));
  }

  /** Somebody else was quicker: nothing is sent from a form that was made for another state. */
  overtaken(onAgain, words = "这件诉求刚有了变化。") {
    this.over = true;
    this.button.disabled = true;
    this.trouble.replaceChildren(el("div", { class: "notice doubt", role: "alert", id: "step-overtaken" }, el("p", null, words), el("button", { type: "button", class: "button", onclick: onAgain }, "看最新情况")));
  }
}
