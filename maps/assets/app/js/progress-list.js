// 已上图 812/1,173: how many grids are drawn of those expected, and which communities are missing.

import { codeText, el } from "./dom.js";
import { number } from "./format.js";

const STATES = { no_outline: "还没有界线", undivided: "暂未细分", partly: "未划完" };

/** The grids of a place that are drawn and expected, and what is missing; null before it is known. */
export function progressOf(progress, place) {
  if (!progress) return null;
  const townships = progress.townships.filter((township) => township.code.startsWith(place) || place.startsWith(township.code));
  const missing = townships.flatMap((township) => township.missing.filter((item) => item.code.startsWith(place) || place.startsWith(item.code)));
  return { missing, lacking: missing.reduce((sum, item) => sum + item.expected - item.mapped, 0), undivided: missing.filter((item) => item.state === "undivided").length };
}

/** 已上图 812/1,173 个网格, from the grids that stand on the map; null when none is missing. */
export function progressWords(progress, place, drawn) {
  const found = progressOf(progress, place);
  if (!found?.missing.length) return null;
  const mapped = drawn - found.undivided;
  return `已上图 ${number(mapped)}/${number(mapped + found.lacking)} 个网格${found.undivided ? `，${number(found.undivided)}个村／社区暂未细分` : ""}`;
}

/** What of a place is not on the map yet, by township; null when nothing is missing. */
export function missingSection(progress, place, { nameOf, boxOf, onPlace }) {
  const found = progressOf(progress, place);
  if (!found?.missing.length) return null;
  const groups = groupBy(found.missing);
  return el(
    "details",
    { class: "why", id: "missing-grids", open: place.length >= 9 },
    el("summary", null, `未上图 ${number(found.lacking)}个网格（${number(found.missing.length)}个村／社区）`),
    [...groups].map(([township, items]) => el("section", { class: "missing-group" }, place.length < 9 ? el("h3", null, nameOf(township)) : null, el("ul", { class: "history-children" }, items.map((item) => missingRow(item, { boxOf, onPlace }))))),
  );
}

function groupBy(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.code.slice(0, 9), [...(groups.get(item.code.slice(0, 9)) ?? []), item]);
  return groups;
}

function missingRow(item, { boxOf, onPlace }) {
  const name = boxOf(item.code) ? el("button", { type: "button", class: "link", "data-missing": item.code, onclick: () => onPlace(item.code) }, item.name) : el("b", { "data-missing": item.code }, item.name);
  return el("li", null, name, " ", codeText(item.code), el("span", { class: "tag" }, `${STATES[item.state]} ${item.mapped}/${item.expected}`));
}
