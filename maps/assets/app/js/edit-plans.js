// The left column without a plan: all plans of one's own area, all changesets, and a new plan.

import { address, get, send } from "./api.js";
import { byId, codeText, el, errorBox, skeleton } from "./dom.js";
import { PLAN_STATES, stateOfPlan } from "./edit-words.js";
import { time } from "./format.js";

export class PlanList {
  constructor(editor) {
    this.editor = editor;
    this.box = byId("plan-list");
    this.tab = "plans";
    this.wanted = null;
    for (const tab of ["plans", "changesets"]) byId(`list-tab-${tab}`).addEventListener("click", () => this.choose(tab));
    byId("new-plan").addEventListener("click", () => this.askNew());
    byId("new-plan-form").addEventListener("submit", (event) => this.create(event));
  }

  choose(tab) {
    this.tab = tab;
    for (const each of ["plans", "changesets"]) byId(`list-tab-${each}`).setAttribute("aria-selected", String(each === tab));
    this.load();
  }

  async load() {
    const tab = this.tab;
    const slow = setTimeout(() => this.box.replaceChildren(...skeleton(3)), 300);
    try {
      const answer = await get(tab === "plans" ? address("/v1/plans", { limit: 100 }) : address("/v1/changesets", { limit: 100 }));
      clearTimeout(slow);
      if (tab === this.tab) this.show(tab, answer.items);
    } catch (error) {
      clearTimeout(slow);
      this.box.replaceChildren(errorBox(error, () => this.load()));
    }
  }

  show(tab, items) {
    const row = tab === "plans" ? (each) => this.planRow(each) : (each) => this.changesetRow(each);
    const wanted = tab === "plans" && this.wanted ? this.wantedCard(items) : null;
    const nothing = tab === "plans" ? "还没有方案。点“新建方案”开始。" : "还没有发布过调整。";
    if (wanted) this.box.replaceChildren(wanted);
    else this.box.replaceChildren(items.length ? el("ul", { class: "plan-rows" }, items.map(row)) : el("p", { class: "empty" }, nothing));
  }

  // ---- a place that somebody came for

  /** Somebody came from the map to change a place: show it, and the drafts that reach it. */
  want(code) {
    const { editor } = this;
    if (!code.startsWith(editor.user.area) || editor.session.plan) return;
    this.wanted = code;
    editor.view.fit(code, false);
    editor.view.outline(code);
    this.choose("plans");
  }

  wantedCard(items) {
    const { editor, wanted } = this;
    const name = editor.names({ draft: editor.session.base }, wanted);
    const drafts = items.filter((plan) => plan.state === "draft" && wanted.startsWith(plan.area));
    return el(
      "section",
      { class: "edit-form card", "data-wanted": wanted },
      el("h3", null, `调整“${name}”`),
      drafts.length ? el("p", { class: "field-hint" }, "在已有的草案里改：") : el("p", { class: "field-hint" }, "还没有包含这里的草案。"),
      drafts.length ? el("ul", { class: "plan-rows" }, drafts.map((each) => this.planRow(each))) : null,
      el("button", { type: "button", class: `button ${drafts.length ? "" : "primary"}`, onclick: () => this.askNew() }, "为这里新建方案"),
      el("button", { type: "button", class: "link", onclick: () => editor.home() }, "全部方案"),
    );
  }

  /** The plan is open now: choose the grid that was wanted. */
  takeUp() {
    const { editor, wanted } = this;
    this.wanted = null;
    if (!wanted || !editor.session.plan || !wanted.startsWith(editor.session.plan.area)) return;
    editor.view.fit(wanted, false);
    if (editor.session.draft.byCode.has(wanted)) editor.tools.choose(wanted);
  }

  planRow(plan) {
    const state = stateOfPlan(plan);
    return el(
      "li",
      null,
      el(
        "button",
        { type: "button", class: "plan-row", "data-plan": plan.id, onclick: () => this.editor.open(plan.id) },
        el("b", { class: "wrap-anywhere" }, plan.name),
        el("span", { class: `tag ${state.mood}` }, state.word),
        el("span", { class: "plan-line" }, `${this.editor.areaName(plan.area)} · ${plan.author_name ?? plan.author} · ${time(plan.changed_at)}`),
      ),
    );
  }

  changesetRow(changeset) {
    return el(
      "li",
      null,
      el(
        "button",
        { type: "button", class: "plan-row", "data-changeset": changeset.id, onclick: () => this.editor.showChangeset(changeset) },
        el("b", { class: "wrap-anywhere" }, changeset.name),
        changeset.rolls_back ? el("span", { class: "tag" }, "恢复原界") : null,
        changeset.rolled_back_by ? el("span", { class: "tag" }, PLAN_STATES.rolled_back.word) : null,
        el("span", { class: "plan-line" }, `${time(changeset.effective_at)}生效 · ${changeset.author_name}起草，${changeset.decider_name}批准`),
      ),
    );
  }

  // ---- a new plan

  askNew() {
    const { editor } = this;
    const own = editor.user.area;
    const select = byId("new-plan-area");
    const option = (code) => el("option", { value: code }, `${editor.areaName(code)}　${code}`);
    const below = [...editor.areas.keys()].filter((code) => code.startsWith(own) && code !== own).sort();
    const townships = below.filter((code) => code.length === 9);
    const groups = (townships.length ? townships : [own.slice(0, 9)]).map((code) =>
      el("optgroup", { label: editor.areaName(code) }, [code, ...below.filter((each) => each.length === 12 && each.startsWith(code))].filter((each) => each !== own).map(option)),
    );
    select.replaceChildren(option(own), ...groups.filter((group) => group.children.length));
    const suggested = editor.suggestedArea();
    if ([...select.options].some(({ value }) => value === suggested)) select.value = suggested;
    this.fail("");
    byId("new-plan-dialog").showModal();
  }

  fail(text) {
    const box = byId("new-plan-error");
    box.textContent = text;
    box.hidden = !text;
  }

  async create(event) {
    event.preventDefault();
    const form = byId("new-plan-form");
    const submit = form.querySelector("[type=submit]");
    submit.disabled = true;
    try {
      const plan = await send("POST", "/v1/plans", { name: byId("new-plan-name").value.trim(), area: byId("new-plan-area").value });
      byId("new-plan-dialog").close();
      form.reset();
      await this.editor.open(plan.id);
    } catch (error) {
      this.fail(error.message);
    } finally {
      submit.disabled = false;
    }
  }
}

/** The lines that say what a changeset is. */
export function changesetFacts(changeset) {
  const { summary } = changeset;
  const lines = [
    ["生效时间", time(changeset.effective_at)],
    ["起草", changeset.author_name],
    ["批准", changeset.decider_name],
    ["文号", [changeset.document_no, changeset.document_date].filter(Boolean).join("，")],
    ["说明", changeset.rolls_back ? "" : changeset.note],
    ["网格", summary?.grids === undefined ? "" : `${summary.grids}个`],
    ["随界移交", summary?.moved ? `移交${summary.moved.length}件，办理中保留${summary.kept?.length ?? 0}件` : ""],
    ["批次", codeText(changeset.revision)],
  ];
  return el("dl", { class: "facts" }, lines.filter(([, value]) => value).map(([label, value]) => el("div", null, el("dt", null, label), el("dd", { class: "wrap-anywhere" }, value))));
}
