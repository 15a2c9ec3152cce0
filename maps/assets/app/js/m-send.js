// Send one entry of the queue. Each carries the key it got when the thumb came down, so that what
// was sent and never answered is the same request when it is sent again.

import { get, send, sendForm, ServiceError } from "./api.js";

const report = (id) => `/v1/reports/${encodeURIComponent(id)}`;

/** A number that nobody else makes; over plain http there is no randomUUID. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Say whether trying again later may succeed. */
export function isPassing(error) {
  if (!(error instanceof ServiceError)) return true;
  return error.status === 0 || error.status === 408 || error.status === 425 || error.status === 429 || error.status >= 500;
}

const takeStep = (id, body, key) => send("POST", `${report(id)}/steps`, body, { "Idempotency-Key": key });

function sendPhoto(entry) {
  const form = new FormData();
  form.append("file", new Blob([entry.bytes], { type: "image/jpeg" }), "photo.jpg");
  form.append("client_id", entry.key);
  if (entry.taken_at) form.append("taken_at", entry.taken_at);
  form.append("sent_at", new Date().toISOString());
  if (entry.position) form.append("position", JSON.stringify(entry.position));
  return sendForm(`${report(entry.report)}/photos`, form);
}

/** Sign and close what the worker mended there and then, if it is the worker's. */
async function finish(entry) {
  let now = await get(report(entry.report));
  if (now.status === "closed") return now;
  if (!now.steps_allowed.includes("close") && now.steps_allowed.includes("accept")) {
    now = await takeStep(entry.report, { step: "accept" }, `${entry.key}-accept`);
  }
  if (!now.steps_allowed.includes("close")) return { ...now, passed_on: true };
  return takeStep(entry.report, { step: "close", ...entry.body }, entry.key);
}

/** Send `entry` and return the report as it then stands (a photo: the photo). */
export async function sendEntry(entry) {
  if (entry.kind === "report") return send("POST", "/v1/reports", entry.body, { "Idempotency-Key": entry.key });
  if (entry.kind === "photo") return sendPhoto(entry);
  if (entry.kind === "finish") return finish(entry);
  return takeStep(entry.report, entry.body, entry.key);
}
