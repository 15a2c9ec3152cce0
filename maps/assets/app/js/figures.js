// The numbers of the place that the map shows.

import { el, errorBox } from "./dom.js";
import { number } from "./format.js";

export function showFigures({ title, body }, data, place, retry) {
  title.textContent = data.nameOf(place);
  if (data.countsError) {
    body.replaceChildren(errorBox(data.countsError, retry));
    return;
  }
  const totals = data.figuresOf(place);
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
    ["网格", number(data.coverage ? data.coverage.grids.filter((grid) => grid.code.startsWith(place)).length : null), ""],
  ];
  body.replaceChildren(...cells.map(([label, value, mood]) => el("div", { class: `figure ${mood}` }, el("span", { class: "figure-label" }, label), el("strong", { class: "figure-value" }, value))));
}
