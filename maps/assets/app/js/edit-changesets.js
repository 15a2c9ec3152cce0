// One published changeset: what it did, on the map, and the way back.

import { address, get, send } from "./api.js";
import { Coverage } from "./coverage.js";
import { codeText, el } from "./dom.js";
import { secondLook } from "./edit-decision.js";
import { papersPart } from "./edit-papers.js";
import { changesetFacts } from "./edit-plans.js";
import { number } from "./format.js";

/** Read a changeset, and the boundaries just before it and from it on. */
export async function readChange(changeset) {
  const at = new Date(changeset.effective_at);
  const before = new Date(at.getTime() - 1).toISOString();
  const shapes = (moment) => get(address("/v1/areas.geojson", { level: "grid", at: moment }));
  const [{ grids }, old, fresh] = await Promise.all([get(`/v1/changesets/${encodeURIComponent(changeset.id)}`), shapes(before), shapes(changeset.effective_at)]);
  const states = new Map(fresh.features.map(({ properties }) => [properties.code, "unchanged"]));
  for (const [state, list] of [["changed", grids.changed], ["created", grids.created]]) for (const { code } of list) states.set(code, state);
  for (const code of grids.noded) states.set(code, "noded");
  return { base: new Coverage(old), draft: new Coverage(fresh), states, retired: grids.retired.map(({ code }) => code) };
}

export function changesetPanel(editor, changeset, change) {
  const codes = (state) => [...change.states].filter(([, each]) => each === state).map(([code]) => code);
  const rows = (title, list, coverage) =>
    list.length ? [el("h3", { class: "section-title" }, `${title} ${list.length} 个`), el("ul", { class: "edit-near" }, list.map((code) => el("li", null, coverage.byCode.get(code)?.name ?? code, " ", codeText(code))))] : [];
  return [
    el("h2", { class: "wrap-anywhere" }, changeset.name),
    changesetFacts(changeset),
    el("p", { class: "form-row" }, el("button", { type: "button", class: "button", onclick: () => editor.comparison.toggle("swipe") }, "卷帘对比（C）"), el("button", { type: "button", class: "button", onclick: () => editor.comparison.toggle("before") }, "只看原界（B）")),
    ...rows("改动", codes("changed"), change.draft),
    ...rows("新网格", codes("created"), change.draft),
    ...rows("停用", change.retired, change.base),
    papersPart(`/v1/changesets/${encodeURIComponent(changeset.id)}`),
    wayBack(editor, changeset, change),
  ];
}

function wayBack(editor, changeset, change) {
  if (changeset.rolled_back_by) return el("p", { class: "field-hint" }, "这一批次已恢复原界。");
  if (editor.user.role !== "county_admin") return el("p", { class: "field-hint" }, "恢复原界由旗级管理员办理。");
  return rollbackPart(editor, changeset, change);
}

function rollbackPart(editor, changeset, change) {
  const waiting = new Date(changeset.effective_at) > new Date();
  const word = waiting ? "撤回批准" : "恢复原界";
  const hint = waiting ? "尚未生效：撤回批准后，方案回到草案，界线和在办诉求都不变。" : "用一个新批次把这些网格恢复成调整之前的样子；历史不改写。";
  const look = () =>
    secondLook(editor, {
      title: `${word}：${changeset.name}`,
      confirm: word,
      effect: () => (waiting ? [el("p", null, hint)] : rollbackEffect(changeset, change)),
      act: ({ overtake }) => send("POST", address(`/v1/changesets/${encodeURIComponent(changeset.id)}/rollback`, { overtake: overtake || null })),
    });
  return el("section", { class: "edit-form card" }, el("p", { class: "field-hint" }, hint), el("button", { type: "button", class: "button danger", id: "rollback", onclick: look }, `${word}…`));
}

async function rollbackEffect(changeset, change) {
  const touched = [...change.states].filter(([, state]) => state === "changed" || state === "created").map(([code]) => code);
  const { reports } = await get(`/v1/changesets/${encodeURIComponent(changeset.id)}/rollback`);
  const created = touched.filter((code) => change.states.get(code) === "created");
  const lines = [
    `${touched.length - created.length}个网格的界线恢复成调整之前的样子。`,
    change.retired.length ? `${change.retired.length}个停用的编码恢复使用：${change.retired.map((code) => change.base.byCode.get(code)?.name ?? code).join("、")}。` : "",
    created.length ? `${created.length}个新网格停用：${created.map((code) => change.draft.byCode.get(code)?.name ?? code).join("、")}。` : "",
    reports.total ? `${number(reports.total)}件在办诉求改变归属：待签收的移交给恢复后的负责人，办理中的由现在的人办完。` : "没有在办诉求改变归属。",
  ];
  return lines.filter(Boolean).map((text) => el("p", null, text));
}
