// The four lists: what waits for a signature, what is in work, today's, what is done.

import { address, get } from "./api.js";
import { byId, el, errorBox, skeleton } from "./dom.js";
import { time, untilDue } from "./format.js";
import { cameWords } from "./m-beside.js";
import * as store from "./m-store.js";
import { TABS, tabOf } from "./m-words.js";
import { FINISHED, LIGHT_WORDS, STATUS_WORDS, word } from "./words.js";

const PAGE = 100;
const READ_AHEAD = 20;
const AT_ONCE_MS = 30 * 60_000;

export class Lists {
  constructor({ owner, standsIn, isDepartment, onOpen, onCounts, onNews }) {
    Object.assign(this, { owner, standsIn, isDepartment, onOpen, onCounts, onNews });
    this.tab = "unsigned";
    this.reports = null;
    this.at = null;
    this.error = null;
    this.again = false;
    this.loading = null;
  }

  /** Show what was seen last, then ask; several asks at once become one more. */
  refresh() {
    this.again = true;
    this.loading ??= this.load().finally(() => {
      this.loading = null;
    });
    return this.loading;
  }

  async load() {
    if (!this.reports) {
      const kept = await store.kept(`reports ${this.owner}`).catch(() => null);
      if (kept) this.take(kept.reports, kept.at);
      else this.show();
    }
    while (this.again) {
      this.again = false;
      try {
        const midnight = new Date(new Date().setHours(0, 0, 0, 0)).toISOString();
        const [mine, today, village, called] = await Promise.all([
          get(address("/v1/reports", { mine: true, limit: PAGE })),
          get(address("/v1/reports", { since: midnight, limit: PAGE })),
          // Whoever enters for the groups of a village sees what is open in all of them.
          this.standsIn() ? get(address("/v1/reports", { open: true, limit: PAGE })) : { items: [] },
          this.isDepartment() ? get(address("/v1/reports", { status: "summoned", limit: PAGE })) : { items: [] },
        ]);
        const all = new Map();
        for (const report of [...today.items, ...village.items.map((one) => ({ ...one, village: true })), ...called.items.filter((one) => one.own_summons).map((one) => ({ ...one, mine: true })), ...mine.items.map((one) => ({ ...one, mine: true }))]) all.set(report.id, report);
        this.error = null;
        const before = this.reports && new Set(this.of("unsigned").map(({ id }) => id));
        this.take([...all.values()], new Date().toISOString());
        if (before) this.onNews(this.of("unsigned").filter(({ id, mine: own }) => own && !before.has(id)));
        await store.keep(`reports ${this.owner}`, { reports: this.reports, at: this.at }).catch(() => {});
      } catch (error) {
        this.error = error;
        this.show();
      }
    }
    if (!this.error) await this.readAhead();
  }

  /** Keep what is open whole: it may be opened first where there is no network. */
  async readAhead() {
    for (const { id, status, due_at: due } of [...this.of("unsigned"), ...this.of("working")].slice(0, READ_AHEAD)) {
      const known = await store.kept(`report ${id}`).catch(() => null);
      if (known?.status === status && known.due_at === due) continue;
      try {
        await store.keep(`report ${id}`, await get(`/v1/reports/${encodeURIComponent(id)}`));
      } catch {
        return; // the network is gone, or the report is: the next look will tell
      }
    }
  }

  take(reports, at) {
    this.reports = reports;
    this.at = at;
    this.show();
    this.onCounts(this.counts());
  }

  counts() {
    const shown = Object.fromEntries(TABS.map(({ key }) => [key, this.of(key).length]));
    return { ...shown, received: this.of("today").filter((report) => !mendedAtOnce(report)).length };
  }

  of(tab) {
    const all = this.reports ?? [];
    const today = new Date().toDateString();
    if (tab === "today") return sorted(all.filter((report) => new Date(report.created_at).toDateString() === today));
    const mine = sorted(all.filter((report) => (report.mine || (report.village && tab !== "done")) && tabOf(report) === tab));
    return tab === "done" ? mine.reverse() : mine;
  }

  open(tab) {
    this.tab = tab;
    this.show();
  }

  show() {
    const target = byId("m-list");
    const tab = TABS.find(({ key }) => key === this.tab);
    if (!this.reports && !this.error) {
      target.replaceChildren(...skeleton(4));
      return;
    }
    const offline = this.error && (this.error.status === 0 || this.error.status >= 500);
    const stale = this.error && this.reports ? el("p", { class: "notice doubt", role: "status" }, `${offline ? "没有网络" : this.error.message}，下面是${time(this.at)}看到的。`) : null;
    const trouble = this.error && !this.reports ? errorBox(this.error, () => this.refresh()) : null;
    const items = this.of(this.tab).map((report) => this.card(report));
    target.replaceChildren(...[stale, trouble, items.length ? el("ul", { class: "m-cards" }, items) : trouble ? null : el("p", { class: "empty" }, tab.empty)].filter(Boolean));
    target.setAttribute("aria-labelledby", `m-tab-${this.tab}`);
  }

  card(report) {
    const light = LIGHT_WORDS[report.light] ?? LIGHT_WORDS.blue;
    const finished = FINISHED.has(report.status);
    return el(
      "li",
      null,
      el(
        "button",
        { type: "button", class: "m-card", "data-report": report.id, "data-light": finished ? null : report.light, onclick: () => this.onOpen(report) },
        el("span", { class: "m-card-head" }, el("b", null, report.category_name || "未分类"), el("span", { class: "tag" }, report.status_label ?? word(STATUS_WORDS, report.status))),
        el("span", { class: "m-card-text" }, report.text || "（没有文字）"),
        (report.village || report.own_summons) && report.holder ? el("span", { class: "quiet-line" }, `由${report.holder.name}办理`) : null,
        report.own_summons ? el("span", { class: "quiet-line" }, cameWords(report.own_summons)) : null,
        el("span", { class: "quiet-line" }, report.grid?.name ?? report.area?.name ?? "", report.address ? ` · ${report.address}` : ""),
        el("span", { class: "m-card-foot" }, finished ? `${time(report.closed_at ?? report.created_at)} 结案` : el("span", { class: "m-light", "data-light": report.light }, `${light.sign} ${light.word} · ${untilDue(report.due_at)}`), el("span", null, time(report.created_at))),
      ),
    );
  }
}

/** 随手办: found on a round and closed there; the service counts by the same time. */
function mendedAtOnce({ channel, created_at: made, closed_at: closed }) {
  return channel === "patrol" && closed !== null && Date.parse(closed) - Date.parse(made) <= AT_ONCE_MS;
}

function sorted(reports) {
  return reports.sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at));
}
