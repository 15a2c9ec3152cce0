// 调整影响: which grids, whose open reports, households and load before and after, broken rules.

import { get } from "./api.js";
import { codeText, el, errorBox, skeleton } from "./dom.js";
import { CHECK_WORDS, OPERATION_WORDS, areaChange } from "./edit-words.js";
import { area, number, time } from "./format.js";

/** Reads the preview of a plan; the last answer is kept for its revision. */
export class Effect {
  constructor(editor) {
    this.editor = editor;
    this.known = null;
  }

  async read() {
    const { plan, path } = this.editor.session;
    const key = `${plan.id}:${plan.revision}`;
    if (this.known?.key !== key) this.known = { key, value: await get(`${path}/preview`) };
    return this.known.value;
  }

  /** Fill a panel; what came too late for the panel is dropped. */
  async fill(box) {
    const asked = (this.asked = Symbol("asked"));
    const slow = setTimeout(() => box.replaceChildren(...skeleton(4)), box.childElementCount ? 900 : 300);
    try {
      const preview = await this.read();
      if (asked === this.asked && box.dataset.tab === "effect") box.replaceChildren(...effectPanel(this.editor, preview));
    } catch (error) {
      if (asked === this.asked && box.dataset.tab === "effect") box.replaceChildren(errorBox(error, () => this.fill(box)));
    } finally {
      clearTimeout(slow);
    }
  }
}

function effectPanel(editor, preview) {
  const { grids } = preview;
  if (!grids.changed.length && !grids.created.length && !grids.retired.length) return [el("p", { class: "empty" }, "方案还没有改动任何网格。")];
  return [summaryLine(preview), checksPart(editor, preview.checks), gridsPart(editor, preview), reportsPart(editor, preview.reports), workersPart(editor, preview.workers)];
}

/** One sentence with the whole effect, for second looks too. */
export function summaryLine({ grids, reports, checks }) {
  const parts = [`改动${grids.changed.length}个网格`, `新增${grids.created.length}个`, `停用${grids.retired.length}个`];
  const moving = reports.total ? `${number(reports.total)}件在办诉求将随界移交` : "没有在办诉求需要移交";
  const broken = checks.length ? `${checks.length}条规则未满足` : "各项规则均满足";
  return el("p", { class: "effect-line" }, `${parts.join("，")}；${moving}；${broken}。`);
}

/** Broken rules, the grids of one rule together: ten grids without a worker are one line. */
function checksPart(editor, checks) {
  if (!checks.length) return el("p", { class: "notice good" }, "户数、连片、人员配备均符合规则。");
  const kinds = new Map();
  for (const check of checks) kinds.set(check.check, [...(kinds.get(check.check) ?? []), check]);
  return el(
    "section",
    { "aria-label": "未满足的规则" },
    el("h3", { class: "section-title" }, `未满足的规则 ${checks.length} 条`),
    el("ul", { class: "effect-checks" }, [...kinds].map(([kind, list]) => el("li", { class: "notice doubt", "data-check": kind }, list.length > 2 ? manyChecks(editor, kind, list) : list.map((check) => el("p", null, el("b", null, CHECK_WORDS[kind] ?? kind), " ", check.message, " ", goTo(editor, check.code, "看位置")))))),
  );
}

function manyChecks(editor, kind, list) {
  const names = list.map((check) => el("li", null, goTo(editor, check.code, check.message)));
  return el("details", null, el("summary", null, el("b", null, CHECK_WORDS[kind] ?? kind), ` ${list.length}个`), el("ul", { class: "edit-near" }, names));
}

function gridsPart(editor, { grids, households }) {
  const homes = new Map(households.map((each) => [each.code, each]));
  const rows = [
    ...grids.created.map((each) => ({ ...each, state: "created", word: "新网格", size: area(each.area_m2) })),
    ...grids.changed.map((each) => ({ ...each, state: "changed", word: "改动", size: areaChange(each.area_before_m2, each.area_after_m2) })),
    ...grids.retired.map((code) => ({ code, name: editor.session.nameOf(code), state: "retired", word: "停用", size: "—" })),
  ];
  const { noded } = grids;
  return el(
    "section",
    null,
    el("h3", { class: "section-title" }, "网格"),
    el(
      "table",
      { class: "effect-table" },
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "网格"), el("th", { scope: "col", class: "number" }, "面积"), el("th", { scope: "col", class: "number" }, "户数"))),
      el("tbody", null, rows.map((row) => gridRow(editor, row, homes.get(row.code)))),
    ),
    noded.length ? el("details", { class: "edit-outer" }, el("summary", null, `另有${noded.length}个相邻网格只在边上添了界点，范围不变`), el("p", { class: "field-hint" }, noded.map((code) => editor.session.nameOf(code)).join("、"))) : null,
  );
}

function gridRow(editor, row, homes) {
  const name = row.state === "retired" ? row.name : goTo(editor, row.code, row.name);
  const count = homes ? (homes.before === homes.after ? number(homes.after) : `${number(homes.before)}→${number(homes.after)}`) : "—";
  return el("tr", { "data-code": row.code }, el("th", { scope: "row" }, name, el("span", { class: "effect-sub" }, el("span", { class: `tag edit-tag-${row.state}` }, row.word), codeText(row.code))), el("td", { class: "number" }, row.size), el("td", { class: "number" }, count));
}

function reportsPart(editor, { moving, total, doubtful_total: doubtful, complete }) {
  const title = el("h3", { class: "section-title" }, `随界移交的在办诉求 ${number(total)} 件`);
  const least = complete ? "" : "至少";
  const doubt = doubtful ? el("p", { class: "field-hint doubt" }, `另有${least}${number(doubtful)}件待签收诉求仍在原网格，但定位误差跨到新界线两侧，转为待研判。`) : null;
  if (!total) return el("section", null, title, doubt ?? el("p", { class: "field-hint" }, "没有在办诉求落在改变归属的地方。"));
  return el(
    "section",
    { "aria-label": "随界移交" },
    title,
    el("p", { class: "field-hint" }, "待签收的随界移交给新的负责人，办理中的由原负责人办完。"),
    doubt,
    el("table", { class: "effect-table" }, el("thead", null, el("tr", null, el("th", { scope: "col" }, "从"), el("th", { scope: "col" }, "到"), el("th", { scope: "col", class: "number" }, "件"))), el("tbody", null, moving.map((each) => el("tr", null, el("td", null, editor.session.nameOf(each.from)), el("td", null, editor.session.nameOf(each.to)), el("td", { class: "number" }, number(each.count)))))),
  );
}

function workersPart(editor, workers) {
  if (!workers.length) return "";
  const change = (before, after) => (before === after ? number(after) : `${number(before)}→${number(after)}`);
  return el(
    "section",
    { "aria-label": "人员负担" },
    el("h3", { class: "section-title" }, "人员负担"),
    el("table", { class: "effect-table" }, el("thead", null, el("tr", null, el("th", { scope: "col" }, "网格员"), el("th", { scope: "col", class: "number" }, "户数"), el("th", { scope: "col", class: "number" }, "在办"))), el("tbody", null, workers.map((each) => el("tr", null, el("th", { scope: "row" }, each.name, el("span", { class: "effect-sub" }, each.grids.map((code) => editor.session.nameOf(code)).join("、"))), el("td", { class: "number" }, change(each.households_before, each.households_after)), el("td", { class: "number" }, change(each.open_before, each.open_after)))))),
  );
}

function goTo(editor, code, label) {
  return el("button", { type: "button", class: "link", onclick: () => editor.goToGrid(code) }, label);
}

/** The log of the plan, newest first. */
export function stepsPanel(editor) {
  const steps = [...(editor.session.plan.operations ?? [])].reverse();
  if (!steps.length) return [el("p", { class: "empty" }, "还没有任何操作。")];
  return [
    el("p", { class: "field-hint" }, "每一步都可以撤销（Ctrl+Z）和重做（Ctrl+Shift+Z）。"),
    el("ol", { class: "steps-list" }, steps.map((step) => el("li", { class: step.state === "done" ? "" : "undone" }, el("b", null, OPERATION_WORDS[step.op] ?? step.op), step.state === "done" ? null : el("span", { class: "tag" }, "已撤销"), el("span", { class: "plan-line" }, `${step.author_name ?? step.author} · ${time(step.at)}`)))),
  ];
}
