// The card of a report: where it is, who has it, why, what else was possible, what can be done.

import { get, send } from "./api.js";
import { codeText, el, errorBox, skeleton } from "./dom.js";
import { metres, percent, time, untilDue } from "./format.js";
import { phone } from "./report-caller.js";
import { foldedHistory } from "./report-history.js";
import { showPhotos } from "./report-photos.js";
import { reportSymbol } from "./symbols.js";
import { CHANNEL_WORDS, DECISION_WORDS, FINISHED, LIGHT_WORDS, PLAIN_STEPS, POST_WORDS, STATUS_WORDS, STEP_WORDS, word } from "./words.js";

// What may be pressed here; a step that asks for more is taken at the desk or on the phone.
const HERE = [...PLAIN_STEPS, "close"];
const USUAL = new Set(["accept", "arrive", "resume", "claim", "close"]);
let lifeWords = null;
// What was unfolded on the card of this report, by its title: it stays so when the card is shown anew.
let unfolded = { id: null, titles: new Set() };

/** The words of the county, asked for once; without them our own stand in. */
function words() {
  lifeWords ??= get("/v1/life").catch(() => {
    lifeWords = null;
    return {};
  });
  return lifeWords;
}

/** Fill `target` with the report; tells `onLoaded` what came, so that the map can follow. */
export async function showReport(target, id, options) {
  noteUnfolded(target, id);
  target.replaceChildren(el("div", { class: "report-card", "aria-busy": "true" }, skeleton(5)));
  try {
    const [report, life] = await Promise.all([get(`/v1/reports/${encodeURIComponent(id)}`), words()]);
    if (!options.isCurrent()) return; // something else was opened meanwhile
    const card = reportCard(report, { ...options, life });
    target.replaceChildren(card);
    for (const fold of card.querySelectorAll("details")) fold.open ||= unfolded.titles.has(titleOf(fold));
    options.onLoaded(report);
  } catch (error) {
    if (!options.isCurrent()) return;
    target.replaceChildren(options.back(), errorBox(error, () => showReport(target, id, options)));
  }
}

function titleOf(fold) {
  return fold.querySelector("summary")?.textContent;
}

function noteUnfolded(target, id) {
  if (unfolded.id !== id) unfolded = { id, titles: new Set() };
  const card = target.querySelector("[data-report-card]");
  if (card?.dataset.reportCard === id) unfolded.titles = new Set([...card.querySelectorAll("details[open]")].map(titleOf));
}

function reportCard(report, options) {
  const assignment = report.assignment ?? {};
  return el(
    "article",
    { class: "report-card", "data-report-card": report.id },
    options.back(),
    head(report),
    el("p", { class: "report-full wrap-anywhere" }, report.text || "（没有文字）"),
    owner(report, assignment),
    why(assignment, options),
    steps(report, options),
    photos(report.id),
    foldedHistory(report.id, options.life, { title: "办理过程", box: "history-box", list: "history" }),
  );
}

function head(report) {
  const light = LIGHT_WORDS[report.light] ?? LIGHT_WORDS.blue;
  return el(
    "header",
    { class: "report-head" },
    el("p", { class: "report-number" }, reportSymbol(report, 24), el("span", null, report.number)),
    el("h2", null, report.category_name || "未分类"),
    el(
      "p",
      { class: "tags" },
      el("span", { class: "tag" }, word(STATUS_WORDS, report.status)),
      el("span", { class: `tag ${report.light === "red" ? "bad" : ""}` }, `${light.colour} ${light.sign} ${light.word}`),
      el("span", { class: "tag" }, word(CHANNEL_WORDS, report.channel)),
    ),
    el("p", { class: "quiet-line" }, `${time(report.created_at)} 受理${report.due_at ? `，${time(report.due_at)} 前办结，${untilDue(report.due_at)}` : ""}`),
    report.reporter ? el("p", { class: "quiet-line" }, `反映人：${report.reporter.name ?? "未留姓名"} `, phone(report.reporter.phone)) : null,
    report.reporter_note ? el("p", { class: "quiet-line" }, report.reporter_note) : null,
    report.address ? el("p", { class: "quiet-line wrap-anywhere" }, `地址：${report.address}`) : null,
  );
}

function owner(report, assignment) {
  const grid = assignment.grid ?? report.grid;
  const worker = assignment.worker;
  const decider = assignment.decided_by;
  const path = (assignment.path ?? []).map((step) => step.name).join(" › ");
  return el(
    "section",
    { class: "owner" },
    el("h3", null, "归属"),
    el("p", null, el("b", null, grid ? grid.name : "归属待定"), " ", el("span", { class: `tag ${assignment.decision && assignment.decision !== "auto" ? "doubt" : ""}` }, decisionText(assignment))),
    path ? el("p", { class: "quiet-line" }, path) : null,
    grid ? el("p", { class: "quiet-line" }, codeText(grid.code)) : null,
    worker ? el("p", { class: "person" }, el("span", { class: "person-role" }, worker.role_label ?? (word(POST_WORDS, worker.role) || "责任人")), el("b", null, worker.name), phone(worker.phone)) : null,
    decider ? el("p", { class: "notice doubt" }, `由${decider.name}确认归属`) : null,
  );
}

function decisionText(assignment) {
  if (!assignment.decision) return "未判定";
  const count = assignment.candidates?.length ?? 0;
  return assignment.decision === "confirm" && count ? `待确认（候选${count}个）` : word(DECISION_WORDS, assignment.decision);
}

function why(assignment, { onCandidate }) {
  const reasons = assignment.reasons ?? [];
  const possible = assignment.candidates ?? [];
  const candidates = possible.length > 1 || assignment.decision !== "auto" ? possible : [];
  const lead = reasons.slice(0, 3);
  const rest = reasons.slice(3);
  const doubtful = assignment.decision && assignment.decision !== "auto";
  return el(
    "details",
    { class: `why ${doubtful ? "doubtful" : ""}`, open: Boolean(doubtful) },
    el("summary", null, "为什么是这个网格？"),
    lead.length ? el("ul", { class: "reasons" }, lead.map((reason) => el("li", null, reason.detail))) : el("p", { class: "empty" }, "没有留下判定依据"),
    rest.length ? el("details", null, el("summary", null, `另外${rest.length}条依据`), el("ul", { class: "reasons" }, rest.map((reason) => el("li", null, reason.detail)))) : null,
    candidates.length
      ? el(
          "ol",
          { class: "candidates" },
          candidates.map((candidate, index) =>
            el(
              "li",
              null,
              el(
                "button",
                { type: "button", class: "candidate", "data-candidate": candidate.grid.code, onclick: () => onCandidate(candidate.grid.code) },
                el("kbd", null, String(index + 1)),
                el("span", null, el("b", null, candidate.grid.name), el("span", { class: "quiet-line" }, candidateText(candidate))),
              ),
            ),
          ),
        )
      : null,
    assignment.revision ? el("p", { class: "field-hint" }, `界线版本 ${assignment.revision}，判定于 ${time(assignment.decided_at ?? assignment.at)}`) : null,
  );
}

function candidateText({ share, distance_m: distance, hint }) {
  return [share > 0 ? `可能性${percent(share)}` : "", distance > 0 ? `相距${metres(distance)}` : "", hint].filter(Boolean).join(" · ");
}

/** The steps that need no more than a press, and the way to where all of them are. */
function steps(report, { onChanged, onMovePin, mayMove, caseAt, life }) {
  const allowed = HERE.filter((step) => report.steps_allowed?.includes(step));
  const movable = mayMove && !FINISHED.has(report.status);
  if (!allowed.length && !movable && !caseAt) return null;
  const note = el("input", { class: "input", id: "step-note", maxlength: 500, placeholder: finishes(report) ? "说明（可不填）" : "说明（未走完流程就结案时必填）", "aria-label": "说明" });
  const trouble = el("div", { "aria-live": "assertive" });
  const press = async (step, button) => {
    button.disabled = true;
    try {
      await send("POST", `/v1/reports/${encodeURIComponent(report.id)}/steps`, { step, ...(note.value ? { note: note.value } : {}) });
      onChanged(report.id);
    } catch (error) {
      trouble.replaceChildren(errorBox(error));
      button.disabled = false;
    }
  };
  return el(
    "section",
    { class: "steps" },
    allowed.length ? note : null,
    el(
      "p",
      { class: "step-buttons" },
      allowed.map((step) => {
        const button = el("button", { type: "button", class: `button ${step === allowed[0] && USUAL.has(step) ? "primary" : ""}`, "data-step": step }, life.steps?.[step] ?? word(STEP_WORDS, step));
        button.addEventListener("click", () => press(step, button));
        return button;
      }),
      movable ? el("button", { type: "button", class: "button", onclick: () => onMovePin(report) }, "调整位置") : null,
      caseAt ? el("a", { class: "button", href: `${caseAt}${encodeURIComponent(report.id)}` }, caseAt.startsWith("/desk") ? "在受理台打开" : "在手机办件打开") : null,
    ),
    trouble,
  );
}

/** Whether closing it now is the usual end, which needs no word. */
function finishes({ status }) {
  return ["accepted", "on_site", "replied", "followed_up"].includes(status);
}

function photos(id) {
  const box = el("section", { class: "photo-box", "aria-label": "照片" });
  showPhotos(box, id, { isCurrent: () => box.isConnected });
  return box;
}
