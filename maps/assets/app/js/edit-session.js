// The plan that is open: its revision, its boundaries before and after, and every change to it.
// The server decides each stroke; this module only asks, one thing after another.

import { address, get, send } from "./api.js";
import { Coverage } from "./coverage.js";

const MOST_CODES = 400; // more changed grids than this: read all of them again

/** Somebody took back what was under way. */
export class Cancelled extends Error {}

export class PlanSession extends EventTarget {
  constructor() {
    super();
    this.plan = null;
    this.base = null;
    this.draft = null;
    this.states = new Map();
    this.answers = [];
    this.names = new Map();
    this.waiting = Promise.resolve();
    this.busy = 0;
    this.running = null;
  }

  get path() {
    return `/v1/plans/${encodeURIComponent(this.plan.id)}`;
  }

  /** Open a plan: the boundaries it began from, and those it draws. */
  async open(id) {
    this.close();
    const plan = await get(`/v1/plans/${encodeURIComponent(id)}`);
    const [base, draft] = await Promise.all([this.baseOf(plan), get(`/v1/plans/${encodeURIComponent(id)}/grids.geojson`)]);
    this.plan = plan;
    this.base = base;
    this.keepDraft(draft);
    this.tell("opened");
  }

  /** The boundaries in force when the plan was begun; read once. */
  async baseOf(plan) {
    if (this.baseRead?.id !== plan.id) {
      const collection = await get(address("/v1/areas.geojson", { level: "grid", at: plan.created_at }));
      this.baseRead = { id: plan.id, coverage: new Coverage(collection) };
    }
    return this.baseRead.coverage;
  }

  close() {
    Object.assign(this, { plan: null, draft: null, answers: [], states: new Map() });
  }

  keepDraft(collection) {
    this.draft = new Coverage(collection);
    for (const grid of this.draft.grids) this.names.set(grid.code, grid.name); // undone grids keep theirs
    this.states = new Map(collection.features.map(({ properties: { code, state } }) => [code, state]));
  }

  /** Put in what a step changed, without reading the rest of the area again. */
  keepChanged({ features }, retired) {
    this.draft = this.draft.changed(features, retired);
    for (const code of retired) this.states.delete(code);
    for (const { properties: { code, name, state } } of features) {
      this.states.set(code, state);
      this.names.set(code, name);
    }
  }

  /** Read plan and drafted boundaries again. */
  async refresh() {
    const [plan, draft] = await Promise.all([get(this.path), get(`${this.path}/grids.geojson`)]);
    this.plan = plan;
    this.keepDraft(draft);
    this.tell("changed");
  }

  /** Read what a step changed; all of it when others changed something too. */
  async refreshAfter(answer) {
    const codes = [...answer.changed, ...answer.created].map(({ code }) => code).concat(answer.noded);
    if (answer.rebased || codes.length > MOST_CODES) return this.refresh();
    const part = address(`${this.path}/grids.geojson`, { codes: codes.join(",") });
    const [plan, fresh] = await Promise.all([get(this.path), codes.length ? get(part) : { features: [] }]);
    if (plan.revision !== answer.revision) return this.refresh();
    this.plan = plan;
    this.keepChanged(fresh, answer.retired);
    return this.tell("changed");
  }

  /** See whether somebody else went on with the plan; returns true when it is newer now. */
  async look() {
    if (!this.plan || this.busy) return false;
    const plan = await get(this.path);
    if (this.busy || plan.id !== this.plan?.id) return false;
    if (plan.revision === this.plan.revision && plan.state === this.plan.state) return false;
    await this.refresh();
    return true;
  }

  operate(body) {
    return this.step("operations", { crs: "cgcs2000", ...body }, body.op);
  }

  undo() {
    return this.step("undo", undefined, "undo");
  }

  redo() {
    return this.step("redo", undefined, "redo");
  }

  /** Send one change after those before it; a refusal is thrown and changes nothing. */
  step(path, body, kind) {
    const plan = this.plan;
    const work = this.waiting.then(async () => {
      if (this.plan?.id !== plan?.id) return null;
      this.running = { kind, since: Date.now(), cancelled: false };
      this.setBusy(1);
      try {
        return await this.ask(path, body, this.running);
      } finally {
        this.running = null;
        this.setBusy(-1);
      }
    });
    this.waiting = work.catch(() => null); // told to whoever asked; the next step may go on
    return work;
  }

  async ask(path, body, running) {
    const answer = await this.post(path, body);
    if (running.cancelled) {
      // The service had it done before it could be stopped: it goes back to the byte.
      await this.post("undo");
      await this.refresh();
      throw new Cancelled("已取消，方案没有改变。");
    }
    this.answers.unshift({ kind: running.kind, ...answer });
    await this.refreshAfter(answer);
    return answer;
  }

  async post(path, body) {
    const answer = await send("POST", `${this.path}/${path}`, body, { "If-Match": `"${this.plan.revision}"` });
    this.plan.revision = answer.revision;
    return answer;
  }

  /** Give up the step under way; what comes of it is taken back. */
  cancel() {
    if (!this.running || this.running.kind === "undo" || this.running.kind === "redo") return;
    this.running.cancelled = true;
    this.tell("busy");
  }

  setBusy(change) {
    this.busy += change;
    this.tell("busy");
  }

  tell(kind) {
    this.dispatchEvent(new CustomEvent(kind));
  }

  // ---- what is known of the draft

  get canUndo() {
    return this.plan?.operations?.some((step) => step.state === "done") ?? false;
  }

  get canRedo() {
    return this.plan?.operations?.some((step) => step.state === "undone") ?? false;
  }

  nameOf(code) {
    return this.names.get(code) ?? this.base?.byCode.get(code)?.name ?? code;
  }

  codesIn(state) {
    return [...this.states].filter(([, each]) => each === state).map(([code]) => code).sort();
  }

  /** The grids that the plan takes away. */
  get retired() {
    if (!this.plan || !this.base) return [];
    return this.base.grids.map((grid) => grid.code).filter((code) => code.startsWith(this.plan.area) && !this.states.has(code));
  }

  /** The corners of everything that the plan changes; null when it changes nothing. */
  changedCorners() {
    const fresh = [...this.codesIn("changed"), ...this.codesIn("created")].flatMap((code) => this.draft.cornersOf(code));
    const corners = [...fresh, ...this.retired.flatMap((code) => this.base.cornersOf(code))];
    return corners.length ? corners : null;
  }

  /** The codes that share a border line with a grid, lowest first. */
  neighboursOf(code) {
    const found = new Set();
    for (const { left, right } of this.draft?.arcs ?? []) {
      if (left === code && right) found.add(right);
      else if (right === code) found.add(left);
    }
    return [...found].sort();
  }
}
