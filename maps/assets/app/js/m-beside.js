// What stands beside the line of a report: who was called to the place, who supervises it.

import { el } from "./dom.js";
import { time } from "./format.js";

/** When a department came, or that it has not. */
export function cameWords({ arrived_at: came, reported_at: said }) {
  if (came) return `${time(came)} 到场，已确认`;
  return said ? `${time(said)} 已报到，待确认` : "未到";
}

/** Departments with when they came; `confirm(one)` is given where their coming is the reader's to confirm. */
export function besideLine(report, confirm = null) {
  const called = (report.summons ?? []).filter((one) => !one.called_off);
  const sheets = report.supervisions ?? [];
  const lines = [
    ...called.map((one) =>
      el("li", { "data-summoned": one.org }, el("span", null, `吹哨 ${one.name}${one.lead ? "（牵头）" : ""}：${cameWords(one)}`), confirm && !one.arrived_at ? el("button", { type: "button", class: "button", onclick: () => confirm(one) }, "确认到场") : null),
    ),
    ...sheets.map(({ at, by, words }) => el("li", { class: "wrap-anywhere" }, `${time(at)} ${by}督办：${words}`)),
    report.case_leader ? el("li", null, `包案领导：${report.case_leader}`) : null,
  ].filter(Boolean);
  return lines.length ? el("ul", { class: "m-beside" }, lines) : null;
}
