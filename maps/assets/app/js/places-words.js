// What a change of a place says, in words.

import { el } from "./dom.js";
import { time } from "./format.js";

const FIELDS = { name: "名称", kind: "类型", radius_m: "半径", area_code: "所属区域", parent_id: "上级", valid_from: "启用", valid_to: "停用" };
const STATUS = { approved: "使用", ended: "停用", proposed: "待审", rejected: "驳回" };

function shown(field, value, nameOf, kinds) {
  if (value === null || value === undefined || value === "") return "无";
  if (field === "area_code") return nameOf(value);
  if (field === "kind") return kinds.get(value) ?? value;
  if (field.startsWith("valid_")) return time(value);
  return field === "radius_m" ? `${Math.round(value)}米` : String(value);
}

function kindLabels() {
  const options = document.getElementById("kinds").content.querySelectorAll("option");
  return new Map([...options].map((option) => [option.value, option.textContent]));
}

/** Return the lines of a change: what was and what is, nothing for a place that was new. */
export function changesOf({ before, after }, nameOf) {
  if (!before) return [];
  const kinds = kindLabels();
  const lines = Object.keys(FIELDS)
    .filter((field) => field in after)
    .map((field) => [`${FIELDS[field]} `, el("del", null, shown(field, before[field], nameOf, kinds)), " → ", el("ins", null, shown(field, after[field], nameOf, kinds))]);
  if ("lon" in after || "lat" in after) lines.push(["位置已移动"]);
  for (const [id, alias] of Object.entries(after.aliases ?? {})) {
    const was = before.aliases?.[id];
    const now = STATUS[alias.status] ?? alias.status;
    lines.push([`别名“${alias.name}” `, was ? [el("del", null, STATUS[was.status] ?? was.status), " → "] : "新增，", el("ins", null, now)]);
  }
  return lines;
}

/** Return a name with that of the compound or road before it, where it lacks it. */
export function titleOf({ name, parent }) {
  return !parent || name.startsWith(parent.name) ? name : `${parent.name} ${name}`;
}

/** Return a text with the words marked in it. */
export function marked(text, words) {
  const at = text.indexOf(words);
  if (at < 0) return [text];
  return [text.slice(0, at), el("mark", null, words), text.slice(at + words.length)];
}
