// 征求意见 and 文件: what the communities concerned say, and the papers of a plan or a changeset.

import { get, send } from "./api.js";
import { el, errorBox, skeleton } from "./dom.js";
import { time } from "./format.js";

export const CONSENT_WORDS = {
  missing: { word: "未征求", mood: "doubt" },
  asked: { word: "征求中", mood: "" },
  consented: { word: "同意", mood: "good" },
  objected: { word: "不同意", mood: "bad" },
};

const FORMAT_WORDS = new Map([["xlsx", "Excel"], ["csv", "CSV"], ["svg", "SVG"], ["html", "打印A3"]]);

/** A section that fills itself; what goes wrong is said in its place. */
function filled(attributes, fill) {
  const box = el("section", attributes, ...skeleton(1));
  const again = async () => {
    try {
      box.replaceChildren(...(await fill(again)));
    } catch (error) {
      box.replaceChildren(errorBox(error, again));
    }
  };
  again();
  return box;
}

// ---- what the communities say

/** The communities whose grids the plan changes, each with what it says and a form to enter it. */
export function consentsPart(editor) {
  const { plan, path } = editor.session;
  return filled({ class: "consents", id: "consents", "aria-label": "征求意见" }, async (again) => {
    const { items, complete } = await get(`${path}/consents`);
    const title = el("h3", { class: "section-title" }, "征求村（社区）意见");
    if (!items.length) return [title, el("p", { class: "field-hint" }, "方案还没有改动任何村（社区）的网格。")];
    const saved = () => {
      editor.effect.known = null; // the preview tells of consents, too
      return again();
    };
    return [title, complete ? el("p", { class: "notice good" }, "涉及的村（社区）均已同意。") : null, ...items.map((item) => consentRow(editor, plan, item, saved))].filter(Boolean);
  });
}

function consentRow(editor, plan, item, saved) {
  const { word, mood } = item.outdated && item.state === "consented" ? { word: "同意后有改动", mood: "doubt" } : CONSENT_WORDS[item.state];
  const grids = item.concerned ? `涉及${item.grids.length}个网格：${item.grids.map((code) => editor.session.nameOf(code)).join("、")}` : "方案已不再改动它的网格。";
  const head = [el("b", null, item.community.name), el("span", { class: `tag ${mood}` }, word)];
  const may = ["draft", "submitted"].includes(plan.state) && item.concerned && item.community.code.startsWith(editor.user.area);
  const said = [item.document_no, item.document_date, item.note].filter(Boolean).join("，");
  const lines = [el("p", { class: "field-hint wrap-anywhere" }, grids), said ? el("p", { class: "wrap-anywhere" }, said) : null, item.entered_at ? el("p", { class: "field-hint" }, `${item.entered_by}登记，${time(item.entered_at)}`) : null];
  const attributes = { class: "consent", "data-community": item.community.code, "data-state": item.state };
  if (!may) return el("div", attributes, el("p", { class: "consent-head" }, head), lines);
  return el("details", attributes, el("summary", { class: "consent-head" }, head), lines, consentForm(editor, item, saved));
}

function consentForm(editor, item, saved) {
  const id = `consent-${item.community.code}`;
  const state = el("select", { class: "select", id: `${id}-state` }, ["asked", "consented", "objected"].map((each) => el("option", { value: each, selected: each === (item.state === "missing" ? "consented" : item.state) }, CONSENT_WORDS[each].word)));
  const number = el("input", { class: "input", id: `${id}-number`, maxlength: 100, autocomplete: "off", value: item.document_no ?? "" });
  const dated = el("input", { class: "input", id: `${id}-dated`, type: "date", value: item.document_date ?? "" });
  const note = el("textarea", { class: "input edit-note", id: `${id}-note`, maxlength: 2000, rows: 2 }, item.note ?? "");
  const message = el("div");
  const submit = el("button", { type: "submit", class: "button primary" }, "登记");
  const act = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      await send("PUT", `${editor.session.path}/consents/${item.community.code}`, {
        state: state.value,
        ...(number.value.trim() ? { document_no: number.value.trim() } : {}),
        ...(dated.value ? { document_date: dated.value } : {}),
        ...(note.value.trim() ? { note: note.value.trim() } : {}),
      });
      await saved();
    } catch (error) {
      message.replaceChildren(errorBox(error));
      submit.disabled = false;
    }
  };
  return el(
    "form",
    { class: "edit-form", onsubmit: act },
    field("意见", state),
    el("div", { class: "form-row" }, field("文号或会议记录号", number), field("日期", dated)),
    field("说明", note),
    el("p", { class: "field-hint" }, "不登记签字人姓名，纸件由村（社区）存档。"),
    message,
    submit,
  );
}

const field = (label, input) => el("div", { class: "field" }, el("label", { for: input.id }, label), input);

// ---- papers

/** Downloads and the page to print, of a plan or a changeset at `path`. */
export function papersPart(path) {
  return filled({ class: "papers", id: "papers", "aria-label": "文件" }, async () => {
    const { items, disclaimer } = await get(`${path}/papers`);
    return [
      el("h3", { class: "section-title" }, "文件"),
      el("ul", { class: "paper-list" }, items.map((item) => el("li", null, el("span", null, item.title), el("span", { class: "paper-files" }, item.files.map((file) => fileLink(item, file)))))),
      el("p", { class: "field-hint" }, `${disclaimer}。`),
    ];
  });
}

function fileLink(item, { format, href }) {
  const page = format === "html";
  const name = FORMAT_WORDS.get(format) ?? format;
  return el("a", { class: "button", href, ...(page ? { target: "_blank", rel: "noopener" } : { download: "" }), "aria-label": `${item.title}，${name}` }, name);
}
