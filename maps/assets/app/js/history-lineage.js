// 沿革: what a grid was made from and became, with shares, dates and papers, and its shapes over time.

import { get } from "./api.js";
import { codeText, el, errorBox } from "./dom.js";
import { area, percent } from "./format.js";
import { written } from "./history-time.js";

/** A section that reads the lineage when it is opened, or at once when `open`. */
export function lineageSection(code, { open = false, onTime }) {
  const body = el("div", { class: "lineage" });
  const box = el("details", { class: "why", "data-lineage": code, open }, el("summary", null, "沿革"), body);
  const fill = () => {
    if (!box.open || body.childElementCount) return;
    body.append(el("span", { class: "skeleton tall" }));
    fillLineage(code, body, onTime);
  };
  box.addEventListener("toggle", fill);
  fill();
  return box;
}

async function fillLineage(code, body, onTime) {
  try {
    const lineage = await get(`/v1/areas/${code}/lineage`);
    body.replaceChildren(...lineageRows(lineage, onTime));
  } catch (error) {
    body.replaceChildren(errorBox(error, () => fillLineage(code, body, onTime)));
  }
}

function lineageRows(lineage, onTime) {
  const steps = stepsOf(lineage);
  const more = chainOf(lineage);
  return [
    ...(steps.length ? [el("ol", { class: "lineage-steps" }, steps.map((step) => stepRow(step, onTime)))] : [el("p", { class: "field-hint" }, "界线没有调整过。")]),
    more.length ? el("details", { class: "lineage-chain" }, el("summary", null, `更早和更晚的来历（${more.length}步）`), el("ol", { class: "lineage-steps" }, more.map((link) => el("li", null, el("p", null, linkWords(link)), when(link, onTime))))) : null,
    shapeTable(lineage.periods, onTime),
  ].filter(Boolean);
}

/** The changesets that touched a code, oldest first: what came to it from others, what it gave away. */
export function stepsOf(lineage) {
  const steps = new Map();
  for (const link of lineage.items) {
    if (!steps.has(link.changeset)) steps.set(link.changeset, { ...link, came: [], went: [], kept: null });
    const step = steps.get(link.changeset);
    if (link.old === lineage.code && link.new === lineage.code) step.kept = link;
    else if (link.new === lineage.code) step.came.push(link);
    else step.went.push(link);
  }
  return [...steps.values()];
}

/** Steps before and after that went through other codes. */
export function chainOf(lineage) {
  const own = new Set(lineage.items.map(keyOf));
  const all = new Map([...lineage.made_from, ...lineage.became].map((link) => [keyOf(link), link]));
  return [...all.values()].filter((link) => !own.has(keyOf(link)) && link.old !== link.new).sort((a, b) => (a.effective_at < b.effective_at ? -1 : 1));
}

function keyOf(link) {
  return `${link.changeset} ${link.old} ${link.new}`;
}

function sharesOf(link) {
  return `面积${percent(link.area_share)}、户数${percent(link.household_share)}`;
}

function linkWords(link) {
  return `${link.old_name} 的${sharesOf(link)} → ${link.new_name}`;
}

function stepRow(step, onTime) {
  return el(
    "li",
    null,
    el("p", { class: "lineage-what" }, el("b", { class: "wrap-anywhere" }, step.name), step.rolls_back ? el("span", { class: "tag" }, "恢复") : null),
    step.came.map((link) => el("p", null, "划入：", link.old_name, " ", codeText(link.old), ` 的${sharesOf(link)}`)),
    step.went.map((link) => el("p", null, "划出：", `${sharesOf(link)} → `, link.new_name, " ", codeText(link.new))),
    step.kept ? el("p", null, `保留：原${sharesOf(step.kept)}`) : null,
    when(step, onTime),
  );
}

function when(link, onTime) {
  const paper = link.document_no ? ` · ${link.document_no}` : "";
  return el("p", { class: "field-hint" }, el("button", { type: "button", class: "link", onclick: () => onTime(link.effective_at) }, written(link.effective_at)), paper);
}

function shapeTable(periods, onTime) {
  return el(
    "table",
    { class: "area-table lineage-shapes" },
    el("caption", null, `界线 ${periods.length}版`),
    el("thead", null, el("tr", null, ["自", "至（不含）", "面积"].map((title) => el("th", { scope: "col" }, title)))),
    el(
      "tbody",
      null,
      periods.map((each) =>
        el("tr", null, el("td", null, el("button", { type: "button", class: "link", onclick: () => onTime(each.from) }, written(each.from))), el("td", null, each.to ? written(each.to) : "—"), el("td", { class: "number" }, area(each.area_m2))),
      ),
    ),
  );
}
