// 受理台: a call at the left, where it belongs in the middle, the work at the right. F2 takes the next call.

import { Call } from "./desk-call.js";
import { CaseCard } from "./desk-case.js";
import { DeskMap } from "./desk-map.js";
import { Queues } from "./desk-queues.js";
import { DeskWords } from "./desk-words.js";
import { byId, el, errorBox } from "./dom.js";
import { EventOrder } from "./event-order.js";
import { LiveState } from "./live.js";
import { openStream } from "./stream.js";

const mayTake = byId("content").dataset.mayTake === "yes";
const words = new DeskWords();
const live = new LiveState(byId("live"), byId("live-text"));
const order = new EventOrder();
const map = new DeskMap({ onPick: (position) => call?.placed(position) });
const queues = new Queues({ onOpen: (id) => card.open(id), onChoose: () => card.leave(), mayTake });
const card = new CaseCard({ words, map, onChanged: () => queues.reload(), onClose: () => (call ? call.showPlace() : map.clear()) });
const call = mayTake ? new Call({ words, map, onTaken: () => queues.reload(), onOpen: (id) => card.open(id) }) : null;

if (!mayTake) byId("desk-answer").replaceChildren(el("p", { class: "empty" }, "打开右边的一件，这里的地图显示它在哪里。"));

function hear(kind, data, eventId) {
  if (kind === "lost") return live.lost();
  live.heard();
  if (kind === "open") queues.reloadSoon();
  if (kind === "report" && order.judge(data.id, eventId) !== "known") {
    queues.reloadSoon();
    card.changed(data);
  }
  if (kind === "revision") map.load();
  return undefined;
}

async function loadWords() {
  try {
    await words.load();
    byId("call-message")?.replaceChildren();
  } catch (error) {
    byId("call-message")?.replaceChildren(errorBox(error, loadWords));
  }
}

async function start() {
  openStream(hear);
  window.addEventListener("online", () => queues.reload());
  await Promise.all([loadWords(), queues.reload(), map.load()]);
  document.documentElement.dataset.desk = "ready";
  window.addEventListener("hashchange", openShared);
  if (!openShared() && mayTake && document.activeElement === document.body) byId("call-new").focus();
}

/** Open the report that the address names, one that a colleague sent or the map led from. */
function openShared() {
  const shared = new URLSearchParams(location.hash.slice(1)).get("report");
  if (shared) card.open(shared);
  return Boolean(shared);
}

start();
