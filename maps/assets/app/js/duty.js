// 岗位与值班: who is on which post, who stands in, where nobody is; entered here, in force at once.

import { address, get } from "./api.js";
import { byId, errorBox } from "./dom.js";
import { childTable, gapTable, pathLinks, postTable, summaryItems } from "./duty-board.js";
import { bindFiles } from "./duty-files.js";
import { DutyForm } from "./duty-form.js";
import { monthTable } from "./duty-month.js";
import { fieldTime, instantOf, shiftMonth } from "./duty-words.js";
import { openStream } from "./stream.js";

const STALE_AFTER_MS = 30_000; // three heartbeats
const EVERY_MS = 300_000; // a shift begins without a word from the stream
const asked = new URLSearchParams(location.search);
const area = asked.get("area") ?? "";
const state = { at: asked.get("at") ?? "", month: asked.get("month") ?? fieldTime(Date.now()).slice(0, 7), good: 0, fresh: Date.now(), missed: false, filesBound: false };
const form = new DutyForm({ onDone: done });

function say(words) {
  byId("duty-message").textContent = words;
  byId("duty-message").className = "notice good";
  byId("duty-message").hidden = !words;
}

async function done(words) {
  say(words);
  await Promise.all([showBoard(), showMonth()]);
}

async function showBoard() {
  try {
    const board = await get(address("/v1/duty/board", { area, at: instantOf(state.at) }));
    state.good = state.fresh = Date.now();
    state.missed = false;
    draw(board);
  } catch (error) {
    state.missed = true; // read again at the next sign of the stream
    if (state.good) return showStale(); // what was read stays, with its age
    byId("posts").replaceChildren(errorBox(error, showBoard));
  }
  return showStale();
}

function draw(board) {
  byId("duty-title").textContent = `岗位与值班 · ${board.area.name}`;
  byId("duty-path").replaceChildren(...pathLinks(board.path));
  byId("duty-summary").replaceChildren(...summaryItems(board.summary));
  byId("gaps-card").hidden = board.gaps.length === 0;
  byId("gaps").replaceChildren(...gapTable(board.gaps, board.gaps_total));
  const hooks = { mayEdit: board.may_edit, onAct: (kind, post, term) => form.open(kind, post, term), onEnd: (table, id, title) => form.openEnd(table, id, title) };
  keepFocus(byId("posts"), () => byId("posts").replaceChildren(postTable(board.posts, hooks)));
  // The posts of a community's grids stand above, one by one.
  byId("children-card").hidden = board.children.length === 0 || board.area.level === "community";
  byId("children").replaceChildren(childTable(board.children));
  if (board.may_edit && !state.filesBound) {
    state.filesBound = true;
    bindFiles({ area: board.area.code, onDone: done });
  }
  document.documentElement.dataset.duty = "ready";
}

/** Drawing again must not take the keyboard away from whoever is in the table. */
function keepFocus(box, work) {
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  const post = focused?.closest("tr")?.dataset.post;
  const word = focused?.textContent;
  work();
  if (!post) return;
  const buttons = [...box.querySelectorAll("button")];
  buttons.find((button) => button.closest("tr")?.dataset.post === post && button.textContent === word)?.focus();
}

async function showMonth() {
  byId("month-name").textContent = state.month;
  try {
    const month = await get(address("/v1/duty/calendar", { area, month: state.month }));
    byId("month").replaceChildren(monthTable(month, fieldTime(Date.now()).slice(0, 10)));
    document.documentElement.dataset.month = month.month;
  } catch (error) {
    byId("month").replaceChildren(errorBox(error, showMonth));
  }
}

/** What came in meanwhile is shown when nobody is in the middle of an entry. */
function showMissed() {
  if (!state.missed || document.hidden || byId("duty-dialog").open) return;
  showBoard();
  showMonth();
}

function hear(kind) {
  if (kind === "lost") return;
  if (kind === "open" || kind === "revision") state.missed = true;
  if (!state.missed) state.fresh = Date.now();
  showMissed();
  showStale();
}

function showStale() {
  const age = Date.now() - state.fresh;
  const late = state.good > 0 && age > STALE_AFTER_MS;
  byId("stale").hidden = navigator.onLine && !late;
  byId("stale").textContent = navigator.onLine ? `数据延迟${Math.round(age / 1000)}秒` : "已离线，恢复后自动更新";
}

/** The address keeps place, time and month, so that the view can be sent to a colleague. */
function keepAddress() {
  const query = new URLSearchParams();
  if (area) query.set("area", area);
  if (state.at) query.set("at", state.at);
  query.set("month", state.month);
  history.replaceState(null, "", `/duty?${query}`);
}

function turn(by) {
  state.month = shiftMonth(state.month, by);
  keepAddress();
  showMonth();
}

byId("month-before").addEventListener("click", () => turn(-1));
byId("month-after").addEventListener("click", () => turn(1));
byId("duty-at").value = state.at;
byId("duty-when").addEventListener("submit", (event) => {
  event.preventDefault();
  state.at = byId("duty-at").value;
  keepAddress();
  showBoard();
});
byId("duty-now").addEventListener("click", () => {
  state.at = byId("duty-at").value = "";
  keepAddress();
  showBoard();
});
window.addEventListener("online", showBoard);
window.addEventListener("offline", showStale);
document.addEventListener("visibilitychange", () => document.hidden || showBoard());
byId("duty-dialog").addEventListener("close", showMissed);
setInterval(() => document.hidden || byId("duty-dialog").open || showBoard(), EVERY_MS);
setInterval(showStale, 5_000);
showBoard();
showMonth();
openStream(hear);
