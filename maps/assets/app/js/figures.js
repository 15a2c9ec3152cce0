// The numbers of the place that the map shows.

import { el, errorBox } from "./dom.js";
import { number, time } from "./format.js";
import { progressWords } from "./progress-list.js";

let unplaced = { place: null, count: 0 };

/**
 * Write the figures of a place; `onList` leads to the list, where reports without a position stand.
 * `settled` says that the counts are not behind the points.
 */
export function showFigures({ title, body }, { data, points, place, settled, retry, onList }) {
  title.textContent = data.nameOf(place);
  if (data.countsError && data.countsAt === null) {
    body.replaceChildren(errorBox(data.countsError, retry));
    return;
  }
  const totals = data.figuresOf(place);
  if (settled && !data.countsError) unplaced = { place, count: totals.open - points.countIn(place) };
  body.replaceChildren(...cellsOf(data, place, totals), progressNote(data, place) ?? "", unplacedNote(place, onList) ?? "", staleNote(data, retry) ?? "");
}

function cellsOf(data, place, totals) {
  const known = totals.open !== undefined;
  const rate = known && totals.households ? (totals.open / totals.households) * 1000 : undefined;
  const inState = (status) => (known ? totals.by_status[status] ?? 0 : undefined);
  const cells = [
    ["在办", number(totals.open), ""],
    ["超期", number(totals.overdue), totals.overdue ? "bad" : ""],
    ["待研判", number(inState("awaiting_decision")), inState("awaiting_decision") ? "doubt" : ""],
    ["待签收", number(inState("assigned")), ""],
    ["办理中", number(inState("accepted")), ""],
    ["每千户", number(rate), ""],
    ["户数", number(totals.households), ""],
    ["网格", number(gridsIn(data, place)), ""],
  ];
  return cells.map(([label, value, mood]) => el("div", { class: `figure ${mood}` }, el("span", { class: "figure-label" }, label), el("strong", { class: "figure-value" }, value)));
}

function gridsIn(data, place) {
  return data.coverage ? data.coverage.grids.filter((grid) => grid.code.startsWith(place)).length : null;
}

/** A county that starts from a list: how many of its grids are drawn. */
function progressNote(data, place) {
  const words = progressWords(data.progress, place, gridsIn(data, place));
  return words ? el("p", { class: "figures-note", id: "figures-progress" }, words) : null;
}

/** The map shows fewer reports than the figures count: say how many have no place on it. */
function unplacedNote(place, onList) {
  if (unplaced.place !== place || !(unplaced.count > 0)) return null; // NaN when either is unknown
  return el("p", { class: "figures-note", id: "figures-unplaced" }, `另有${number(unplaced.count)}件无坐标，`, el("button", { type: "button", class: "link", onclick: onList }, "见列表"));
}

/** The last figures stay when newer ones cannot be had, and say how old they are. */
function staleNote(data, retry) {
  if (!data.countsError) return null;
  return el(
    "p",
    { class: "figures-note stale", id: "figures-stale" },
    `数据截至${time(new Date(data.countsAt).toISOString())}，暂未更新。`,
    el("button", { type: "button", class: "link", onclick: retry }, "重试"),
  );
}
