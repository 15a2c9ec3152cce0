// The keys of the desk, and what they are for.

import { el } from "./dom.js";

const KEYS = [["F2", "接下一个电话"], ["↑ ↓ 回车", "选类别；回车到下一栏，最后一栏回车即登记"], ["Alt＋1…9", "选候选网格；↓ 从地点进入候选"], ["Ctrl＋回车", "随时登记派单"], ["Esc", "收起列表、关闭右侧的件"]];

export function keysPanel() {
  return el("div", { class: "desk-keys" }, el("p", null, "按 F2 开始：选类别，说地点，归属和责任人随即显示在这里。"), el("dl", null, KEYS.map(([key, what]) => el("div", null, el("dt", null, el("kbd", { class: "key" }, key)), el("dd", null, what)))));
}

/** The number key 1…9 that was pressed, of either block of keys, whatever Alt makes of it; 0 for another. */
export function digitOf(event) {
  return Number(/^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1] ?? 0);
}

export function isTyping(target) {
  return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
