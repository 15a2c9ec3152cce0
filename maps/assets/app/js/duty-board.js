// The tables of the page 岗位与值班: posts with who answers today, gaps, areas below.

import { codeText, el } from "./dom.js";
import { number } from "./format.js";
import { STATES, SUMMARY, until } from "./duty-words.js";

/** The address of the page for an area. */
export function pageOf(area) {
  return `/duty?area=${encodeURIComponent(area)}`;
}

export function pathLinks(path) {
  return path.map((area, index) => (index === path.length - 1 ? el("span", { "aria-current": "page" }, area.name) : el("a", { href: pageOf(area.code) }, area.name)));
}

export function summaryItems(summary) {
  return SUMMARY.map(([name, word]) => {
    const bad = (name === "away" || name === "vacant") && summary[name] > 0;
    return el("li", { "data-tone": bad ? "bad" : null }, el("b", null, number(summary[name])), el("span", null, word));
  });
}

export function stateTag(state) {
  const { word, mark } = STATES[state] ?? STATES.vacant;
  return el("span", { class: "state", "data-state": state, "data-mark": mark }, word);
}

function head(...names) {
  return el("thead", null, el("tr", null, names.map((name) => el("th", { scope: "col" }, name || el("span", { class: "visually-hidden" }, "操作")))));
}

function cell(label, ...content) {
  return el("td", { "data-label": label }, ...content);
}

function personLine(term, { onEnd, onAct, mayEdit, post }) {
  const words = { holder: post.seats > 1 ? `第${term.rank}席 ` : "", cover: "B角 ", override: "顶岗 " }[term.kind];
  const away = term.away ? el("span", { class: "tag doubt" }, `${term.away.label}${until(term.away.to)}`) : null;
  const span = term.kind === "override" ? el("span", { class: "note" }, ` ${until(term.to)}${term.reason ? `（${term.reason}）` : ""}`) : null;
  const buttons = !mayEdit
    ? null
    : el(
        "span",
        { class: "duty-actions" },
        term.away
          ? el("button", { type: "button", class: "button", onclick: () => onEnd("absences", term.away.id, `${term.name}销假`) }, "销假")
          : el("button", { type: "button", class: "button", onclick: () => onAct("absence", post, term) }, "请假"),
        term.kind === "holder" ? null : el("button", { type: "button", class: "button", onclick: () => onEnd(term.kind === "cover" ? "covers" : "overrides", term.id, `结束${term.name}的${term.kind === "cover" ? "B角" : "顶岗"}`) }, "结束"),
      );
  return { name: el("span", { class: "person" }, el("span", { class: "note" }, words), term.name, " ", el("span", { class: "note" }, term.number), span, away ? " " : null, away), buttons };
}

function postRow(post, hooks) {
  const lines = post.terms.map((term) => personLine(term, { ...hooks, post }));
  const answers = post.answers;
  const acts = [
    ["override", "顶岗"],
    ["cover", "B角"],
    ["holder", post.terms.some((term) => term.kind === "holder") ? "换人" : "配人"],
    ...(post.by_shifts ? [["shift", "排班"]] : []),
  ];
  return el(
    "tr",
    { "data-post": post.post },
    el("th", { scope: "row" }, post.role_label, post.places.length ? el("span", { class: "note" }, ` ${post.places.join("、")}`) : null, post.by_shifts ? el("span", { class: "note" }, " 按班次") : null),
    cell("状态", stateTag(post.state)),
    cell("现由谁负责", answers ? el("span", null, answers.name, answers.way === "holder" ? null : el("span", { class: "note" }, ` ${until(answers.until)}${answers.stands_for ? `，代${answers.stands_for}` : ""}`)) : el("span", { class: "note" }, "转下一级")),
    cell("人员", lines.map((line) => el("span", { class: "person" }, line.name, line.buttons))),
    hooks.mayEdit ? cell("岗位", el("span", { class: "duty-actions" }, acts.map(([kind, word]) => el("button", { type: "button", class: "button", onclick: () => hooks.onAct(kind, post) }, word)))) : null,
  );
}

/** The posts of a place, by area; hooks.mayEdit brings the buttons. */
export function postTable(posts, hooks) {
  if (!posts.length) return el("p", { class: "empty" }, "这里还没有设岗位");
  const columns = hooks.mayEdit ? 5 : 4;
  const rows = [];
  let area = null;
  for (const post of posts) {
    if (post.area_name !== area) {
      area = post.area_name;
      rows.push(el("tr", { class: "area-row" }, el("th", { scope: "rowgroup", colspan: columns }, area, " ", post.area ? el("span", { class: "note" }, codeText(post.area)) : null)));
    }
    rows.push(postRow(post, hooks));
  }
  return el("table", null, el("caption", { class: "visually-hidden" }, "岗位、状态、负责人和人员"), hooks.mayEdit ? head("岗位", "状态", "现由谁负责", "人员", "") : head("岗位", "状态", "现由谁负责", "人员"), el("tbody", null, rows));
}

/** Posts on which nobody answers, wherever below. */
export function gapTable(gaps, total) {
  return [
    el(
      "table",
      null,
      el("caption", { class: "visually-hidden" }, "空岗，或在岗人员请假、不在班次而无人顶替"),
      head("岗位所在", "岗位", "状态", "说明"),
      el(
        "tbody",
        null,
        gaps.map((gap) => el("tr", null, el("th", { scope: "row" }, gap.area ? el("a", { href: pageOf(gap.area.slice(0, 12)) }, gap.area_name) : gap.area_name), cell("岗位", gap.role_label), cell("状态", stateTag(gap.state)), cell("说明", gap.detail))),
      ),
    ),
    total > gaps.length ? el("p", { class: "empty" }, `另有${total - gaps.length}个，请进入下级区域查看`) : null,
  ].filter(Boolean);
}

export function childTable(children) {
  return el(
    "table",
    null,
    el("caption", { class: "visually-hidden" }, "下级区域的岗位概况"),
    el("thead", null, el("tr", null, el("th", { scope: "col" }, "区域"), SUMMARY.map(([, word]) => el("th", { scope: "col", class: "number" }, word)))),
    el(
      "tbody",
      null,
      children.map((child) =>
        el(
          "tr",
          null,
          el("th", { scope: "row" }, el("a", { href: pageOf(child.code) }, child.name)),
          SUMMARY.map(([name, word]) => {
            const bad = (name === "away" || name === "vacant") && child[name] > 0;
            return el("td", { class: bad ? "number is-bad" : "number", "data-label": word }, number(child[name]));
          }),
        ),
      ),
    ),
  );
}
