// The audit view: who did what, newest first.

import { byId, el } from "./dom.js";
import { time } from "./format.js";
import { PagedTable } from "./paged-table.js";
import { AUDIT_DETAIL_WORDS, AUDIT_WORDS, ROLE_WORDS, word } from "./words.js";

byId("f-action").append(...Object.entries(AUDIT_WORDS).map(([action, label]) => el("option", { value: action }, label)));

function detailText(detail) {
  if (detail === null || detail === undefined) return "";
  return typeof detail === "object" ? Object.entries(detail).map(([key, value]) => `${word(AUDIT_DETAIL_WORDS, key)}：${valueText(key, value)}`).join("；") : String(detail);
}

function valueText(key, value) {
  if (key === "role") return word(ROLE_WORDS, value);
  if (key === "at") return time(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const table = new PagedTable({
  path: "/v1/audit",
  body: byId("audit-body"),
  more: byId("audit-more"),
  columns: 6,
  emptyText: "这段时间没有记录",
  row: (entry) =>
    el(
      "tr",
      null,
      el("td", null, el("time", { datetime: entry.at, title: entry.at }, time(entry.at))),
      el("td", { class: "wrap-anywhere" }, entry.actor ?? "—"),
      el("td", null, word(AUDIT_WORDS, entry.action)),
      el("td", { class: "wrap-anywhere" }, entry.object ?? ""),
      el("td", { class: "wrap-anywhere" }, detailText(entry.detail)),
      el("td", null, entry.ip ?? ""),
    ),
});

/** A day of the county as an instant: its first moment, `days` later. */
function dayStart(day, days = 0) {
  if (!day) return null;
  const start = new Date(`${day}T00:00:00+08:00`);
  start.setUTCDate(start.getUTCDate() + days);
  return start.toISOString();
}

byId("audit-filter").addEventListener("submit", (event) => {
  event.preventDefault();
  table.load({
    since: dayStart(byId("f-since").value),
    until: dayStart(byId("f-until").value, 1),
    actor: byId("f-actor").value.trim(),
    action: byId("f-action").value,
  });
});

table.load();
