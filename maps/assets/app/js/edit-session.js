// The plan that is open: its revision, its boundaries before and after, and every change to it.
// The server decides each stroke; this module only asks, one thing after another.

import { address, get, send } from "./api.js";
import { Coverage } from "./coverage.js";

export class PlanSession extends EventTarget {
  constructor() {
    super();
    this.plan = null;
    this.base = null;
    this.draft = null;
    this.states = new Map();
    this.answers = [];
    this.waiting = Promise.resolve();
    this.busy = 0;
  }

  get path() {
    return `/v1/plans/${encodeURIComponent(this.plan.id)}`;
  }

  /** Open a plan: the boundaries it began from, and those it draws. */
  async open(id) {
    this.close();
    const plan = await get(`/v1/plans/${encodeURIComponent(id)}`);
    const [base, draft] = await Promise.all([
      get(address("/v1/areas.geojson", { level: "grid", at: plan.created_at })),
      get(`/v1/plans/${encodeURIComponent(id)}/grids.geojson`),
    ]);
    this.plan = plan;
    this.base = new Coverage(base);
    this.keepDraft(draft);
    this.tell("opened");
  }

  close() {
    Object.assign(this, { plan: null, draft: null, answers: [], states: new Map() });
  }

  keepDraft(collection) {
    this.draft = new Coverage(collection);
    this.states = new Map(collection.features.map(({ properties }) => [properties.code, properties.state]));
  }

  /** Read plan and drafted boundaries again. */
  async refresh() {
    const [plan, draft] = await Promise.all([get(this.path), get(`${this.path}/grids.geojson`)]);
    this.plan = plan;
    this.keepDraft(draft);
    this.tell("changed");
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
      this.setBusy(1);
      try {
        const answer = await send("POST", `${this.path}/${path}`, body, { "If-Match": `"${this.plan.revision}"` });
        this.plan.revision = answer.revision;
        this.answers.unshift({ kind, ...answer });
        await this.refresh();
        return answer;
      } finally {
        this.setBusy(-1);
      }
    });
    this.waiting = work.catch(() => null); // told to whoever asked; the next step may go on
    return work;
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
    return this.draft?.byCode.get(code)?.name ?? this.base?.byCode.get(code)?.name ?? code;
  }

  codesIn(state) {
    return [...this.states].filter(([, each]) => each === state).map(([code]) => code).sort();
  }

  /** The grids that the plan takes away. */
  get retired() {
    if (!this.plan || !this.base) return [];
    return this.base.grids.map((grid) => grid.code).filter((code) => code.startsWith(this.plan.area) && !this.states.has(code));
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
