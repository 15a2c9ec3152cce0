// The plan that is open: its revision, its boundaries before and after, and every change to it.
// The server decides each stroke; this module only asks, one thing after another.

import { address, get, send } from "./api.js";
import { Coverage } from "./coverage.js";
import { onlyNoded } from "./edit-borders.js";

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
    this.states = new Map(collection.features.map(({ properties: { code, state } }) => [code, state === "changed" && this.onlyNoded(code) ? "noded" : state]));
  }

  /** A neighbour that only got nodes on its border has not changed for those who look at it. */
  onlyNoded(code) {
    const before = this.base?.byCode.get(code);
    const after = this.draft.byCode.get(code);
    return Boolean(before && after && onlyNoded(before.rings, after.rings));
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
