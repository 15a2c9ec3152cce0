// Numbers, times, distances and areas in the words of the office.

const COUNTY_TIME = "Asia/Shanghai";
const numbers = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 1 });
const dayParts = new Intl.DateTimeFormat("en-CA", { timeZone: COUNTY_TIME, dateStyle: "short" });
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: COUNTY_TIME, hour: "2-digit", minute: "2-digit" });

export function number(value) {
  return value === null || value === undefined ? "—" : numbers.format(value);
}

const DAY_MS = 86_400_000;

/** 今天 14:05, 昨天 09:12, 明天 18:00, 03-12 08:30; another year is written out. */
export function time(iso, now = Date.now()) {
  const at = iso ? new Date(iso) : null;
  if (!at || Number.isNaN(at.getTime())) return "—";
  const day = dayParts.format(at);
  const hours = clock.format(at);
  if (day === dayParts.format(now)) return `今天 ${hours}`;
  if (day === dayParts.format(now - DAY_MS)) return `昨天 ${hours}`;
  if (day === dayParts.format(now + DAY_MS)) return `明天 ${hours}`;
  const sameYear = day.slice(0, 4) === dayParts.format(now).slice(0, 4);
  return `${sameYear ? day.slice(5) : day} ${hours}`;
}

export function metres(value) {
  if (value === null || value === undefined || !Number.isFinite(Number(value))) return "—";
  const distance = Number(value);
  return distance < 1000 ? `${Math.round(distance)}米` : `${numbers.format(distance / 1000)}公里`;
}

export function area(squareMetres) {
  if (!Number.isFinite(squareMetres)) return "—";
  if (squareMetres < 1_000_000) return `${numbers.format(squareMetres / 10_000)}公顷`;
  return `${numbers.format(squareMetres / 1_000_000)}平方公里`;
}

export function percent(share) {
  return Number.isFinite(Number(share)) ? `${Math.round(Number(share) * 100)}%` : "—";
}

/** How long until, or since, a due time. */
export function untilDue(iso, now = Date.now()) {
  const due = iso ? new Date(iso).getTime() : Number.NaN;
  if (Number.isNaN(due)) return "";
  const hours = Math.abs(due - now) / 3_600_000;
  const span = hours < 1 ? `${Math.max(1, Math.round(hours * 60))}分钟` : hours < 48 ? `${Math.round(hours)}小时` : `${Math.round(hours / 24)}天`;
  return due >= now ? `还剩${span}` : `超期${span}`;
}
