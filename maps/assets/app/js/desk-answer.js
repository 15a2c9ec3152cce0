// What a look at a call says: whose it is, who covers, until when, what else it may be, what is similar.

import { el } from "./dom.js";
import { metres, percent, time } from "./format.js";
import { phone } from "./report-caller.js";
import { DECISION_WORDS, STATUS_WORDS, word } from "./words.js";

export const MOST_KEYS = 9;

/** hooks = {onChoose(code), onLink(item | null), onUrge(item), onOpen(id), linked, reading} */
export function answerPanel(seen, hooks) {
  const { answer, duty, due } = seen;
  const doubtful = answer.decision !== "auto" && !seen.chosen;
  return [
    el(
      "section",
      { class: `desk-owner ${doubtful ? "doubt" : ""}`, "data-decision": seen.chosen ? "chosen" : answer.decision },
      el("div", { class: "desk-owner-line" }, el("b", { class: "desk-grid" }, gridName(seen)), el("span", { class: `tag ${doubtful ? "doubt" : "good"}` }, decisionWords(seen))),
      el("p", { class: "quiet-line" }, seen.chosen ? hintOf(chosenOf(seen)) : answer.path.map((step) => step.name).join(" › ")),
      el("dl", { class: "desk-facts" }, fact("责任", who(duty, answer, seen)), fact("时限", dueWords(due)), answer.lane ? fact("办理", laneWords(answer.lane)) : null),
      passed(duty, seen),
    ),
    candidates(seen, hooks),
    similar(seen.similar, hooks),
    why(answer),
    hooks.reading,
  ];
}

function chosenOf({ answer, chosen }) {
  return answer.candidates.find((one) => one.grid.code === chosen);
}

function gridName({ answer, chosen }) {
  if (chosen) return chosenOf({ answer, chosen }).grid.name;
  return answer.grid?.name ?? (answer.path.length ? `${answer.path.at(-1).name}，网格待定` : "归属待定");
}

function decisionWords({ answer, chosen }) {
  if (chosen) return "已选定，登记后确认";
  if (answer.decision === "confirm" && answer.candidates.length) return `待确认（候选${answer.candidates.length}个）`;
  return word(DECISION_WORDS, answer.decision);
}

function fact(label, ...children) {
  return el("div", null, el("dt", null, label), el("dd", null, children));
}

function who(duty, answer, seen) {
  if (duty.nobody) return [el("b", { class: "nobody" }, "■ 各级无人在岗，落到旗中心受理台")];
  const doubtful = answer.decision !== "auto" && !seen.chosen;
  const stands = duty.stands_for ? `${duty.way}，替${duty.stands_for}${duty.until ? `，至${time(duty.until)}` : ""}` : duty.way;
  return [
    doubtful ? "由" : "",
    el("b", null, [duty.place, duty.role_label, duty.name].filter(Boolean).join(" ")),
    doubtful ? "确认归属 " : " ",
    stands ? el("span", { class: `tag ${duty.stands_for ? "doubt" : ""}` }, stands) : null,
    " ",
    seen.chosen ? null : phone(answer.worker?.phone),
  ];
}

function passed(duty, seen) {
  const steps = duty.chain.slice(0, -1);
  if (!steps.length || duty.nobody === undefined) return null;
  return el("details", { class: "desk-chain", open: duty.nobody }, el("summary", null, `越过${steps.length}级：为什么是${seen.duty.name ?? "受理台"}`), el("ul", { class: "reasons" }, duty.chain.map((line) => el("li", null, line))));
}

function dueWords(due) {
  return [el("b", null, `${due.words}前`), ` ${due.response}`, due.urgent ? el("span", { class: "tag bad" }, "急件，24小时计时") : null, due.provisional ? el("span", { class: "tag doubt" }, "暂定") : null];
}

function laneWords(lane) {
  return [lane.label, lane.org ? ` · ${lane.org.name}` : "", lane.refusal ? el("span", { class: "quiet-line" }, lane.refusal.detail) : null, lane.kind !== "grid" && lane.grid_action_label ? el("span", { class: "quiet-line" }, `网格员：${lane.grid_action_label}`) : null];
}

function candidates({ answer, chosen }, { onChoose }) {
  if (answer.decision === "auto" || answer.candidates.length < 2) return null;
  return el(
    "section",
    { class: "desk-candidates", "aria-label": "候选网格" },
    el("h3", null, "可能是：按数字键选（输入时用 Alt＋数字），回车确认"),
    el(
      "ol",
      { class: "candidates", role: "listbox", "aria-label": "候选网格" },
      answer.candidates.slice(0, MOST_KEYS).map((one, index) =>
        el(
          "li",
          { role: "presentation" },
          el(
            "button",
            { type: "button", class: "candidate", role: "option", "aria-selected": String(one.grid.code === chosen), "data-candidate": one.grid.code, onclick: () => onChoose(one.grid.code) },
            el("kbd", null, String(index + 1)),
            el("span", null, el("b", null, one.grid.name), el("span", { class: "quiet-line" }, hintOf(one))),
          ),
        ),
      ),
    ),
    answer.candidates.length > MOST_KEYS ? el("p", { class: "field-hint" }, `另有${answer.candidates.length - MOST_KEYS}个，请再问细些。`) : null,
  );
}

export function hintOf({ share, distance_m: distance, hint }) {
  return [share > 0 ? `可能性${percent(share)}` : "", distance > 0 ? `相距${metres(distance)}` : "", hint].filter(Boolean).join(" · ");
}

function similar(found, { onLink, onUrge, onOpen, linked }) {
  if (!found?.items.length) return null;
  return el(
    "section",
    { class: "desk-similar", "aria-label": "可能是同一件事" },
    el("h3", null, `可能是同一件事（${Math.round(found.radius_m)}米、${found.days}天内）`),
    el(
      "ul",
      null,
      found.items.map((item) =>
        el(
          "li",
          { "data-similar": item.id },
          el("div", null, el("button", { type: "button", class: "link", onclick: () => onOpen(item.id) }, item.number), " ", el("span", { class: "tag" }, word(STATUS_WORDS, item.status)), el("span", { class: "quiet-line" }, [item.distance_m === null ? "同一地点" : `相距${metres(item.distance_m)}`, `文字相似${percent(item.likeness)}`, `${time(item.created_at)}受理`].join(" · ")), el("span", { class: "desk-clip" }, item.text)),
          item.closed_at
            ? null
            : el(
                "div",
                { class: "desk-similar-acts" },
                el("button", { type: "button", class: "button", "aria-pressed": String(linked === item.id), onclick: () => onLink(linked === item.id ? null : item.id) }, linked === item.id ? "登记后并入 ✓" : "并入"),
                el("button", { type: "button", class: "button", onclick: () => onUrge(item) }, "追加催办"),
              ),
        ),
      ),
    ),
  );
}

export function why({ reasons, revision }) {
  if (!reasons?.length) return null;
  const line = (reason) => el("li", null, reason.detail);
  return el(
    "details",
    { class: "why", open: true },
    el("summary", null, "为什么是这个网格？"),
    el("ul", { class: "reasons" }, reasons.slice(0, 3).map(line)),
    reasons.length > 3 ? el("details", null, el("summary", null, `另外${reasons.length - 3}条依据`), el("ul", { class: "reasons" }, reasons.slice(3).map(line))) : null,
    el("p", { class: "field-hint" }, `界线版本 ${revision}`),
  );
}

export function matchedWords(answer) {
  const match = answer?.address_match;
  if (!match) return "";
  if (!match.name && !match.anchor) return "没有认出地名，请换个说法或在地图上点";
  const offset = match.offset_m ? `${match.direction ?? "附近"}${metres(match.offset_m)}` : "";
  return `认作：${match.name ?? match.anchor}${offset}${match.radius_m ? `（误差约${metres(match.radius_m)}）` : ""}`;
}

