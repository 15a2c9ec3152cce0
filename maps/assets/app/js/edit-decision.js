// 审批: hand a draft in; approve it with date and document, or send it back with a reason.

import { send } from "./api.js";
import { byId, el, errorBox } from "./dom.js";
import { overtakenPart, renewPart } from "./edit-overtaken.js";
import { consentsPart, papersPart } from "./edit-papers.js";
import { summaryLine } from "./edit-effect.js";
import { stateOfPlan } from "./edit-words.js";
import { time } from "./format.js";

/** What may be done with the plan now, by whoever looks at it. */
export function decisionPanel(editor) {
  const { session, user } = editor;
  const { plan } = session;
  const state = stateOfPlan(plan);
  const parts = [el("p", null, "状态：", el("span", { class: `tag ${state.mood}` }, state.word)), planFacts(plan)];
  if (plan.reason && plan.state === "draft") parts.push(el("p", { class: "notice bad" }, `退回原因：${plan.reason}`));
  if (plan.state === "overtaken" && plan.reason) parts.push(el("p", { class: "notice doubt" }, plan.reason));
  if (plan.state === "overtaken" && plan.area.startsWith(user.area)) parts.push(renewPart(editor));
  parts.push(consentsPart(editor));
  if (plan.state === "draft" && editor.mayEdit) parts.push(submitPart(editor));
  if (plan.state === "draft" && editor.mayEdit && plan.reason) parts.push(el("details", { class: "edit-outer" }, el("summary", null, "底图已变？"), renewPart(editor)));
  if (plan.state === "submitted") parts.push(...(user.role === "county_admin" && plan.author !== user.name ? [approveForm(editor), rejectForm(editor)] : [waiting(plan, user)]));
  parts.push(papersPart(session.path));
  return parts;
}

function planFacts(plan) {
  const lines = [
    ["起草", `${plan.author_name ?? plan.author}，${time(plan.created_at)}`],
    ["送审", plan.submitted_at ? time(plan.submitted_at) : ""],
    [plan.state === "draft" ? "退回" : "批准", plan.decided_at ? `${plan.decider_name ?? plan.decider}，${time(plan.decided_at)}` : ""],
    ["生效时间", plan.effective_at ? time(plan.effective_at) : ""],
    ["文号", [plan.document_no, plan.document_date].filter(Boolean).join("，")],
    ["说明", plan.note],
  ];
  return el("dl", { class: "facts" }, lines.filter(([, value]) => value).map(([label, value]) => el("div", null, el("dt", null, label), el("dd", { class: "wrap-anywhere" }, value))));
}

function waiting(plan, user) {
  const own = plan.author === user.name && user.role === "county_admin";
  return el("p", { class: "notice" }, own ? "起草人不能批准自己的方案，请由另一位旗级管理员审批。" : "已送审，等待旗级管理员审批。");
}

function submitPart(editor) {
  const { plan } = editor.session;
  return el(
    "section",
    { class: "edit-form card" },
    plan.cross_parent ? el("p", { class: "notice doubt" }, "方案跨村（社区）调整界线，须报旗级批准。") : null,
    el("p", { class: "field-hint" }, "送审后不能再改；退回后可以继续修改。"),
    el("button", { type: "button", class: "button primary", id: "submit-plan", disabled: !editor.session.canUndo, onclick: () => secondLook(editor, { title: `送审“${plan.name}”`, confirm: "送审", act: () => send("POST", `${editor.session.path}/submit`) }) }, "送审…"),
    editor.session.canUndo ? null : el("p", { class: "field-hint" }, "方案还没有任何改动。"),
  );
}

const field = (label, id, input) => el("div", { class: "field" }, el("label", { for: id }, label), input);

function approveForm(editor) {
  const { plan } = editor.session;
  const vacant = el("input", { type: "checkbox", id: "approve-vacant" });
  const when = el("input", { class: "input", id: "approve-at", type: "datetime-local" });
  const number = el("input", { class: "input", id: "approve-number", maxlength: 100, autocomplete: "off" });
  const dated = el("input", { class: "input", id: "approve-dated", type: "date" });
  const note = el("textarea", { class: "input edit-note", id: "approve-note", maxlength: 2000, rows: 2 });
  const body = () => ({
    allow_vacant: vacant.checked,
    ...(when.value ? { effective_at: `${when.value}:00+08:00` } : {}),
    ...(number.value.trim() ? { document_no: number.value.trim() } : {}),
    ...(dated.value ? { document_date: dated.value } : {}),
    ...(note.value.trim() ? { note: note.value.trim() } : {}),
  });
  const act = ({ overtake }) => send("POST", `${editor.session.path}/approve`, { ...body(), ...(overtake ? { overtake } : {}) });
  return el(
    "form",
    { class: "edit-form card", id: "approve-form", onsubmit: (event) => { event.preventDefault(); secondLook(editor, { title: `批准“${plan.name}”`, confirm: "批准", extra: effectiveWords(when.value), renewable: true, act }); } },
    el("h3", null, "批准"),
    field("生效时间（不填为立即生效）", "approve-at", when),
    el("div", { class: "form-row" }, field("文号", "approve-number", number), field("文件日期", "approve-dated", dated)),
    field("说明", "approve-note", note),
    el("label", { class: "check" }, vacant, " 允许新网格暂时空岗"),
    el("button", { type: "submit", class: "button primary" }, "批准…"),
  );
}

function effectiveWords(value) {
  return value ? `自${time(`${value}:00+08:00`)}起，新诉求按新界线派单。` : "批准后立即生效，新诉求马上按新界线派单。";
}

function rejectForm(editor) {
  const reason = el("textarea", { class: "input edit-note", id: "reject-reason", required: true, maxlength: 2000, rows: 2 });
  const message = el("div");
  const act = async (event) => {
    event.preventDefault();
    try {
      await send("POST", `${editor.session.path}/reject`, { reason: reason.value.trim() });
      await editor.reopen();
    } catch (error) {
      message.replaceChildren(errorBox(error));
    }
  };
  return el("form", { class: "edit-form card", id: "reject-form", onsubmit: act }, el("h3", null, "退回修改"), field("原因（起草人会看到）", "reject-reason", reason), message, el("button", { type: "submit", class: "button danger" }, "退回"));
}

/** Show the effect once more before it happens; `act` sends, a refusal stays in the dialog. */
export async function secondLook(editor, { title, confirm, act, extra = "", effect, renewable = false }) {
  const decision = { overtake: false, renewable };
  const dialog = byId("look-dialog");
  const body = byId("look-body");
  byId("look-title").textContent = title;
  const go = byId("look-confirm");
  go.textContent = confirm;
  go.disabled = true;
  go.onclick = async () => {
    go.disabled = true;
    try {
      await act(decision);
      dialog.close();
      await editor.reopen();
    } catch (error) {
      byId("look-error").replaceChildren(refusal(editor, error, decision));
      go.disabled = false;
    }
  };
  byId("look-error").replaceChildren();
  body.replaceChildren(el("span", { class: "skeleton tall" }));
  dialog.showModal();
  try {
    const shown = effect ? await effect() : await effectOfPlan(editor);
    body.replaceChildren(...shown, extra ? el("p", null, extra) : "");
    go.disabled = false;
  } catch (error) {
    body.replaceChildren(errorBox(error));
  }
}

async function effectOfPlan(editor) {
  const preview = await editor.effect.read();
  const moving = preview.reports.moving.slice(0, 8).map((each) => el("li", null, `${editor.session.nameOf(each.from)} → ${editor.session.nameOf(each.to)}：${each.count}件`));
  const checks = preview.checks.map((check) => el("li", null, check.message));
  return [summaryLine(preview), moving.length ? el("ul", { class: "look-list" }, moving) : "", checks.length ? el("ul", { class: "look-list doubt" }, checks) : ""];
}

function refusal(editor, error, decision) {
  const grids = (error.problem?.grids ?? []).map((code) => editor.session.nameOf(code));
  const box = errorBox(error);
  if (grids.length) box.append(el("p", null, `涉及：${grids.join("、")}。`));
  if (error.problem?.reason === "no_holder") box.append(el("p", { class: "field-hint" }, "先配备网格员，或返回勾选“允许新网格暂时空岗”。"));
  box.append(overtakenPart(editor, error, decision) ?? "");
  return box;
}
