// What each step asks before it is taken: as little as the service needs, ready phrases first.

import { get } from "./api.js";
import { el, errorBox } from "./dom.js";
import { openSheet } from "./m-sheet.js";
import { DONE_PHRASES, LATER_PHRASES, STEP_EFFECTS, UP_PHRASES } from "./m-words.js";

/** Chips that fill a text; what was typed stays. */
export function phraseChips(phrases, input) {
  return el("div", { class: "m-chips", "aria-label": "常用语" }, phrases.map((phrase) => el("button", { type: "button", class: "button", onclick: () => fillIn(input, phrase) }, phrase)));
}

function fillIn(input, phrase) {
  input.value = input.value.trim() ? `${input.value.trim()}${phrase}` : phrase;
  input.dispatchEvent(new Event("input"));
}

export function noteField({ label = "说明", phrases = [], required = false, id = "m-note" } = {}) {
  const input = el("textarea", { class: "input m-note", id, rows: 3, maxlength: 2000, required });
  return { input, nodes: [el("div", { class: "field" }, el("label", { for: id }, required ? `${label}（必填）` : label), input), phrases.length ? phraseChips(phrases, input) : null] };
}

/** One of several, as large touch targets. */
export function radioField(name, legend, items, chosen = null) {
  const inputs = items.map(({ key }) => el("input", { type: "radio", name, value: key, checked: key === chosen }));
  const nodes = el("fieldset", { class: "m-radios" }, el("legend", null, legend), items.map(({ label }, index) => el("label", { class: "m-radio" }, inputs[index], el("span", null, label))));
  return { nodes, value: () => inputs.find((input) => input.checked)?.value ?? null, onChange: (work) => inputs.forEach((input) => input.addEventListener("change", work)) };
}

const localTime = (date) => new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

const FORMS = {
  close: ({ life }) => withOutcome(life, "办结说明"),
  handle: ({ life }) => withOutcome(life, "处置说明"),
  return: ({ life, start, report }) => returning(life, start, report),
  pass_up: () => noteOnly({ label: "为什么上报", phrases: UP_PHRASES, required: true }),
  extend: () => extending(),
  suspend: () => suspending(),
  handoff: ({ life }) => handingOff(life),
  summon: () => summoning(),
  verify: () => verifying(),
  reply: () => replying(),
  grant: ({ report }) => deciding(report, false),
  refuse: ({ report }) => deciding(report, true),
};

function noteOnly(options = {}) {
  const note = noteField(options);
  return { nodes: note.nodes, body: () => ({ note: note.input.value.trim() || undefined }), missing: () => (options.required && !note.input.value.trim() ? `请写${options.label ?? "说明"}。` : null) };
}

function withOutcome(life, label) {
  const outcome = radioField("m-outcome", "结果", life.outcomes, "resolved");
  const note = noteField({ label, phrases: DONE_PHRASES });
  return { nodes: [note.nodes, outcome.nodes], body: () => ({ outcome: outcome.value(), note: note.input.value.trim() || undefined }), missing: () => null };
}

function returning(life, start, report) {
  const reason = radioField("m-reason", "退单原因", life.return_reasons);
  const note = noteField({ label: "说明" });
  const grids = [...start.own, ...start.village, ...start.neighbours].filter(({ code }) => code !== report.grid?.code);
  const grid = radioField("m-grid", "应属哪个网格", grids.map(({ code, label }) => ({ key: code, label })));
  grid.nodes.hidden = true;
  reason.onChange(() => {
    grid.nodes.hidden = reason.value() !== "not_my_grid";
  });
  const isOther = () => reason.value() === "not_my_grid";
  return {
    nodes: [reason.nodes, grid.nodes, note.nodes],
    body: () => ({ reason: reason.value(), note: note.input.value.trim() || undefined, grid: isOther() ? grid.value() : undefined }),
    missing: () => {
      if (!reason.value()) return "请选退单原因。";
      if (isOther() && !grid.value()) return "请选应属哪个网格。";
      return ["other", "not_our_duty"].includes(reason.value()) && !note.input.value.trim() ? "这个原因须写说明。" : null;
    },
  };
}

function extending() {
  const days = radioField("m-days", "延长", [1, 2, 3, 5, 7].map((amount) => ({ key: String(amount), label: `${amount}个工作日` })), "3");
  const note = noteField({ label: "为什么延期", phrases: LATER_PHRASES, required: true });
  return { nodes: [days.nodes, note.nodes], body: () => ({ limit: { amount: Number(days.value()), unit: "working_day" }, note: note.input.value.trim() }), missing: () => (note.input.value.trim() ? null : "请写为什么延期。") };
}

function suspending() {
  const until = el("input", { class: "input", type: "datetime-local", id: "m-until", value: localTime(new Date(Date.now() + 3 * 86_400_000)) });
  const note = noteField({ label: "为什么挂起", phrases: LATER_PHRASES, required: true });
  return {
    nodes: [el("div", { class: "field" }, el("label", { for: "m-until" }, "挂起到"), until), note.nodes],
    body: () => ({ until: new Date(until.value).toISOString(), note: note.input.value.trim() }),
    missing: () => (!until.value ? "请填挂起到什么时候。" : note.input.value.trim() ? null : "请写为什么挂起。"),
  };
}

function handingOff(life) {
  const hotline = radioField("m-hotline", "转给", life.hotlines.map((key) => ({ key, label: key })));
  const note = noteField();
  return { nodes: [hotline.nodes, note.nodes], body: () => ({ hotline: hotline.value(), note: note.input.value.trim() || undefined }), missing: () => (hotline.value() ? null : "请选热线。") };
}

function verifying() {
  const passed = radioField("m-passed", "核查结果", [{ key: "yes", label: "通过" }, { key: "no", label: "不通过，退回继续办理" }]);
  const note = noteField({ label: "说明（不通过必填）" });
  return { nodes: [passed.nodes, note.nodes], body: () => ({ passed: passed.value() === "yes", note: note.input.value.trim() || undefined }), missing: () => (!passed.value() ? "请选核查结果。" : passed.value() === "no" && !note.input.value.trim() ? "不通过须写说明。" : null) };
}

function replying() {
  const note = noteField({ label: "答复内容", phrases: DONE_PHRASES, required: true });
  return { nodes: note.nodes, body: () => ({ answer: note.input.value.trim() }), missing: () => (note.input.value.trim() ? null : "请写答复内容。") };
}

function deciding(report, needsNote) {
  const asked = report.request;
  const note = noteField({ label: "说明", required: needsNote });
  const words = asked ? el("p", { class: "notice" }, `${asked.by?.name ?? ""}申请${asked.label ?? ""}：${[asked.reason_label, asked.note, asked.grid_name].filter(Boolean).join("，")}`) : null;
  return { nodes: [words, note.nodes], body: () => ({ request: asked?.no, note: note.input.value.trim() || undefined }), missing: () => (needsNote && !note.input.value.trim() ? "不同意须写说明。" : null) };
}

function summoning() {
  const list = el("div", { class: "m-radios" }, el("p", { role: "status" }, "正在取单位名单…"));
  const note = noteField({ label: "请部门做什么", required: true });
  let boxes = [];
  get("/v1/orgs?limit=200").then(
    ({ items }) => {
      boxes = items.map((org) => el("input", { type: "checkbox", value: org.id }));
      list.replaceChildren(...items.map((org, index) => el("label", { class: "m-radio" }, boxes[index], el("span", null, org.name))));
    },
    (error) => list.replaceChildren(errorBox(error)),
  );
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
  return { nodes: [el("h3", null, "吹哨到"), list, note.nodes], body: () => ({ orgs: chosen(), note: note.input.value.trim() }), missing: () => (chosen().length ? (note.input.value.trim() ? null : "请写请部门做什么。") : "请选部门。") };
}

/** Ask what a step needs; `onDone` gets the body of the step. */
export function askStep(step, label, context, onDone) {
  const form = (FORMS[step] ?? (() => noteOnly()))(context);
  const behalf = el("input", { class: "input", id: "m-behalf", maxlength: 100, autocomplete: "off", value: context.behalf });
  const trouble = el("p", { class: "notice bad", role: "alert", hidden: true });
  const submit = (event) => {
    event.preventDefault();
    const missing = form.missing();
    trouble.hidden = !missing;
    trouble.textContent = missing ?? "";
    if (missing) return;
    const body = { step, ...form.body() };
    if (behalf.value.trim()) body.on_behalf_of = behalf.value.trim();
    close();
    onDone(body);
  };
  const close = openSheet(label, [
    STEP_EFFECTS[step] ? el("p", { class: "quiet-line" }, STEP_EFFECTS[step]) : null,
    el(
      "form",
      { class: "m-form", novalidate: true, onsubmit: submit },
      form.nodes,
      el("details", { class: "m-behalf", open: Boolean(context.behalf) }, el("summary", null, "替别人登记（代录）"), el("div", { class: "field" }, el("label", { for: "m-behalf" }, "代谁，写姓名"), behalf)),
      trouble,
      el("div", { class: "m-actions" }, el("button", { type: "submit", class: "button primary" }, label)),
    ),
  ]);
}
