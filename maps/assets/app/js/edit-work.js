// The panel of the stroke: what to do now, what waits to be sent, what was refused, what came of it.

import { codeText, el } from "./dom.js";
import { partitionPanel } from "./edit-partition.js";
import { placesForm } from "./edit-places.js";
import { replanForm } from "./edit-replan.js";
import { OPERATION_WORDS, adviceFor, areaChange, conflictLine, withNames } from "./edit-words.js";
import { area } from "./format.js";
import { KIND_WORDS } from "./words.js";

const WAITING = { partition: "正在按户数划分，大的村（社区）需要几秒；按 Esc 取消。", replan: "正在把新网格贴合到范围外界；按 Esc 取消。", assign_places: "正在按楼栋划转；按 Esc 取消。" };

const button = (label, onclick, kind = "") => el("button", { type: "button", class: `button ${kind}`, onclick }, label);

/** Everything the panel shows at this moment. */
export function workPanel(editor) {
  const { tools, session } = editor;
  const parts = [];
  if (editor.mayEdit) parts.push(el("p", { class: "edit-hint", role: "status" }, tools.pending ? pendingHint(tools.pending) : tools.tool.hint(tools)));
  else parts.push(el("p", { class: "edit-hint" }, editor.whyReadOnly()));
  if (tools.pending?.error) parts.push(trouble(editor, tools.pending));
  else if (tools.pending && tools.pending.body.op === "split" && !tools.pending.sending) parts.push(keepForm(editor));
  if (tools.name === "merge" && !tools.pending) parts.push(mergeForm(editor));
  if (tools.name === "reshape" && tools.picked.length) parts.push(pickedList(editor));
  const byArea = ["partition", "replan"].includes(tools.name);
  const result = resultOf(editor);
  if (byArea && result) parts.push(result); // what came of a long form stands above it
  if (editor.mayEdit && !tools.pending) {
    if (tools.name === "assign_places") parts.push(placesForm(editor));
    if (tools.name === "partition") parts.push(...partitionPanel(editor));
    if (tools.name === "replan") parts.push(replanForm(editor));
  }
  if (!tools.pending && !tools.chosen && !editor.pen.active && !byArea) parts.push(gridPicker(editor));
  if (tools.chosen && tools.name !== "assign_places") parts.push(gridCard(editor, tools.chosen));
  if (!byArea && result) parts.push(result);
  return parts;
}

/** What came of the last step, unless the panel says it already. */
function resultOf(editor) {
  const { tools, session, proposals } = editor;
  if (!session.answers.length || tools.pending || (tools.name === "partition" && proposals.isLast)) return null;
  return answerCard(editor, session.answers[0]);
}

/** The way to a grid without the map: by its name or its code. */
function gridPicker(editor) {
  const { draft } = editor.session;
  const input = el("input", { class: "input", id: "grid-pick", list: "grid-names", autocomplete: "off", placeholder: "名称或15位编码", maxlength: 60 });
  input.addEventListener("change", () => {
    const asked = input.value.trim();
    const found = draft.byCode.get(asked) ?? draft.grids.find((grid) => grid.name === asked);
    if (!found) return;
    editor.view.fit(found.code);
    editor.tools.choose(found.code);
  });
  return el("div", { class: "field" }, el("label", { for: "grid-pick" }, "按名称选网格"), input, el("datalist", { id: "grid-names" }, draft.grids.map((grid) => el("option", { value: grid.name }, grid.code))));
}

function pendingHint(pending) {
  if (pending.sending) return WAITING[pending.body.op] ?? "正在提交…";
  if (pending.error?.status === 0) return "没有连上服务，这一步还没有提交。";
  if (pending.error) return "这一步没有被采用，方案没有改变。";
  return "画好了。请确认哪一块保留原编码。";
}

// ---- refusals

function trouble(editor, pending) {
  const { tools } = editor;
  const { error } = pending;
  const nameOf = (code) => editor.session.nameOf(code);
  const slug = error.problem?.type?.split("/").at(-1);
  const actions = [];
  if (slug === "edit-conflict" && !pending.seen) actions.push(button("刷新，保留我的画线", () => tools.freshen(), "primary"));
  else if (error.problem?.reason === "crosses_parent") actions.push(button("按跨村（社区）调整提交", () => tools.sendPending({ cross_parent: true }), "primary"));
  else if (slug === "plan-not-draft" || slug === "unknown-revision") actions.push(button("刷新方案", () => editor.reopen(), "primary"));
  else if (error.status !== 422 || pending.seen) actions.push(button("再次提交", () => tools.sendPending(), "primary"));
  if (pending.body.op === "assign_places") actions.push(button("改选楼栋", () => tools.again(), actions.length ? "" : "primary"));
  if (["partition", "replan"].includes(pending.body.op)) actions.push(button("改选项", () => tools.again(), actions.length ? "" : "primary"));
  if (pending.points) actions.push(button("重画", () => tools.again(), actions.length ? "" : "primary"));
  actions.push(button("放弃这一步", () => tools.cancel()));
  const advice = adviceFor(pending.body.op, error.problem?.reason);
  return el(
    "section",
    { class: "notice bad edit-trouble", role: "alert", "data-reason": error.problem?.reason ?? slug ?? String(error.status) },
    el("h3", null, OPERATION_WORDS[pending.body.op] ?? "操作", "：", error.problem?.title ?? "没有提交成功"),
    el("p", null, slug === "edit-conflict" ? conflictLine(error.problem, nameOf) : withNames(error.message, nameOf)),
    pending.seen && slug === "edit-conflict" ? el("p", null, "地图上已是最新的界线，您的画线还在。看清后可以再次提交。") : null,
    advice ? el("p", { class: "field-hint" }, advice) : null,
    error.status === 0 ? el("p", { class: "field-hint" }, "画线已保留，恢复后可再次提交。") : null,
    error.problem?.geometry ? el("p", { class: "field-hint" }, "问题所在已在地图上用红色标出。") : null,
    error.status >= 500 && error.reference ? el("p", { class: "field-hint" }, `编号：${error.reference}`) : null,
    el("p", { class: "form-row" }, actions),
  );
}

// ---- what an operation still asks

function keepForm(editor) {
  const { tools, session } = editor;
  const { pending } = tools;
  const asked = pending.keepBy ?? "households";
  const choose = (value) => {
    pending.keepBy = value;
    if (value === "households") delete pending.body.keep_at;
    editor.showWork();
  };
  const radio = (value, label) => el("label", { class: "check" }, el("input", { type: "radio", name: "keep-by", value, checked: asked === value, onchange: () => choose(value) }), ` ${label}`);
  const pointed = Boolean(pending.body.keep_at);
  return el(
    "form",
    { class: "edit-form card", id: "keep-form", onsubmit: (event) => { event.preventDefault(); tools.sendPending(); } },
    el("fieldset", null, el("legend", null, `哪一块保留“${session.nameOf(pending.body.grid)}”的编码？`), radio("households", "户数多的一块（默认）"), radio("pointed", "由我在图上点选")),
    asked === "pointed" ? el("p", { class: "field-hint" }, pointed ? "已点选；可再点别处更换。" : "请在地图上点要保留编码的那一块。") : null,
    el("p", { class: "form-row" }, el("button", { type: "submit", class: "button primary", disabled: asked === "pointed" && !pointed }, "拆分（回车）"), button("放弃", () => tools.cancel())),
  );
}

function mergeForm(editor) {
  const { tools, session } = editor;
  if (!tools.picked.length) return "";
  if (!tools.picked.includes(tools.keep)) tools.keep = [...tools.picked].sort()[0];
  const rows = [...tools.picked].sort().map((code) =>
    el("label", { class: "check edit-pick" }, el("input", { type: "radio", name: "keep", value: code, checked: code === tools.keep, onchange: () => (tools.keep = code) }), el("span", null, session.nameOf(code), " ", codeText(code)), button("移出", () => tools.choose(code), "edit-small")),
  );
  return el(
    "form",
    { class: "edit-form card", id: "merge-form", onsubmit: (event) => { event.preventDefault(); tools.merge(tools.keep); } },
    el("fieldset", null, el("legend", null, "合并后保留哪个编码？其余编码停用，不再使用。"), rows),
    el("p", { class: "form-row" }, el("button", { type: "submit", class: "button primary", disabled: tools.picked.length < 2 }, `合并${tools.picked.length}个网格（回车）`), button("重选", () => tools.cancel())),
  );
}

function pickedList(editor) {
  const { tools, session } = editor;
  return el("section", { class: "edit-card card" }, el("h3", null, "两侧网格"), el("ul", null, tools.picked.map((code) => el("li", null, session.nameOf(code), " ", codeText(code)))), button("重选", () => tools.cancel()));
}

// ---- what is known of a grid, and what came of the last stroke

function gridCard(editor, code) {
  const { session } = editor;
  const grid = session.draft.byCode.get(code);
  const state = { changed: "已改动", created: "新网格" }[session.states.get(code)];
  const near = session.neighboursOf(code);
  return el(
    "section",
    { class: "edit-card card", "data-chosen": code },
    el("p", { class: "place-kind" }, KIND_WORDS[grid.kind] ?? "网格", state ? el("span", { class: `tag edit-tag-${session.states.get(code)}` }, state) : null),
    el("h2", null, grid.name),
    el("p", { class: "place-code" }, codeText(code)),
    el("details", null, el("summary", null, `相邻网格 ${near.length} 个`), el("ul", { class: "edit-near" }, near.map((each) => el("li", null, el("button", { type: "button", class: "link", onclick: () => editor.goToGrid(each) }, session.nameOf(each)))))),
  );
}

function answerCard(editor, answer) {
  const { session } = editor;
  const name = (code) => el("button", { type: "button", class: "link", onclick: () => editor.goToGrid(code) }, session.nameOf(code));
  const title = { undo: "已撤销", redo: "已重做" }[answer.kind] ?? `已${OPERATION_WORDS[answer.kind] ?? "修改"}`;
  return el(
    "section",
    { class: "edit-card card", "aria-label": "上一步的结果", "data-answer": answer.kind },
    el("h3", null, title),
    answer.rebased ? el("p", { class: "notice" }, "另一人同时改了别处，已自动合并。") : null,
    el(
      "ul",
      { class: "edit-effects" },
      answer.created.map((each) => el("li", null, el("span", { class: "tag edit-tag-created" }, "新网格"), name(each.code), el("span", { class: "edit-size" }, area(each.area_m2)))),
      answer.changed.map((each) => el("li", null, el("span", { class: "tag edit-tag-changed" }, "改动"), name(each.code), el("span", { class: "edit-size" }, areaChange(each.area_before_m2, each.area_after_m2)))),
      answer.retired.map((code) => el("li", null, el("span", { class: "tag" }, "停用"), el("span", null, session.nameOf(code)))),
    ),
    answer.warnings.map((warning) => el("p", { class: "notice doubt" }, withNames(warning.message, (code) => session.nameOf(code)))),
    outerNodes(editor, answer.outer_nodes),
  );
}

function outerNodes(editor, nodes) {
  if (!nodes.length) return null;
  return el(
    "details",
    { class: "edit-outer" },
    el("summary", null, `旗界上新增界点 ${nodes.length} 个（各处偏移不超过1毫米）`),
    el("ul", null, nodes.map(([lon, lat]) => el("li", null, el("button", { type: "button", class: "link", onclick: () => editor.map.setView([lat, lon], 18) }, `${lon.toFixed(8)}，${lat.toFixed(8)}`)))),
  );
}

