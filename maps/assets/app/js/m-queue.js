// Send what was done, in its order, now or when the network is back; nothing is lost, nothing is
// sent twice. What the service refuses stays with its reason until the worker has seen it.

import { ServiceError } from "./api.js";
import { newId, isPassing, sendEntry } from "./m-send.js";
import * as store from "./m-store.js";

// Short: a page that was killed while it sent leaves the lease, and the next one waits for its end.
const LEASE_MS = 15_000;
const WAITS_MS = [2000, 5000, 15_000, 60_000];

export class Queue {
  constructor({ owner, onChange, onSent, renew }) {
    Object.assign(this, { owner, onChange, onSent, renew });
    this.holder = newId();
    this.items = [];
    this.state = "idle"; // idle, sending, offline, login
    this.adding = 0;
    this.failures = 0;
    this.timer = 0;
    this.running = null;
    window.addEventListener("online", () => this.flush());
    window.addEventListener("offline", () => this.tell("offline"));
    document.addEventListener("visibilitychange", () => document.hidden || this.flush());
  }

  get waiting() {
    return this.items.filter((entry) => entry.state === "waiting");
  }

  /** How many have not reached the service. */
  get count() {
    return this.waiting.length + this.adding;
  }

  get refused() {
    return this.items.filter((entry) => entry.state === "refused");
  }

  /** What another account left on this phone. */
  get foreign() {
    return this.others ?? 0;
  }

  async load() {
    const all = await store.entries();
    this.items = all.filter((entry) => entry.owner === this.owner);
    this.others = all.length - this.items.length;
    this.tell();
  }

  tell(state = this.state) {
    this.state = state;
    this.onChange(this);
  }

  /** Keep entries and begin to send; resolves when they are safe, not when they are sent. */
  async add(...drafts) {
    const made_at = new Date().toISOString();
    const entries = drafts.map((draft) => ({ key: newId(), made_at, tries: 0, state: "waiting", owner: this.owner, ...draft }));
    this.adding += entries.length;
    this.tell(); // what was pressed counts at once, not when the disk is done
    let numbered;
    try {
      numbered = await store.append(entries);
      this.items.push(...numbered);
    } finally {
      this.adding -= entries.length;
      this.tell();
    }
    this.flush();
    return numbered;
  }

  /** Forget a refused entry; a report takes with it what hung on it. */
  async dismiss(entry) {
    const gone = entry.kind === "report" ? this.items.filter((other) => other.local === entry.local) : [entry];
    await store.settle({ remove: gone.map(({ seq }) => seq) });
    this.items = this.items.filter((other) => !gone.includes(other));
    this.tell();
  }

  /** Take back what has not been sent yet; false when it is too late. */
  async takeBack(entries) {
    const held = entries.map(({ seq }) => this.items.find((entry) => entry.seq === seq));
    if (held.some((entry) => !entry || entry.tries > 0)) return false;
    await store.settle({ remove: held.map(({ seq }) => seq) });
    this.items = this.items.filter((entry) => !held.includes(entry));
    this.tell();
    return true;
  }

  flush() {
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  next() {
    const now = Date.now();
    const known = this.waiting.filter((entry) => entry.kind === "report" || entry.report);
    const ready = known.find((entry) => !(entry.not_before > now));
    // What may still be taken back holds up nothing but what hangs on it.
    if (!ready && known.length) this.later(Math.min(...known.map((entry) => entry.not_before)) - now);
    return ready ?? null;
  }

  async run() {
    clearTimeout(this.timer);
    while (this.next()) {
      if (!(await store.lease(this.holder, LEASE_MS))) {
        this.later(WAITS_MS[1]); // another window of this page is sending
        return;
      }
      const going = await this.one(this.next());
      if (going) continue;
      await store.lease(this.holder, 0);
      return;
    }
    await store.lease(this.holder, 0);
    this.tell(navigator.onLine === false ? "offline" : this.state === "login" ? "login" : "idle");
  }

  /** Send one entry; false when there is no use in going on now. */
  async one(entry) {
    const tried = { ...entry, tries: entry.tries + 1 };
    await store.settle({ put: [tried] });
    this.replace(tried);
    this.tell("sending");
    try {
      await this.sent(tried, await sendEntry(tried));
      this.failures = 0;
      return true;
    } catch (error) {
      return this.failed(tried, error);
    }
  }

  replace(entry) {
    this.items = this.items.map((other) => (other.seq === entry.seq ? entry : other));
  }

  async sent(entry, answer) {
    // What waits on the new report learns its number in the same write that drops the entry.
    const followers = entry.kind === "report" ? this.items.filter((other) => other.local === entry.local && other.seq !== entry.seq) : [];
    const named = followers.map((other) => ({ ...other, report: answer.id }));
    await store.settle({ put: named, remove: [entry.seq] });
    this.items = this.items.filter((other) => other.seq !== entry.seq);
    named.forEach((other) => this.replace(other));
    this.tell();
    this.onSent(entry, answer);
  }

  async failed(entry, error) {
    if (error instanceof ServiceError && error.status === 403 && error.problem.type === "/problems/bad-csrf-token" && (await this.renew())) return true;
    if (error instanceof ServiceError && error.status === 401) {
      this.tell("login");
      return false;
    }
    if (isPassing(error)) {
      this.tell("offline");
      this.later(WAITS_MS[Math.min(this.failures++, WAITS_MS.length - 1)]);
      return false;
    }
    const problem = { message: error.message, status: error.status, ...pick(error.problem) };
    const refused = { ...entry, state: "refused", problem };
    await store.settle({ put: [refused] });
    this.replace(refused);
    this.tell();
    return true;
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), ms);
  }
}

function pick({ report_status, changed_by, changed_at, last_event, reason } = {}) {
  return { report_status, changed_by, changed_at, last_event, reason };
}
