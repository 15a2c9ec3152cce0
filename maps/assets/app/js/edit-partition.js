// 辅助划分: ask for grids of a size, look at the proposal in colours, keep it or ask for another.

import { el } from "./dom.js";
import { number } from "./format.js";

const COLOURS = 6;
const NEAR_ENOUGH = { households: 400, tolerance: 10, seed: 1 };

/** What is asked for, and the proposal that is drawn now. */
export class Proposals {
  constructor(editor) {
    this.editor = editor;
    this.asked = { area: "", ...NEAR_ENOUGH };
    this.clear();
  }

  clear() {
    Object.assign(this, { codes: [], colours: new Map(), households: new Map(), exceptions: new Map(), made: null });
  }

  /** Communities of the plan's area, with names. */
  get areas() {
    const { area } = this.editor.session.plan;
    const codes = new Set(this.editor.session.draft.grids.map((grid) => grid.parent).filter((code) => code.startsWith(area)));
    return [...codes].sort();
  }

  /** Take the community of a grid that was clicked. */
  choose(code) {
    if (code) this.asked.area = code.slice(0, 12);
  }

  body() {
    const { area, households, tolerance, seed } = this.asked;
    return { op: "partition", area, households, tolerance: tolerance / 100, seed };
  }

  send() {
    return this.editor.tools.send(this.body(), null);
  }

  /** The last step goes back, the next seed is asked. */
  async another() {
    const { session, frame, tools } = this.editor;
    this.asked = { ...this.made, seed: this.made.seed + 1 };
    try {
      await session.undo();
      tools.name = "partition";
      await this.send();
    } catch (error) {
      frame.flash(error.message, error.status === 409 ? () => this.editor.reopen() : null);
    }
  }

  /** Whether the step done last is a proposal: only then can another take its place. */
  get isLast() {
    return this.made !== null && this.editor.session.answers[0]?.kind === "partition";
  }

  /** Remember a proposal that was made: its grids get colours and their households. */
  keep(answer) {
    this.clear();
    this.made = { ...this.asked };
    this.codes = this.proposed(answer.created, answer.changed);
    for (const { reason, grids, message } of answer.warnings) if (reason === "outside_tolerance") for (const code of grids) this.exceptions.set(code, message);
    this.colour();
  }

  /** A plan that was opened again shows what was proposed in it as before, to whoever decides too. */
  restore() {
    const { session } = this.editor;
    if (!session.plan.operations.some((step) => step.op === "partition" && step.state === "done")) return;
    const drawn = (state) => session.codesIn(state).map((code) => ({ code }));
    this.codes = this.proposed(drawn("created"), drawn("changed"));
    this.colour();
    this.follow();
  }

  /** Grids that go on under their code are as much of the proposal as the new ones. */
  proposed(created, changed) {
    return [...created, ...changed].map(({ code }) => code).sort();
  }

  /** Neighbours get different colours: each takes the first that no neighbour has. */
  colour() {
    const { session } = this.editor;
    for (const code of this.codes) {
      const taken = new Set(session.neighboursOf(code).map((near) => this.colours.get(near)));
      const free = Array.from({ length: COLOURS }, (_, index) => index + 1).filter((index) => !taken.has(index));
      const least = free.sort((a, b) => this.uses(a) - this.uses(b))[0] ?? 1;
      this.colours.set(code, least);
    }
  }

  uses(colour) {
    return [...this.colours.values()].filter((each) => each === colour).length;
  }

  /** Follow the draft: what was undone is no proposal any more; households are counted anew. */
  async follow() {
    const { session, effect } = this.editor;
    if (!this.codes.length) return;
    if (!session.draft || !this.codes.every((code) => ["created", "changed"].includes(session.states.get(code)))) {
      this.clear();
      return;
    }
    try {
      const preview = await effect.read();
      this.households = new Map(preview.households.map(({ code, after }) => [code, after]));
    } catch {
      this.households = new Map(); // the map shows no counts; 调整影响 tells why
    }
    this.editor.showWork();
  }

  labelOf(code) {
    const count = this.colours.has(code) ? this.households.get(code) : undefined;
    return count === undefined ? "" : `${number(count)}户`;
  }
}

/** The form, and beneath it the proposal that is on the map. */
export function partitionPanel(editor) {
  const { proposals } = editor;
  const { asked, areas } = proposals;
  if (!areas.length) return [el("p", { class: "empty" }, "方案范围内没有网格。")];
  if (!areas.includes(asked.area)) asked.area = areas[0];
  return [proposals.isLast ? resultCard(editor) : null, askForm(editor, proposals)].filter(Boolean);
}

function askForm(editor, proposals) {
  const { asked, areas } = proposals;
  const whole = (name, low, high) => (event) => {
    const value = event.target.valueAsNumber;
    if (Number.isInteger(value) && value >= low && value <= high) asked[name] = value;
  };
  const amount = (label, name, low, high, unit) =>
    el("div", { class: "field" }, el("label", { for: `ask-${name}` }, label), el("span", { class: "edit-amount" }, el("input", { class: "input", id: `ask-${name}`, type: "number", inputmode: "numeric", required: true, min: low, max: high, step: 1, value: asked[name], oninput: whole(name, low, high) }), unit));
  const options = areas.map((code) => el("option", { value: code, selected: code === asked.area }, `${editor.areaName(code)}　${code}`));
  const choose = (event) => {
    asked.area = event.target.value;
    editor.view.fit(asked.area);
    editor.showMap();
  };
  return el(
    "form",
    { class: "edit-form card", id: "partition-form", onsubmit: (event) => { event.preventDefault(); proposals.send(); } },
    el("h3", null, proposals.isLast ? "重新划分" : "划分一个村（社区）"),
    el("div", { class: "field" }, el("label", { for: "ask-area" }, "村（社区），也可在地图上点选"), el("select", { class: "select", id: "ask-area", onchange: choose }, options)),
    el("div", { class: "edit-amounts" }, amount("每格户数", "households", 20, 5000, "户"), amount("容差 ±", "tolerance", 0, 100, "%"), amount("方案编号", "seed", 0, 2_000_000_000, "")),
    el("p", { class: "field-hint" }, "按楼栋户数划分，道路优先作界；同一编号总得到同一方案。户数最多的部分沿用原网格的编码和网格员，其余用新编码。"),
    el("p", { class: "form-row" }, el("button", { type: "submit", class: "button primary" }, "生成方案（回车）")),
  );
}

function resultCard(editor) {
  const { proposals, session } = editor;
  const { made, codes, exceptions } = proposals;
  const within = codes.length - exceptions.size;
  const row = (code) => {
    const count = proposals.households.get(code);
    return el(
      "li",
      { "data-code": code },
      el("span", { class: `edit-colour edit-colour-${proposals.colours.get(code)}`, "aria-hidden": "true" }),
      el("button", { type: "button", class: "link", title: code, onclick: () => editor.goToGrid(code) }, session.nameOf(code).replace(editor.areaName(made.area), "")),
      el("span", { class: "edit-size" }, count === undefined ? "…" : `${number(count)}户`),
      exceptions.has(code) ? el("span", { class: "tag doubt" }, "超出容差") : null,
    );
  };
  return el(
    "section",
    { class: "edit-card card", "aria-label": "划分方案", "data-proposal": String(made.seed) },
    el("h3", null, `${editor.areaName(made.area)}：方案${made.seed}`),
    el("p", { class: exceptions.size ? "notice doubt" : "notice good", role: "status" }, `划成${codes.length}个网格，${within}个在${made.households}户±${made.tolerance}%以内${exceptions.size ? `，${exceptions.size}个超出，见下` : ""}。`),
    el("p", { class: "form-row" }, el("button", { type: "button", class: "button primary", onclick: () => proposals.another() }, "换一个方案"), el("button", { type: "button", class: "button", onclick: () => editor.back("undo") }, "撤销划分")),
    el("ul", { class: "edit-effects edit-proposal" }, codes.map(row)),
    el("p", { class: "field-hint" }, "方案已在草案里，可再移动界线；送审前都可以撤销。"),
  );
}
