// The page of those who work outside: lists, one report, 随手办, 我的; alive in a dead spot.

import { get } from "./api.js";
import { byId, el } from "./dom.js";
import { Card } from "./m-card.js";
import { Lists } from "./m-list.js";
import { openMine, renewNumbers } from "./m-mine.js";
import { NewReport, wireNew } from "./m-new.js";
import { Queue } from "./m-queue.js";
import { closeSheet, sheetIsOpen, toast } from "./m-sheet.js";
import * as store from "./m-store.js";
import { LIFE, TABS } from "./m-words.js";
import { openStream } from "./stream.js";

const QUIET_MS = 400;
const AGAIN_MS = 60_000;
const owner = byId("content").dataset.username;
const page = { start: null, life: LIFE, categories: [], counts: {}, skew: 0, made: new Set() };

const queue = new Queue({ owner, onChange: showState, onSent, renew });
const lists = new Lists({ owner, standsIn: () => page.start?.stands_in === true, isDepartment: () => page.start?.user.role === "department", onOpen: (report) => go(`#${report.id}`, report), onCounts: showCounts, onNews });
let card = null;
let later = 0;

/** The time of the service as far as the phone knows it: a wrong clock must not choose the owner. */
const clock = () => new Date(Date.now() + page.skew);

async function loadStart() {
  try {
    const start = await get("/v1/phone/start");
    page.skew = Date.parse(start.now) - Date.now();
    if (Math.abs(page.skew) < 60_000) page.skew = 0;
    if (start.csrf) document.querySelector('meta[name="csrf-token"]').content = start.csrf;
    const { csrf, ...kept } = start;
    await store.keep(`start ${owner}`, kept).catch(() => {});
    page.start = start;
    renewNumbers(page);
    return start.user.username === owner;
  } catch (error) {
    page.start ??= await store.kept(`start ${owner}`).catch(() => null);
    if (error.status === 401) queue.tell("login");
    return false;
  }
}

/** Learn the token of a new login in another window; false when that is somebody else's. */
function renew() {
  return loadStart();
}

async function loadWords() {
  const kept = (await store.kept("words").catch(() => null)) ?? {};
  try {
    const [life, categories] = await Promise.all([get("/v1/life"), get("/v1/categories")]);
    Object.assign(page, { life: { ...LIFE, ...life }, categories: categories.items });
    await store.keep("words", { life: page.life, categories: page.categories }).catch(() => {});
  } catch {
    Object.assign(page, { life: kept.life ?? LIFE, categories: kept.categories ?? [] });
  }
}

function emptyStart() {
  return { user: { username: owner, name: owner, role_label: "" }, own: [], village: [], neighbours: [], box: null, day: { entered: 0, on_the_spot: 0 } };
}

function showState({ state, count, refused }) {
  const words = {
    offline: count ? `已离线，${count} 条待发送` : "已离线",
    sending: `正在发送 ${count} 条`,
    login: `请重新登录${count ? `，${count} 条待发送` : ""}`,
    idle: count ? `${count} 条待发送` : "已连接",
  };
  const chip = byId("m-state");
  chip.dataset.state = refused.length ? "refused" : state;
  chip.textContent = refused.length ? `${refused.length} 条没有被接受` : words[state];
  byId("m-login").hidden = state !== "login";
  document.documentElement.dataset.queue = String(count);
  card?.refreshPending();
}

function showCounts(counts) {
  page.counts = counts;
  renewNumbers(page);
  for (const { key } of TABS) {
    const badge = byId(`m-count-${key}`);
    badge.textContent = String(counts[key]);
    badge.hidden = !counts[key] || key === "done";
  }
}

/** Say that something new waits; what was entered on this phone is no news here. */
function onNews(reports) {
  const news = reports.filter(({ id }) => !page.made.has(id));
  if (!news.length) return;
  toast(news.length > 1 ? `有${news.length}件新诉求待签收` : "有新诉求待签收", { forMs: 4000 });
  // A browser refuses, and says so, before the page was touched once.
  if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(200);
}

function onSent(entry, answer) {
  if (entry.kind === "report") page.made.add(answer.id);
  if (entry.kind === "finish" && answer.passed_on) toast(`${answer.number ?? "诉求"}不归您办，已转${answer.holder?.name ?? "责任单位"}。`);
  if (card?.id && card.id === entry.report) {
    if (answer.steps_allowed) card.take(answer);
    else if (entry.kind === "photo") card.photos();
  }
  if (entry.kind !== "photo") soon();
}

/** Look again in a moment: several things that happen at once are one look. */
function soon() {
  clearTimeout(later);
  later = setTimeout(async () => {
    await lists.refresh();
    if (navigator.onLine !== false) await loadStart();
  }, QUIET_MS);
}

function heard(kind, data) {
  if (kind === "report") {
    if (card?.id === data.id && !queue.waiting.some((entry) => entry.report === data.id)) card.reload();
    soon();
  }
  if (kind === "open") {
    if (!queue.running) queue.tell("idle");
    queue.flush();
    soon();
  }
  if (kind === "lost" && !queue.running) queue.tell("offline");
}

/** The back key of the phone closes what lies on top. */
function go(hash, report = null) {
  history.pushState({ report }, "", hash);
  follow(report);
}

function follow(report) {
  const id = location.hash.slice(1);
  const open = /^[0-9a-f-]{36}$/.test(id);
  closeSheet();
  byId("m-lists").hidden = open;
  byId("m-card-view").hidden = !open;
  byId("m-tabs").hidden = open;
  byId("m-actions").hidden = true;
  if (open) card.open(report ?? lists.reports?.find((one) => one.id === id) ?? { id });
  else {
    card.close();
    lists.show();
  }
}

function wireTabs() {
  for (const { key } of TABS) {
    byId(`m-tab-${key}`).addEventListener("click", () => {
      lists.open(key);
      for (const other of TABS) byId(`m-tab-${other.key}`).setAttribute("aria-pressed", String(other.key === key));
    });
  }
}

async function logOut() {
  const count = queue.waiting.length;
  if (count) toast(`${count} 条待发送的内容留在本机，下次用本账号登录时送出。`);
  await store.forget().catch(() => {});
  if ("caches" in window) await caches.delete("wangge-phone").catch(() => {});
  byId("m-logout").submit();
}

/** Over https (or on this machine) the page opens without a network too. */
async function registerWorker() {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.kept) document.documentElement.dataset.kept = "all";
  });
  try {
    await navigator.serviceWorker.register("/m/worker.js", { scope: "/m" });
    const ready = await navigator.serviceWorker.ready;
    const used = performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => new URL(name).pathname.startsWith("/static/"));
    ready.active.postMessage({ keep: ["/m", ...new Set(used)] });
  } catch {
    // The page works as long as it is open.
  }
}

async function begin() {
  wireTabs();
  byId("m-mine").addEventListener("click", () => openMine({ page, queue, reports: lists.reports ?? [], onLogout: logOut }));
  byId("m-state").addEventListener("click", () => byId("m-mine").click());
  byId("m-refresh").addEventListener("click", () => soon());
  window.addEventListener("popstate", (event) => (sheetIsOpen() ? closeSheet() : follow(event.state?.report ?? null)));
  await queue.load();
  await loadStart();
  page.start ??= emptyStart();
  await loadWords();
  card = new Card({ get start() { return page.start; }, queue, owner, life: page.life, onBack: () => (history.state?.report ? history.back() : go(location.pathname)) });
  wireNew(() => new NewReport({ start: page.start, queue, owner, categories: page.categories, clock }));
  await lists.refresh();
  follow(null);
  queue.flush();
  openStream(heard);
  setInterval(soon, AGAIN_MS);
  document.addEventListener("visibilitychange", () => document.hidden || soon());
  document.documentElement.dataset.phone = "ready";
  registerWorker();
}

byId("m-noscript")?.remove();
begin().catch((error) => byId("m-list").replaceChildren(el("p", { class: "notice bad", role: "alert" }, error.message)));
