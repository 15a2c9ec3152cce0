// The card of a grid: who is responsible, how to reach them, how many live there.

import { get } from "./api.js";
import { codeText, el, errorBox } from "./dom.js";
import { area, number } from "./format.js";
import { KIND_WORDS } from "./words.js";

export function phone(text) {
  if (!text) return null;
  return /^\+?\d{7,15}$/.test(text) ? el("a", { class: "phone", href: `tel:${text}` }, text) : el("span", { class: "phone" }, text);
}

function postRows(posts) {
  return posts.flatMap((post) => {
    const holders = post.holders?.length ? post.holders : [null];
    return holders.map((holder) =>
      el(
        "li",
        { class: `person ${holder ? "" : "vacant"}` },
        el("span", { class: "person-role" }, post.role_label ?? post.role),
        el("b", { class: "person-name" }, holder ? holder.name : "空岗"),
        holder ? phone(holder.phone) : null,
      ),
    );
  });
}

/** The head of a grid's card; fills itself. */
export function placeCard(code, data) {
  const people = el("ul", { class: "people" }, el("li", null, el("span", { class: "skeleton tall" })));
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
  );
  fillCard({ code, people, facts });
  return card;
}

async function fillCard({ code, people, facts }) {
  try {
    const found = await get(`/v1/areas/${code}`);
    const rows = postRows(found.posts ?? []);
    people.replaceChildren(...(rows.length ? rows : [el("li", { class: "empty" }, "没有登记岗位，或您没有查看权限")]));
    const lines = [
      ["户数", found.households === null || found.households === undefined ? "—" : `${number(found.households)}户`],
      ["面积", area(found.area_m2)],
      ["在办", `${number(found.open_reports)}件`],
      found.exclave ? ["形状", "含飞地"] : null,
    ].filter(Boolean);
    facts.replaceChildren(...lines.map(([label, value]) => el("div", null, el("dt", null, label), el("dd", null, value))));
  } catch (error) {
    people.replaceChildren(el("li", null, errorBox(error, () => fillCard({ code, people, facts }))));
  }
}
