// One report, whole: what and where, until when, what happened, and below the thumb what can be done.

import { get } from "./api.js";
import { byId, codeText, el, errorBox, skeleton } from "./dom.js";
import { metres, time, untilDue } from "./format.js";
import { besideLine } from "./m-beside.js";
import { choosePhotos, photoEntries, previews } from "./m-photo.js";
import { toast } from "./m-sheet.js";
import { askStep } from "./m-steps.js";
import * as store from "./m-store.js";
import { MAIN_STEPS, OTHER_STEPS, STEP_LABELS } from "./m-words.js";
import { likelyGrids } from "./likely-grids.js";
import { callerBox } from "./report-caller.js";
import { foldedHistory, followUpWords } from "./report-history.js";
import { showPhotos } from "./report-photos.js";
import { CHANNEL_WORDS, LIGHT_WORDS, PLAIN_STEPS, STATUS_WORDS, STEP_WORDS, word } from "./words.js";

// What may be pressed where the service could not be asked yet; it decides when it hears of it.
const ON_IT = ["close", "handle", "return", "pass_up"];
const USUAL_STEPS = { assigned: ["accept", "return"], passed_up: ["accept", "return"], reopened: ["accept"], accepted: ["arrive", ...ON_IT], on_site: ON_IT };

const WORK = new Set(["accept", "arrive", "confirm_grid", ...ON_IT]);

export class Card {
  constructor({ start, life, queue, owner, onBack }) {
    Object.assign(this, { start, life, queue, owner, onBack });
    this.report = null;
    this.id = null;
  }

  async open(summary) {
    this.id = summary.id;
    this.report = (await store.kept(`report ${summary.id}`).catch(() => null)) ?? null;
    if (this.id !== summary.id) return;
    this.paint(this.report ?? summary);
    window.scrollTo(0, 0);
    byId("m-card-title")?.focus();
    await this.reload();
  }

  close() {
    this.id = this.report = null;
  }

  async reload() {
    const { id } = this;
    if (!id) return;
    try {
      const report = await get(`/v1/reports/${encodeURIComponent(id)}`);
      if (id !== this.id) return;
      this.take(report);
      await store.keep(`report ${id}`, report).catch(() => {});
    } catch (error) {
      if (id !== this.id) return;
      const offline = error.status === 0 || error.status >= 500;
      byId("m-card-trouble").replaceChildren(offline ? el("p", { class: "notice doubt" }, "没有网络，看到的是上次的内容；照样可以办，有网时自动送出。") : errorBox(error, () => this.reload()));
    }
  }

  take(report) {
    this.report = report;
    this.paint(report);
  }

  /** Steps that were pressed here and have not reached the service yet. */
  pending() {
    return this.queue.items.filter((entry) => entry.report === this.id);
  }

  paint(report) {
    const light = LIGHT_WORDS[report.light] ?? LIGHT_WORDS.blue;
    const parts = [
      el(
        "header",
        { class: "m-card-top" },
        el("button", { type: "button", class: "button", onclick: () => this.onBack() }, "‹ 返回"),
        el("h1", { id: "m-card-title", tabindex: "-1" }, report.category_name || "未分类"),
      ),
      el("div", { id: "m-card-trouble" }),
      el("div", { id: "m-card-pending", "aria-live": "polite" }, this.pendingList()),
      el(
        "p",
        { class: "m-tags" },
        el("span", { class: "tag" }, report.status_label ?? word(STATUS_WORDS, report.status)),
        el("span", { class: "m-light", "data-light": report.light }, `${light.sign} ${light.word}`),
        el("span", { class: "tag" }, word(CHANNEL_WORDS, report.channel)),
        report.confidential ? el("span", { class: "tag doubt" }, "保密") : null,
      ),
      el("p", { class: "m-text wrap-anywhere" }, report.text || "（没有文字）"),
      facts(report, this.life),
      besideLine(report, this.confirmsArrivals(report) ? (one) => this.queueStep({ step: "arrive", org: one.org, passed: true }, `${one.name}到场`) : null),
      report.steps_allowed ? null : el("div", null, skeleton(2)),
      el("section", { id: "m-card-photos", "aria-label": "照片" }),
      foldedHistory(report.id, this.life, { title: "办理经过", box: "m-fold", list: "m-history" }),
    ];
    byId("m-card-view").replaceChildren(...parts.filter(Boolean));
    this.actions(report);
    if (report.steps_allowed) this.photos();
  }

  pendingList() {
    return this.pending().map((entry) =>
      entry.state === "refused"
        ? el("div", { class: "notice bad", role: "alert" }, el("p", null, `“${entry.label}”没有被接受：${entry.problem.message}`), el("p", { class: "quiet-line" }, refusedBy(entry)), el("button", { type: "button", class: "button", onclick: () => this.queue.dismiss(entry) }, "知道了"))
        : el("p", { class: "notice" }, `“${entry.label}”待发送（${time(entry.made_at)}）`),
    );
  }

  /** Show anew what waits, after the queue changed; what is being read stays where it is. */
  refreshPending() {
    if (!this.id) return;
    byId("m-card-pending")?.replaceChildren(...this.pendingList());
    if (this.report) this.actions(this.report);
  }

  actions(report) {
    const waiting = new Set(this.pending().filter((entry) => entry.state === "waiting" && entry.kind === "step").map((entry) => entry.body.step));
    const behalf = this.standsInFor(report);
    let allowed = expected(behalf ? { ...report, steps_allowed: USUAL_STEPS[report.status] } : report, waiting);
    // Who is there already confirms the departments beside their line, and goes on with the work.
    if (report.on_site_at && !report.own_summons) allowed = allowed.filter((step) => step !== "arrive");
    const main = MAIN_STEPS.find((step) => allowed.includes(step));
    const second = main === "arrive" && allowed.includes("close") ? "close" : null;
    const others = OTHER_STEPS.filter((step) => allowed.includes(step) && step !== main && step !== second);
    const bar = byId("m-actions");
    // A thumb on its way down, or an open 更多, must not lose its button to a fresh look.
    const key = JSON.stringify([report.id, main, second, others, behalf, report.assignment?.candidates, report.grid_named]);
    const same = bar.dataset.key === key;
    bar.dataset.key = key;
    bar.hidden = false;
    if (same) return;
    bar.replaceChildren(
      ...[
        main === "confirm_grid" ? this.candidates(report) : main ? this.stepButton(main, true) : null,
        second ? this.stepButton(second, true) : null,
        el("button", { type: "button", class: "button", id: "m-take-photo", onclick: () => this.takePhotos() }, "拍照"),
        behalf ? el("p", { class: "m-behalf-line" }, `${behalf}的件，替${behalf}登记（代录）`) : null,
        others.length ? el("details", { class: "m-more" }, el("summary", { class: "button" }, "更多"), el("div", { class: "m-more-list" }, others.map((step) => this.stepButton(step, false)))) : null,
      ].filter(Boolean),
    );
  }

  /** For whom of the village's groups a step would be entered; null when it is one's own. */
  standsInFor(report) {
    const { holder } = report;
    const idle = report.steps_allowed && !report.steps_allowed.some((step) => WORK.has(step));
    if (!this.start.stands_in || !idle || !USUAL_STEPS[report.status] || !holder?.name) return null;
    return this.start.own.some(({ code }) => code === holder.area?.code) ? holder.name : null;
  }

  /** Whoever whistled confirms who came; a department says by itself that it is there. */
  confirmsArrivals({ status, steps_allowed: allowed }) {
    return status === "summoned" && this.start.user.role !== "department" && allowed?.includes("arrive");
  }

  label(step) {
    return STEP_LABELS[step] ?? this.life.steps?.[step] ?? word(STEP_WORDS, step);
  }

  stepButton(step, primary) {
    return el("button", { type: "button", class: `button ${primary ? "primary" : ""}`, "data-step": step, onclick: () => this.press(step) }, this.label(step));
  }

  candidates(report) {
    const found = likelyGrids(report);
    // A grid that was named is one word; of a place without doubt nothing else narrows the choice.
    const rest = [...this.start.own, ...this.start.village].filter(({ code }) => !found.some(({ grid }) => grid.code === code));
    const village = found.length > (report.grid_named ? 1 : 0) ? found : [...found, ...rest.map((grid) => ({ grid }))];
    return el(
      "div",
      { class: "m-candidates", role: "group", "aria-label": "归哪个网格" },
      el("p", null, "归哪个网格？点一下就定。"),
      village.slice(0, 12).map(({ grid, distance_m: distance, hint }) =>
        el("button", { type: "button", class: "button m-two-lines", "data-candidate": grid.code, onclick: () => this.queueStep({ step: "confirm_grid", grid: grid.code }, `归${grid.name}`) }, el("b", null, grid.name), el("span", { class: "quiet-line" }, [hint, distance > 0 ? `相距${metres(distance)}` : ""].filter(Boolean).join(" · "))),
      ),
    );
  }

  press(step) {
    const behalf = this.report ? this.standsInFor(this.report) : null;
    if (PLAIN_STEPS.has(step)) this.queueStep({ step, ...(behalf ? { on_behalf_of: behalf } : {}) }, this.label(step));
    else askStep(step, this.label(step), { life: this.life, start: this.start, report: this.report, behalf }, (body) => this.queueStep(body, this.label(step)));
  }

  async queueStep(body, label) {
    await this.queue.add({ kind: "step", report: this.id, number: this.report?.number, body, label });
    toast(`${label}：已记下`, { forMs: 2500 });
  }

  async takePhotos() {
    try {
      const photos = await choosePhotos(null);
      if (photos.length) await this.queue.add(...photoEntries(photos, { report: this.id }));
    } catch (error) {
      byId("m-card-trouble").replaceChildren(errorBox(error));
    }
  }

  async photos() {
    const { id } = this;
    const target = byId("m-card-photos");
    const waiting = this.pending().filter((entry) => entry.kind === "photo" && entry.state === "waiting");
    await showPhotos(target, id, { isCurrent: () => id === this.id && target.isConnected });
    if (waiting.length && id === this.id) target.append(previews(waiting));
  }
}

/** What may be pressed now: what the service said, as if what waits had arrived already. */
function expected(report, waiting) {
  let allowed = report.steps_allowed ?? USUAL_STEPS[report.status] ?? [];
  if (waiting.has("accept")) allowed = [...new Set([...allowed, "arrive", ...ON_IT])];
  if (waiting.has("close") || waiting.has("handle") || waiting.has("return") || waiting.has("pass_up")) return [];
  return allowed.filter((step) => !waiting.has(step));
}

function refusedBy({ problem }) {
  if (!problem.changed_by) return "";
  return `${problem.changed_by} 于${time(problem.changed_at)}已处理，现在是“${word(STATUS_WORDS, problem.report_status)}”。`;
}

function facts(report, life) {
  const worker = report.assignment?.worker;
  const reasons = (report.assignment?.reasons ?? []).slice(0, 3);
  const rows = [
    ["办结", report.due_at ? `${time(report.due_at)}前，${untilDue(report.due_at)}` : ""],
    ["网格", report.grid ? el("span", null, report.grid.name, " ", codeText(report.grid.code)) : (report.area?.name ?? "")],
    ["地址", report.address],
    ["办理人", report.holder?.name ?? worker?.name],
    ["反映人", report.reporter ? (report.steps_allowed?.length ? callerBox(report) : `${report.reporter.name ?? "未留姓名"} ${report.reporter.phone ?? ""}`) : report.reporter_note],
    ["回访", report.follow_ups?.length ? followUpWords(report, life) : ""],
    ["编号", report.number],
  ].filter(([, value]) => value);
  return el(
    "div",
    null,
    el("dl", { class: "m-facts" }, rows.map(([name, value]) => [el("dt", null, name), el("dd", { class: "wrap-anywhere" }, value)])),
    reasons.length ? el("details", { class: "m-fold", open: report.decision !== "auto" }, el("summary", null, "为什么归这里？"), el("ul", null, reasons.map((reason) => el("li", null, reason.detail)))) : null,
  );
}
