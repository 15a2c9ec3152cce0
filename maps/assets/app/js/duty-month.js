// The calendar of the page 岗位与值班: people by days, a word in each cell that is no plain day.

import { el } from "./dom.js";

const WEEKDAYS = ["日", "一", "二", "三", "四", "五", "六"];

function weekday(day) {
  return new Date(`${day}T12:00:00+08:00`).getUTCDay();
}

/** The table of one month; `today` is a day as 2026-11-20. */
export function monthTable(month, today) {
  if (!month.people.length) return el("p", { class: "empty" }, "这里还没有在岗人员");
  const off = month.days.map((day) => [0, 6].includes(weekday(day)));
  return el(
    "table",
    null,
    el("caption", { class: "visually-hidden" }, `${month.month} 值班日历`),
    el(
      "thead",
      null,
      el("tr", null, el("th", { scope: "col" }, "人员"), month.days.map((day, index) => el("th", { scope: "col", "data-off": String(off[index]), "data-today": String(day === today) }, Number(day.slice(8)), el("br"), WEEKDAYS[weekday(day)]))),
    ),
    el(
      "tbody",
      null,
      month.people.map((person) =>
        el(
          "tr",
          null,
          el("th", { scope: "row" }, person.name, el("span", { class: "note" }, ` ${person.number}`), el("br"), el("span", { class: "note" }, person.posts.length > 2 ? `${person.posts.slice(0, 2).join("、")}等${person.posts.length}岗` : person.posts.join("、"))),
          person.cells.map((content, index) => el("td", { "data-off": String(off[index]) }, content ? el("span", { class: "cell", "data-kind": content.kind, title: content.label, "aria-label": content.label }, content.short) : "")),
        ),
      ),
    ),
  );
}
