// Instants of the history view: county time with an offset, to the microsecond where a revision has it.

const TEXT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?\+08:00$/;
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
const SNAP_SHARE = 0.012; // of the slider: so near to a revision, the revision is meant

export function isInstant(text) {
  return TEXT.test(text ?? "") && Number.isFinite(Date.parse(text));
}

/** Milliseconds as an instant in county time, whole seconds. */
export function instantOf(milliseconds) {
  return `${new Date(milliseconds + 8 * 60 * MINUTE_MS).toISOString().slice(0, 19)}+08:00`;
}

/** Microseconds since 1970: two revisions may begin within one millisecond. */
export function microseconds(text) {
  const fraction = (text.match(/\.(\d+)/)?.[1] ?? "").padEnd(6, "0");
  return Date.parse(text.replace(/\.\d+/, "")) * 1000 + Number(fraction.slice(0, 6));
}

/** The revision in force at an instant; the first one before there was any. */
export function revisionAt(revisions, instant) {
  const wanted = microseconds(instant);
  let found = revisions[0];
  for (const revision of revisions) if (microseconds(revision.effective_at) <= wanted) found = revision;
  return found;
}

/** The revision before or after the one in force at an instant, null when there is none. */
export function neighbourOf(revisions, instant, step) {
  const place = revisions.indexOf(revisionAt(revisions, instant));
  if (step < 0 && microseconds(instant) > microseconds(revisions[place].effective_at)) return revisions[place];
  return revisions[place + step] ?? null;
}

/** What the slider stands for at `value` of `span`: the start of a revision that is near, else the minute. */
export function snapped(revisions, value, span) {
  let best = null;
  for (const revision of revisions) {
    const distance = Math.abs(Date.parse(revision.effective_at) - value);
    if (distance <= span * SNAP_SHARE && (best === null || distance < best.distance)) best = { revision, distance };
  }
  return best ? best.revision.effective_at : instantOf(Math.floor(value / MINUTE_MS) * MINUTE_MS);
}

/** 2026-03-03 08:00, and the seconds where they matter. */
export function written(instant) {
  const [day, clock] = instant.slice(0, 19).split("T");
  return clock.endsWith(":00") ? `${day} ${clock.slice(0, 5)}` : `${day} ${clock}`;
}

export function period(from, to) {
  return `${written(from)} 起${to ? `，至 ${written(to)}（不含）` : "，至今"}`;
}
