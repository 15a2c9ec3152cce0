// 待办: the lists of work with live numbers; a row opens the case.

import { get, send } from "./api.js";
import { byId, el, errorBox } from "./dom.js";
import { time, untilDue } from "./format.js";
import { phone } from "./report-caller.js";
import { reportSymbol } from "./symbols.js";
import { LIGHT_WORDS } from "./words.js";

const SOON_MS = 800;
const AGAIN_MS = 60_000; // lights change with time alone
const PHONE = "by_phone";
const EMPTY = { triage: "没有待研判的诉求", returns: "没有待审的申请", dispatch: "没有待派单的诉求", red: "没有超期的诉求", nobody: "没有无人负责的诉求", verify: "没有待核查的诉求", follow_up: "没有待回访的诉求", open: "今天还没有诉求", [PHONE]: "没有需要电话通知的人" };
const URGENT = new Set(["red", "nobody"]);

export class Queues {
  constructor({ onOpen, onChoose, mayTake }) {
    Object.assign(this, { onOpen, onChoose, mayTake });
    this.key = "triage";
    this.tabs = [];
    byId("desk-tabs").addEventListener("keydown", (event) => this.turn(event));
    setInterval(() => document.hidden || this.reload(), AGAIN_MS);
  }

  /** Several events within a moment are one reading. */
  reloadSoon() {
    this.timer ||= setTimeout(() => {
      this.timer = 0;
      this.reload();
    }, SOON_MS);
  }

  async reload() {
    const turn = (this.turnNo = (this.turnNo ?? 0) + 1);
    try {
      const [queues, list, calls] = await Promise.all([get("/v1/desk/queues"), this.read(), this.calls()]);
      if (turn !== this.turnNo) return;
      this.tabs = [...queues.items, { key: PHONE, label: "需电话通知", count: calls.items.length, here: 0, more: calls.next }];
      this.showTabs();
      this.showList(list ?? calls);
      document.documentElement.dataset.queue = this.key;
    } catch (error) {
      if (turn === this.turnNo && !this.tabs.length) byId("desk-list").replaceChildren(errorBox(error, () => this.reload()));
      // What was read stays; the live state says how old it is.
    }
  }

  read() {
    return this.key === PHONE ? null : get(`/v1/desk/queues/${this.key}`);
  }

  calls() {
    return get(`/v1/notices?state=${PHONE}&limit=200`);
  }

  choose(key) {
    this.key = key;
    this.onChoose();
    this.showTabs();
    byId("desk-list").replaceChildren(el("span", { class: "skeleton tall" }), el("span", { class: "skeleton tall" }));
    this.reload();
  }

  turn(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !this.tabs.length) return;
    const keys = this.tabs.map((tab) => tab.key);
    const next = keys[(keys.indexOf(this.key) + step + keys.length) % keys.length];
    this.choose(next);
    byId(`tab-${next}`).focus();
  }

  showTabs() {
    const focused = byId("desk-tabs").contains(document.activeElement) ? document.activeElement.id : null;
    byId("desk-tabs").replaceChildren(
      ...this.tabs.map(({ key, label, count, more }) =>
        el(
          "button",
          { type: "button", role: "tab", id: `tab-${key}`, "aria-selected": String(key === this.key), "aria-controls": "desk-list", tabindex: key === this.key ? 0 : -1, "data-urgent": URGENT.has(key) && count > 0, "data-none": count === 0, onclick: () => this.choose(key) },
          `${URGENT.has(key) && count ? "■ " : ""}${label}`,
          el("b", { class: "tab-count" }, `${count}${more ? "＋" : ""}`),
        ),
      ),
    );
    if (focused) byId(focused)?.focus();
    byId("desk-list").setAttribute("aria-labelledby", `tab-${this.key}`);
  }

  showList(page) {
    const box = byId("desk-list");
    const focused = box.contains(document.activeElement) ? document.activeElement.dataset.open : null;
    const scroll = box.scrollTop;
    const content = page.items.length ? (this.key === PHONE ? this.callTable(page) : this.table(page)) : el("p", { class: "empty" }, EMPTY[this.key]);
    box.replaceChildren(content, ...(page.more ? [el("p", { class: "field-hint" }, `另有${page.more}件，请按地区在一图统览查看。`)] : []));
    box.scrollTop = scroll;
    if (focused) box.querySelector(`[data-open="${CSS.escape(focused)}"]`)?.focus();
  }

  table({ items }) {
    return el(
      "table",
      { class: "desk-table" },
      el("caption", { class: "visually-hidden" }, this.tabs.find((tab) => tab.key === this.key)?.label ?? ""),
      el("thead", null, el("tr", null, ["诉求", "现在谁手里", "时限"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", null, items.map((item) => this.row(item))),
    );
  }

  row(item) {
    const light = LIGHT_WORDS[item.light] ?? LIGHT_WORDS.blue;
    const at = item.grid?.name ?? item.area.name;
    return el(
      "tr",
      { "data-report": item.id, "data-light": item.light, onclick: () => this.onOpen(item.id) },
      el(
        "td",
        null,
        el("button", { type: "button", class: "link desk-open", "data-open": item.id }, reportSymbol(item, 18), el("b", null, item.category_name ?? "未分类")),
        el("span", { class: "quiet-line desk-clip" }, item.text ?? ""),
        el("span", { class: "quiet-line" }, `${at} · ${time(item.created_at)}`),
      ),
      el("td", null, el("span", { class: "tag" }, item.status_label), item.here ? el("span", { class: "tag doubt" }, "本台") : null, el("span", { class: "quiet-line" }, item.holder?.name ?? "")),
      el("td", { class: "desk-due" }, el("span", { class: `light-word light-text-${item.light}` }, `${light.sign} ${light.word}`), el("span", { class: "quiet-line" }, item.light === "paused" ? "" : untilDue(item.due_at))),
    );
  }

  callTable({ items }) {
    return el(
      "table",
      { class: "desk-table calls" },
      el("thead", null, el("tr", null, ["打给谁", "告诉什么", "办理"].map((name) => el("th", { scope: "col" }, name)))),
      el(
        "tbody",
        null,
        items.map((notice) =>
          el(
            "tr",
            { "data-notice": notice.id },
            el("td", null, el("b", null, notice.to.name ?? notice.to.role), " ", phone(notice.to.phone), el("span", { class: "quiet-line" }, `${notice.to.place} ${notice.to.role}`)),
            el("td", null, notice.urgent ? el("span", { class: "tag bad" }, "急") : null, " ", notice.text, el("span", { class: "quiet-line" }, el("button", { type: "button", class: "link", onclick: () => this.onOpen(notice.report.id) }, "打开诉求"), ` ${time(notice.since)}`)),
            el("td", null, this.mayTake ? el("button", { type: "button", class: "button", onclick: (event) => this.phoned(notice, event.target) }, "已电话通知") : null),
          ),
        ),
      ),
    );
  }

  async phoned(notice, button) {
    button.disabled = true;
    try {
      await send("POST", `/v1/notices/${encodeURIComponent(notice.id)}/done`);
      this.reload();
    } catch (error) {
      button.parentElement.replaceChildren(errorBox(error, () => this.reload()));
    }
  }
}
