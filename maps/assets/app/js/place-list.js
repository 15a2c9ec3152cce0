// The list beside the map, with the same content: areas below the place, and its open reports.

import { address, get } from "./api.js";
import { el, errorBox, skeleton } from "./dom.js";
import { number, time, untilDue } from "./format.js";
import { reportSymbol } from "./symbols.js";
import { LEVEL_WORDS, LIGHT_WORDS, STATUS_WORDS, isDoubtful, word } from "./words.js";

/** A table of the areas below `place`, most open reports first. */
export function areaTable(data, place, { onPlace, onHover }) {
  const children = data.childrenOf(place);
  if (!children.length) return null;
  const level = data.levelOf(children[0]);
  const rows = children
    .map((code) => ({ code, name: data.nameOf(code), ...data.countOf(code) }))
    .sort((a, b) => (b.open ?? -1) - (a.open ?? -1) || (a.code < b.code ? -1 : 1));
  return el(
    "div",
    { class: "table-wrap" },
    el(
      "table",
      { class: "area-table" },
      el("caption", null, `${LEVEL_WORDS[level]} ${children.length}个，按在办件排列`),
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "名称"), el("th", { scope: "col", class: "number" }, "户数"), el("th", { scope: "col", class: "number" }, "在办"), el("th", { scope: "col", class: "number" }, "超期"))),
      el(
        "tbody",
        null,
        rows.map((row) =>
          el(
            "tr",
            { onmouseenter: () => onHover(row.code), onmouseleave: () => onHover(null) },
            el("th", { scope: "row" }, el("button", { type: "button", class: "link", "data-code": row.code, onclick: () => onPlace(row.code) }, row.name)),
            el("td", { class: "number" }, number(row.households)),
            el("td", { class: "number" }, number(row.open)),
            el("td", { class: `number ${row.overdue ? "is-bad" : ""}` }, number(row.overdue)),
          ),
        ),
      ),
      remainderRow(data, place),
    ),
  );
}

/** What lies with the place itself, so that the rows above add up to its figure. */
function remainderRow(data, place) {
  const rest = data.remainderOf(place);
  if (!rest) return null;
  const name = `${LEVEL_WORDS[data.levelOf(place)]}级（未定${LEVEL_WORDS[rest.level]}）`;
  return el(
    "tfoot",
    null,
    el("tr", null, el("th", { scope: "row" }, name), el("td", { class: "number" }, "—"), el("td", { class: "number" }, number(rest.open)), el("td", { class: `number ${rest.overdue ? "is-bad" : ""}` }, number(rest.overdue))),
  );
}

/** One report in a list. */
export function reportRow(report, { onReport, showGrid = true }) {
  const light = LIGHT_WORDS[report.light] ?? LIGHT_WORDS.blue;
  return el(
    "li",
    { class: `report-row ${isDoubtful(report) ? "doubtful" : ""}` },
    el(
      "button",
      { type: "button", "data-report": report.id, onclick: () => onReport(report.id) },
      reportSymbol(report, 22),
      el("span", { class: "report-main" }, el("b", null, report.category_name || "未分类"), el("span", { class: "report-text" }, report.text || report.address || report.number)),
      el(
        "span",
        { class: "report-meta" },
        el("span", { class: "tag" }, word(STATUS_WORDS, report.status)),
        el("span", null, `${light.sign}${light.word}`),
        el("span", null, `${time(report.created_at)} 受理`),
        report.due_at ? el("span", null, untilDue(report.due_at)) : null,
        showGrid ? el("span", null, report.grid?.name ?? "归属待定") : null,
      ),
    ),
  );
}

const PAGE = 30;
const MOST = 500;

/** A list of open reports of an area that fills itself, page by page, and can be read again. */
export class ReportList {
  constructor(place, options) {
    this.place = place;
    this.options = options;
    this.cursor = null;
    this.count = 0;
    this.list = el("ul", { class: "report-list" }, el("li", null, skeleton(3)));
    this.more = el("button", { type: "button", class: "button", hidden: true, onclick: () => this.load() }, "更多");
    this.problem = el("div", { hidden: true });
    this.box = el("div", { class: "report-box" }, this.problem, this.list, this.more);
    this.load();
  }

  /** Read as many reports again as are shown, without an empty moment in between. */
  reload() {
    this.cursor = null;
    return this.load(Math.min(Math.max(this.count, PAGE), MOST));
  }

  async load(limit = PAGE) {
    const first = this.cursor === null;
    try {
      const page = await get(address("/v1/reports", { area: this.place, status: "open", limit, cursor: this.cursor }));
      const rows = page.items.map((report) => reportRow(report, this.options));
      if (first) {
        this.count = 0;
        this.problem.hidden = true;
        this.list.replaceChildren(...(rows.length ? rows : [el("li", { class: "empty" }, "没有在办的诉求")]));
      } else this.list.append(...rows);
      this.count += rows.length;
      this.cursor = page.next;
      this.more.hidden = !page.next;
    } catch (error) {
      if (!this.count) this.list.replaceChildren(); // what is shown already stays
      this.problem.replaceChildren(errorBox(error, () => this.reload()));
      this.problem.hidden = false;
      if (first) this.list.before(this.problem);
      else this.list.after(this.problem);
      this.more.hidden = true;
    }
  }
}
