// The card of a grid: who is responsible, how to reach them, how many live there.

import { get } from "./api.js";
import { codeText, el, errorBox } from "./dom.js";
import { area, number, time } from "./format.js";
import { lineageSection } from "./history-lineage.js";
import { phone } from "./report-caller.js";
import { KIND_WORDS } from "./words.js";

export function personRows(posts) {
  return posts.flatMap((post) => [...(post.holders?.length ? post.holders : [null]).map((holder) => personRow(post, holder)), post.stand_in ? standInRow(post) : null].filter(Boolean));
}

/** Who answers now in the holder's place, and until when. */
function standInRow(post) {
  const { name, phone: number, way, until } = post.stand_in;
  const words = way === "override" ? "临时顶岗" : "B角代班";
  return el("li", { class: "person" }, el("span", { class: "person-role" }, words), el("b", { class: "person-name" }, name), phone(number), until ? el("span", { class: "field-hint" }, `至${time(until)}`) : null);
}

function personRow(post, holder) {
  const vacant = !holder && post.vacant !== false;
  return el(
    "li",
    { class: `person ${vacant ? "vacant" : ""}` },
    el("span", { class: "person-role" }, post.role_label ?? post.role),
    el("b", { class: "person-name" }, holder ? holder.name : vacant ? "空岗" : "不显示", post.away && holder ? el("span", { class: "field-hint" }, " 不在岗") : null),
    holder ? phone(holder.phone) : null,
  );
}

/** The head of a grid's card; fills itself. */
export function placeCard(code, data, { onTime }) {
  const parent = code.slice(0, -3);
  const people = el("ul", { class: "people" }, el("li", null, el("span", { class: "skeleton tall" })));
  const above = el("ul", { class: "people" });
  const facts = el("dl", { class: "facts" });
  const grid = data.coverage.byCode.get(code);
  const card = el(
    "section",
    { class: "place-card", "data-place": code },
    el("p", { class: "place-kind" }, grid ? KIND_WORDS[grid.kind] ?? "网格" : ""),
    el("h2", null, data.nameOf(code)),
    el("p", { class: "place-code" }, codeText(code)),
    facts,
    el("h3", null, "责任人"),
    people,
    el("details", { class: "why" }, el("summary", null, `${data.nameOf(parent)}的岗位`), above),
    lineageSection(code, { onTime }),
  );
  fillCard(code, people, facts);
  fillPeople(parent, above);
  return card;
}

async function fillCard(code, people, facts) {
  const found = await fillPeople(code, people);
  if (!found) return;
  const lines = [
    ["户数", Number.isFinite(found.households) ? `${number(found.households)}户` : "—"],
    ["面积", area(found.area_m2)],
    ["在办", `${number(found.open_reports)}件`],
    found.exclave ? ["形状", "含飞地"] : null,
  ].filter(Boolean);
  facts.replaceChildren(...lines.map(([label, value]) => el("div", null, el("dt", null, label), el("dd", null, value))));
}

/** Read an area and list its people; returns the area, null when it could not be read. */
async function fillPeople(code, people) {
  try {
    const found = await get(`/v1/areas/${code}`);
    const rows = personRows(found.posts ?? []);
    people.replaceChildren(...(rows.length ? rows : [el("li", { class: "empty" }, "没有登记岗位")]));
    return found;
  } catch (error) {
    people.replaceChildren(el("li", null, errorBox(error, () => fillPeople(code, people))));
    return null;
  }
}
