// What happened to a report, line by line: the same on the map, at the desk and on the phone.

import { get } from "./api.js";
import { el, errorBox, skeleton } from "./dom.js";
import { time } from "./format.js";
import { ACTOR_WORDS, EVENT_WORDS, word } from "./words.js";

/** What an event is called; the county's own word for a step comes first. */
export function eventWord(kind, life = {}) {
  return life.steps?.[kind] ?? word(EVENT_WORDS, kind);
}

/** Why a report was sent back or on, in the county's words; nothing for a reason that it has not. */
function reasonWord(kind, reason, life) {
  const lists = kind === "reassign" ? [life.reassign_reasons, life.return_reasons] : [life.return_reasons, life.reassign_reasons];
  return lists.map((list) => list?.find((item) => item.key === reason)?.label).find(Boolean) ?? "";
}

export function historyLines(events, life = {}) {
  return events.map(({ at, kind, by, on_behalf_of: behalf, detail }) => {
    const who = detail?.name || word(ACTOR_WORDS, by);
    const said = [detail?.reason ? reasonWord(kind, detail.reason, life) : "", detail?.note].filter(Boolean).join("：");
    return el("li", null, el("span", { class: "ticker-time" }, time(at)), " ", el("b", null, eventWord(kind, life)), who ? ` ${who}` : "", behalf ? `（代${behalf}）` : "", said ? el("span", { class: "quiet-line wrap-anywhere" }, said) : null);
  });
}

/** What happened, folded away and asked for when it is opened; `box` and `list` name their looks. */
export function foldedHistory(id, life, { title, box: boxClass, list: listClass }) {
  const list = el("ol", { class: listClass });
  const box = el("details", { class: boxClass }, el("summary", null, title), list);
  box.addEventListener("toggle", async () => {
    if (!box.open || list.children.length) return;
    list.replaceChildren(el("li", null, skeleton(2)));
    try {
      const { items } = await get(`/v1/reports/${encodeURIComponent(id)}/events`);
      list.replaceChildren(...historyLines(items, life));
    } catch (error) {
      list.replaceChildren(el("li", null, errorBox(error)));
    }
  });
  return box;
}

/** How each caller answered when called back, the last call first. */
export function followUpWords({ follow_ups: calls, reporters }, life = {}) {
  const called = (list, key) => life[list]?.find((item) => item.key === key)?.label ?? "";
  const several = (reporters ?? []).length > 1;
  return [...(calls ?? [])].reverse().map(({ reporter, at, resolved, satisfied }) => {
    const who = several ? `第${reporters.indexOf(reporter) + 1}位来电人：` : "";
    return el("span", { class: "quiet-line" }, `${time(at)} ${who}${[called("resolved", resolved), called("satisfied", satisfied)].filter(Boolean).join("，")}`);
  });
}
