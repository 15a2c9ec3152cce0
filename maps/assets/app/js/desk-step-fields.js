// Which fields each step needs, and what it does, said before it is done.

import { address, get } from "./api.js";
import { hintOf } from "./desk-answer.js";
import { pickerField } from "./desk-picker.js";
import { findAreas } from "./desk-words.js";
import { el } from "./dom.js";
import { metres, percent, time } from "./format.js";
import { likelyGrids } from "./likely-grids.js";

const NOTED = { refuse: "不同意的理由", pass_up: "上报的理由", supervise: "督办要求", extend: "申请延期的理由", suspend: "申请挂起的理由", void: "作废的理由" };
const WANTS = {
  triage: ["category", "severity", "response"],
  confirm_grid: ["grid"],
  direct_reply: ["answer"],
  split: ["parts"],
  route: ["to"],
  reassign: ["to", "reason"],
  arrive: ["arrived"],
  handle: ["outcome"],
  reply: ["answer"],
  verify: ["passed"],
  return: ["reason"],
  summon: ["orgs"],
  consult_jointly: ["orgs"],
  supervise: ["leader"],
  extend: ["limit"],
  suspend: ["until"],
  merge: ["report"],
  follow_up: ["reporter", "satisfied", "resolved"],
  rate: ["reporter", "satisfied", "resolved"],
  reopen: ["to"],
  close: ["outcome"],
  void: ["outside"],
  handoff: ["hotline"],
};
const FOR_ANOTHER = new Set(["accept", "arrive", "handle", "return", "pass_up"]);
const SILENT = new Set(["triage", "split", "direct_reply", "reply", "handoff", "merge", "unmerge"]);
const DEMANDING = new Set(["pass_up", "refuse", "supervise", "extend", "suspend", "void"]);

/** The fields of a step: {box, read() -> members of the body}; read throws words when something is missing. */
export function fieldsOf(step, report, words) {
  const fields = (WANTS[step] ?? []).map((name) => MAKERS[name]({ step, report, words })).filter(Boolean);
  if (!SILENT.has(step)) fields.push(noteField(step, words));
  if (FOR_ANOTHER.has(step)) fields.push(behalfField());
  return fields;
}

/** 代录: entered at the desk for whoever did it and has no phone at hand. */
function behalfField() {
  const input = el("input", { class: "input", id: "step-behalf", maxlength: 60 });
  return { box: el("div", { class: "field" }, el("label", { for: "step-behalf" }, "代录：替谁登记（可不填）"), input), read: () => (input.value.trim() ? { on_behalf_of: input.value.trim() } : {}) };
}

function missing(label) {
  return new Error(`请填写：${label}。`);
}

function select(id, label, items, { empty = "请选择", needed = true, read } = {}) {
  const input = el("select", { class: "select", id }, el("option", { value: "" }, empty), items.map((item) => el("option", { value: item.key }, item.label)));
  return {
    box: el("div", { class: "field" }, el("label", { for: id }, label), input),
    input,
    read: () => {
      if (needed && !input.value) throw missing(label);
      return input.value ? read(input.value) : {};
    },
  };
}

function area(id, label, needed, name) {
  const input = el("textarea", { class: "input desk-words", id, rows: 2, maxlength: 2000 });
  return {
    box: el("div", { class: "field" }, el("label", { for: id }, label), input),
    read: () => {
      const value = input.value.trim();
      if (needed && !value) throw missing(label);
      return value ? { [name]: value } : {};
    },
  };
}

function noteField(step, words) {
  const needed = DEMANDING.has(step) || (words.life.note_needed ?? []).includes(step);
  return area("step-note", NOTED[step] ?? (needed ? "说明" : "说明（可不填）"), needed, "note");
}

const MAKERS = {
  category: ({ words }) => {
    const { picker, box } = pickerField("step-category", "类别（不改则不填）", { find: (typed) => words.findCategories(typed), wait: 0 });
    return { box, read: () => (picker.input.dataset.value ? { category: picker.input.dataset.value } : {}) };
  },
  severity: ({ words }) => select("step-severity", "严重程度", words.life.severities, { empty: "不改", needed: false, read: (value) => ({ severity: Number(value) }) }),
  response: ({ words }) => select("step-response", "响应级别", words.life.responses, { empty: "不改", needed: false, read: (value) => ({ response: value }) }),
  outcome: ({ step, words }) => select("step-outcome", "办理结果", words.life.outcomes, { needed: step === "handle", empty: step === "handle" ? "请选择" : "按已登记的", read: (value) => ({ outcome: value }) }),
  answer: () => area("step-answer", "答复内容", true, "answer"),
  passed: () => {
    const field = choice("step-passed", "核查结果", [["yes", "通过"], ["no", "不通过，退回继续办理（须说明）"]]);
    return { box: field.box, read: () => ({ passed: field.value() === "yes" }) };
  },
  satisfied: ({ words }) => select("step-satisfied", "是否满意", words.life.satisfied, { read: (value) => ({ satisfied: value }) }),
  resolved: ({ words }) => select("step-resolved", "是否解决（未接通不填）", words.life.resolved, { needed: false, empty: "—", read: (value) => ({ resolved: value }) }),
  reporter: ({ report }) => {
    if ((report.reporters ?? []).length < 2) return null;
    return select("step-reporter", "哪一位来电人", report.reporters.map((key, index) => ({ key, label: `第${index + 1}位来电人` })), { read: (value) => ({ reporter: value }) });
  },
  hotline: ({ words }) => select("step-hotline", "转到", words.life.hotlines.map((key) => ({ key, label: key })), { read: (value) => ({ hotline: value }) }),
  outside: () => {
    const box = el("input", { type: "checkbox", id: "step-outside" });
    return { box: el("label", { class: "check" }, box, " 不属本旗"), read: () => (box.checked ? { reason: "out_of_area" } : {}) };
  },
  until: () => {
    const input = el("input", { class: "input", type: "datetime-local", id: "step-until" });
    return {
      box: el("div", { class: "field" }, el("label", { for: "step-until" }, "挂起到"), input),
      read: () => {
        if (!input.value) throw missing("挂起到");
        return { until: `${input.value}:00+08:00` };
      },
    };
  },
  limit: () => {
    const input = el("input", { class: "input", type: "number", min: 1, max: 60, value: 3, id: "step-limit" });
    return { box: el("div", { class: "field" }, el("label", { for: "step-limit" }, "延长几个工作日"), input), read: () => ({ limit: { amount: Number(input.value), unit: "working_day" } }) };
  },
  leader: () => {
    const input = el("input", { class: "input", id: "step-leader", maxlength: 60 });
    return { box: el("div", { class: "field" }, el("label", { for: "step-leader" }, "包案领导（难件才填）"), input), read: () => (input.value.trim() ? { leader: input.value.trim() } : {}) };
  },
  grid: ({ report }) => gridField(report),
  to: ({ step, report, words }) => toField(step, report, words),
  reason: ({ step, report, words }) => reasonField(step, report, words),
  orgs: ({ words }) => orgsField(words),
  arrived: ({ report }) => {
    const waiting = (report.summons ?? []).filter((one) => !one.arrived_at && !one.called_off);
    return waiting.length ? select("step-org", "确认哪个部门到场", waiting.map((one) => ({ key: one.org, label: one.name })), { needed: Boolean(report.on_site_at), empty: report.on_site_at ? "请选择" : "办理人本人到场", read: (value) => ({ org: value, passed: true }) }) : null;
  },
  report: ({ report }) => mergeField(report),
  parts: ({ words }) => partsField(words),
};

function choice(name, label, items) {
  const radios = items.map(([value, text], index) => {
    const input = el("input", { type: "radio", name, value, id: `${name}-${value}`, checked: index === 0 });
    return [input, el("label", { class: "check", for: input.id }, input, text)];
  });
  return { box: el("fieldset", { class: "desk-choice" }, el("legend", null, label), radios.map(([, box]) => box)), value: () => radios.find(([input]) => input.checked)?.[0].value };
}

/** The candidates of the case as buttons with numbers, and any other grid by its name. */
function gridField(report, label = "属于哪个网格") {
  const { picker, box } = pickerField("step-grid", label, { find: (typed) => findAreas(typed, { gridsOnly: true }), placeholder: "网格名称", onPick: (item) => mark(item?.value) });
  const likely = likelyGrids(report).slice(0, 9);
  const buttons = likely.map((one, index) => el("button", { type: "button", class: "candidate", "data-grid": one.grid.code, "aria-pressed": "false", onclick: () => take(one.grid) }, el("kbd", null, String(index + 1)), el("span", null, el("b", null, one.grid.name), el("span", { class: "quiet-line" }, hintOf(one)))));
  function mark(code) {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.grid === code));
  }
  function take(grid) {
    picker.set({ value: grid.code, label: grid.name });
    mark(grid.code);
  }
  return {
    box: el("div", { class: "desk-grids" }, buttons.length ? el("div", { class: "candidates" }, buttons) : null, box),
    read: () => {
      if (!picker.input.dataset.value) throw missing(label);
      return { grid: picker.input.dataset.value };
    },
  };
}

const KIND_WORDS = { grid: "网格（责任人）", community: "村（社区）值班", township: "乡镇值班室", county: "旗中心值班" };

/** Whom to send to: a department or team, or who answers for an area, by name. */
function toField(step, report, words) {
  const find = async (typed) => {
    const orgs = (await words.orgs()).filter((org) => !typed || org.name.includes(typed)).map((org) => ({ value: `org:${org.id}`, label: org.name, hint: org.kind_label }));
    const around = [report.grid, { code: report.area.code.slice(0, 12) }, { code: report.area.code.slice(0, 9) }].filter((one) => one?.name).map((one) => ({ value: `area:${one.code}`, label: one.name, hint: KIND_WORDS.grid }));
    const areas = (await findAreas(typed)).map((item) => ({ ...item, value: `area:${item.value}`, hint: `${KIND_WORDS[{ 6: "county", 9: "township", 12: "community", 15: "grid" }[item.value.length]]} ${item.hint ?? ""}` }));
    return typed ? [...areas.slice(0, 12), ...orgs.slice(0, 12)] : [...around, ...orgs.slice(0, 20)];
  };
  const needed = step !== "reopen";
  const label = needed ? "派给谁" : "交给谁（不填则交上一级）";
  const { picker, box } = pickerField("step-to", label, { find, placeholder: "单位、网格、村或乡镇" });
  return {
    box,
    read: () => {
      const [kind, value] = (picker.input.dataset.value ?? "").split(":");
      if (!value && (needed || picker.input.value.trim())) throw missing("派给谁（从列表中选）");
      return value ? { to: { [kind]: value } } : {};
    },
  };
}

function reasonField(step, report, words) {
  const list = words.life[step === "return" ? "return_reasons" : "reassign_reasons"];
  const reason = select("step-reason", "原因", list, { read: (value) => ({ reason: value }) });
  if (step !== "return") return reason;
  const grid = gridField({ ...report, request: null, grid_named: null }, "应属哪个网格");
  grid.box.hidden = true;
  reason.input.addEventListener("change", () => (grid.box.hidden = reason.input.value !== "not_my_grid"));
  return { box: el("div", { class: "desk-grids" }, reason.box, grid.box), read: () => ({ ...reason.read(), ...(grid.box.hidden ? {} : grid.read()) }) };
}

function orgsField(words) {
  const chosen = new Map();
  const list = el("ul", { class: "desk-chosen" });
  const show = () => list.replaceChildren(...[...chosen].map(([id, name], index) => el("li", null, `${name}${index === 0 ? "（牵头）" : ""} `, el("button", { type: "button", class: "link", "aria-label": `去掉${name}`, onclick: () => chosen.delete(id) && show() }, "去掉"))));
  const { picker, box } = pickerField("step-orgs", "部门（可选多个，第一个牵头）", {
    find: async (typed) => (await words.orgs()).filter((org) => org.name.includes(typed) && !chosen.has(org.id)).slice(0, 30).map((org) => ({ value: org.id, label: org.name, hint: org.kind_label })),
    onPick: (item) => {
      if (!item) return;
      chosen.set(item.value, item.label);
      picker.set(null);
      show();
    },
  });
  return {
    box: el("div", { class: "desk-grids" }, box, list),
    read: () => {
      if (!chosen.size) throw missing("部门");
      return { orgs: [...chosen.keys()] };
    },
  };
}

/** Which report to merge into: what is similar is offered, any other is found by number or words. */
function mergeField(report) {
  const find = async (typed) => {
    if (!typed) {
      const { items } = await get(`/v1/reports/${encodeURIComponent(report.id)}/similar`);
      return items.filter((item) => !item.closed_at).map((item) => ({ value: item.id, label: item.number, hint: `${item.distance_m === null ? "同一地点" : `相距${metres(item.distance_m)}`} 相似${percent(item.likeness)} ${item.text}` }));
    }
    const { items } = await get(address("/v1/reports", { q: typed, open: true, limit: 15 }));
    return items.filter((item) => item.id !== report.id).map((item) => ({ value: item.id, label: item.number, hint: `${item.category_name ?? ""} ${time(item.created_at)} ${item.text ?? ""}` }));
  };
  const { picker, box } = pickerField("step-report", "并入哪一件", { find, placeholder: "编号或内容；不填则列出相似的" });
  return {
    box,
    read: () => {
      if (!picker.input.dataset.value) throw missing("并入哪一件（从列表中选）");
      return { report: picker.input.dataset.value };
    },
  };
}

function partsField(words) {
  const rows = [];
  const list = el("div", { class: "desk-parts" });
  const add = () => {
    const number = rows.length + 1;
    const { picker, box } = pickerField(`step-part-${number}`, `第${number + 1}件的类别`, { find: (typed) => words.findCategories(typed), wait: 0 });
    const text = el("textarea", { class: "input desk-words", id: `step-part-text-${number}`, rows: 2, maxlength: 5000 });
    rows.push({ picker, text });
    list.append(el("div", { class: "desk-part" }, el("div", { class: "field" }, el("label", { for: text.id }, `第${number + 1}件：内容`), text), box));
  };
  add();
  const more = el("button", { type: "button", class: "button", onclick: () => rows.length < 9 && add() }, "再拆一件");
  return {
    box: el("div", { class: "desk-grids" }, el("p", { class: "field-hint" }, "本件仍是第1件，拆出的各自派单，来电人是同一位。"), list, more),
    read: () => {
      const parts = rows.filter(({ text }) => text.value.trim()).map(({ text, picker }) => ({ text: text.value.trim(), ...(picker.input.dataset.value ? { category: picker.input.dataset.value } : {}) }));
      if (!parts.length) throw missing("拆出的内容");
      return { parts };
    },
  };
}
