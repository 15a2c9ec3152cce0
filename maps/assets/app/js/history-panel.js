// The right column in the history view: who owned the point, the grid as it was then, all revisions.

import { address, get } from "./api.js";
import { codeText, el, errorBox } from "./dom.js";
import { area } from "./format.js";
import { factsOf, titleOf } from "./history-bar.js";
import { lineageSection } from "./history-lineage.js";
import { period, written } from "./history-time.js";
import { personRows } from "./place-card.js";
import { KIND_WORDS, LEVEL_WORDS } from "./words.js";

/** Fill the column for the place and the instant that `history` shows. */
export function showPast(body, history) {
  const { data, state } = history.overview;
  const code = state.at;
  const level = data.levelOf(code);
  const grid = data.coverage.byCode.get(code);
  const head = el(
    "header",
    { class: "place-head", "data-place": code },
    el("p", { class: "place-kind" }, grid ? KIND_WORDS[grid.kind] ?? "网格" : LEVEL_WORDS[level]),
    el("h2", null, data.nameOf(code)),
    el("p", { class: "place-code" }, codeText(code)),
    el("p", { class: "field-hint" }, `${written(history.time)} 时的界线；名称用现在的。`),
  );
  body.replaceChildren(
    ...[
      history.point ? pointSection(history) : null,
      head,
      ...(grid ? gridParts(code, history) : [childList(code, history)]),
      history.mayExport ? exportSection(history) : null,
      revisionList(history),
    ].filter(Boolean),
  );
}

// ---- the point that was clicked

function pointSection(history) {
  const answer = el("div", { id: "history-owner" }, el("span", { class: "skeleton tall" }));
  fillPoint(answer, history, history.point, history.time);
  return el("section", { class: "card history-point" }, el("h3", null, "这一点归谁"), answer);
}

async function fillPoint(box, history, point, time) {
  try {
    const found = await get(address("/v1/locate/history", { lon: point.lon, lat: point.lat, crs: "cgcs2000", at: time }));
    if (history.point === point && history.time === time) box.replaceChildren(...pointWords(found, history));
  } catch (error) {
    box.replaceChildren(errorBox(error, () => fillPoint(box, history, point, time)));
  }
}

function pointWords({ owner, items, at, position }, history) {
  const place = `东经 ${position.lon.toFixed(6)}，北纬 ${position.lat.toFixed(6)}`;
  if (!owner) return [el("p", null, `${written(at)} 时这一点不在任何网格内。`), el("p", { class: "field-hint" }, place)];
  const path = owner.path.slice(1).map((unit) => unit.name).join(" › ");
  return [
    el("p", { class: "history-owner" }, `${written(at)} 归 `, el("b", null, owner.grid.name)),
    el("p", null, path),
    el("p", { "data-period": "" }, period(owner.from, owner.to)),
    el("p", { class: "field-hint" }, place),
    items.length > 1
      ? el("ol", { class: "history-owners" }, items.map((item) => el("li", { "aria-current": item.from === owner.from ? "true" : null }, el("button", { type: "button", class: "link", onclick: () => history.goTo(item.from) }, item.grid.name), el("span", { class: "field-hint" }, period(item.from, item.to)))))
      : null,
  ].filter(Boolean);
}

// ---- a grid as it was

function gridParts(code, history) {
  const facts = el("dl", { class: "facts" });
  const people = el("ul", { class: "people" }, el("li", null, el("span", { class: "skeleton tall" })));
  fillGrid(code, history.time, facts, people);
  return [facts, el("h3", { class: "section-title" }, "当时的责任人"), people, lineageSection(code, { open: true, onTime: (time) => history.goTo(time) })];
}

async function fillGrid(code, time, facts, people) {
  try {
    const found = await get(address(`/v1/areas/${code}`, { at: time }));
    facts.replaceChildren(el("div", null, el("dt", null, "当时面积"), el("dd", null, area(found.area_m2))));
    const rows = personRows(found.posts ?? []);
    people.replaceChildren(...(rows.length ? rows : [el("li", { class: "empty" }, "没有登记岗位")]));
  } catch (error) {
    people.replaceChildren(el("li", null, errorBox(error, () => fillGrid(code, time, facts, people))));
  }
}

// ---- a file for other programs

const FILES = [
  ["GeoJSON", { format: "geojson" }],
  ["GeoPackage", { format: "gpkg" }],
  ["Shapefile（UTF-8）", { format: "shp", encoding: "utf-8" }],
  ["Shapefile（国标 GB18030）", { format: "shp", encoding: "gb18030" }],
];

function exportSection(history) {
  const link = ([label, options]) =>
    el("li", null, el("a", { class: "link-line", href: address("/v1/exports/boundaries", { ...options, at: history.time }), download: "" }, label));
  return el(
    "details",
    { class: "why", id: "history-export" },
    el("summary", null, "导出这时的网格界线"),
    el("p", { class: "field-hint" }, "全旗网格，国家2000经纬度，附沿革和使用说明。"),
    el("ul", { class: "history-children" }, FILES.map(link)),
  );
}

// ---- lists

function childList(code, history) {
  const { data } = history.overview;
  const children = data.childrenOf(code);
  const { changed } = history.changes;
  const touched = (child) => [...changed].filter((each) => each.startsWith(child)).length;
  return el(
    "details",
    { class: "why" },
    el("summary", null, `当时的下级区域 ${children.length}个`),
    el(
      "ul",
      { class: "history-children" },
      children.map((child) => el("li", null, el("button", { type: "button", class: "link", "data-code": child, onclick: () => history.overview.goTo(child) }, data.nameOf(child)), touched(child) ? el("span", { class: "tag" }, child.length === 15 ? "本版改动" : `本版改动${touched(child)}个`) : null)),
    ),
  );
}

/** The same as the slider, as a list: newest first. */
function revisionList(history) {
  const { data, revision } = history;
  const row = (each) =>
    el(
      "li",
      { class: each === revision ? "chosen" : "", "aria-current": each === revision ? "true" : null },
      el("button", { type: "button", class: "link", "data-revision": each.revision, onclick: () => history.goTo(each.effective_at) }, titleOf(each)),
      each.future ? el("span", { class: "tag" }, "尚未生效") : null,
      each.changeset?.rolls_back ? el("span", { class: "tag" }, "恢复") : null,
      el("p", { class: "field-hint" }, factsOf(each)),
      each === revision ? changedWords(history) : null,
    );
  return el("section", { class: "history-list" }, el("h3", { class: "section-title" }, `历次调整 ${data.revisions.length}版`), el("ol", null, data.revisions.toReversed().map(row)));
}

function changedWords(history) {
  const { changed, ended } = history.changes;
  if (!changed.size && !ended.length) return null;
  const names = history.overview.data;
  return el(
    "p",
    { class: "history-changed" },
    changed.size ? el("button", { type: "button", class: "button", id: "history-fit", onclick: () => history.fitChanges() }, "在图上看改动处") : null,
    `改动${changed.size}个网格：`,
    [...changed].slice(0, 12).map((code) => [el("button", { type: "button", class: "link", onclick: () => history.overview.goTo(code) }, names.nameOf(code)), " "]).flat(),
    changed.size > 12 ? "等" : null,
    ended.length ? `停用${ended.length}个：${ended.slice(0, 12).map((code) => names.nameOf(code)).join("、")}` : null,
  );
}
