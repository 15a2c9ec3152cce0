// Words and times of the page 岗位与值班. A shape and a word beside each colour.

export const STATES = {
  held: { word: "在岗", mark: "●" },
  covered: { word: "B角代班", mark: "◐" },
  override: { word: "临时顶岗", mark: "◆" },
  away: { word: "无人顶替", mark: "✕" },
  vacant: { word: "空岗", mark: "○" },
};

export const SUMMARY = [
  ["posts", "岗位"],
  ["held", "在岗"],
  ["covered", "B角代班"],
  ["override", "临时顶岗"],
  ["away", "无人顶替"],
  ["vacant", "空岗"],
];

const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" });

/** An instant as a field of county time holds it: 2026-11-20T14:05. */
export function fieldTime(instant) {
  return parts.format(new Date(instant)).replace(" ", "T");
}

/** What a field of county time says, as the service reads it; null for an empty one. */
export function instantOf(text) {
  return text ? `${text}:00+08:00` : null;
}

/** From when to when, in few words. */
export function period(from, to) {
  const begin = from ? fieldTime(from).slice(0, 10) : "";
  if (!to) return begin ? `${begin} 起` : "长期";
  return `${begin ? `${begin} ` : ""}至 ${fieldTime(to).replace("T", " ").replace(" 00:00", "")}`;
}

/** Until when, in words of an office: the last day when it ends at midnight. */
export function until(to) {
  if (!to) return "";
  const text = fieldTime(to);
  if (!text.endsWith("T00:00")) return `至 ${text.slice(5).replace("T", " ")}`;
  return `至 ${fieldTime(new Date(to).getTime() - 60_000).slice(5, 10)}`;
}

/** The same month, so many further on. */
export function shiftMonth(month, by) {
  const [year, number] = month.split("-").map(Number);
  const place = year * 12 + number - 1 + by;
  return `${Math.floor(place / 12)}-${String((place % 12) + 1).padStart(2, "0")}`;
}
