// 随手办: what was found and mended on the way, one touch. And what somebody else must mend.

import { byId, el } from "./dom.js";
import { choosePhotos, photoEntries, previews } from "./m-photo.js";
import { gridPlace, placeBody, placeChooser, placeText } from "./m-place.js";
import { newId } from "./m-send.js";
import { closeSheet, openSheet, toast } from "./m-sheet.js";
import { noteField, radioField } from "./m-steps.js";
import * as store from "./m-store.js";
import { ON_THE_SPOT } from "./m-words.js";

const UNDO_MS = 6000;
const FEW_GRIDS = 4; // with more of them, which one it was must be said

export class NewReport {
  constructor({ start, queue, owner, categories, clock }) {
    Object.assign(this, { start, queue, owner, categories, clock });
    this.place = null;
    this.photos = [];
  }

  /** Open 随手办; the first of one's own few grids is place enough until the phone knows better. */
  open() {
    this.photos = [];
    this.place = null;
    const spare = this.start.own.length && this.start.own.length <= FEW_GRIDS ? gridPlace(this.start.own[0]) : null;
    const pictures = el("div", { id: "m-new-photos", "aria-live": "polite" });
    const trouble = el("p", { class: "notice bad", role: "alert", id: "m-new-trouble", hidden: true });
    openSheet("随手办", [
      placeChooser({ start: this.start, place: null, onPick: (place) => { this.place = place; } }),
      spare ? el("p", { class: "field-hint" }, `没有定位时，按“${spare.label}”登记。`) : null,
      el("div", { class: "m-chips" }, el("button", { type: "button", class: "button", onclick: () => this.addPhotos(pictures, trouble) }, "拍照")),
      pictures,
      trouble,
      el("h3", null, "点一下，上报并办结"),
      el("div", { class: "m-tiles" }, ON_THE_SPOT.map((one) => el("button", { type: "button", class: "button", "data-on-the-spot": one.category, onclick: () => this.onTheSpot(one, spare, trouble) }, one.label))),
      el("button", { type: "button", class: "button m-wide", id: "m-write", onclick: () => this.write(spare) }, "写一件（需要别人办，或替别人登记）"),
    ]);
  }

  async addPhotos(target, trouble) {
    try {
      this.photos.push(...(await choosePhotos(this.place?.kind === "fix" ? this.place.position : null)));
    } catch (error) {
      say(trouble, error.message);
    }
    this.showPhotos(target);
  }

  showPhotos(target) {
    const remove = (index) => {
      this.photos.splice(index, 1);
      this.showPhotos(target);
    };
    target.replaceChildren(this.photos.length ? previews(this.photos, remove) : "");
  }

  async onTheSpot({ category, label, text }, spare, trouble) {
    const place = this.place ?? spare;
    if (!place) {
      say(trouble, "请先选位置：我的网格、地标，或在地图上点出。");
      return;
    }
    const entries = await this.keep({ category, text, place, finish: { outcome: "resolved", note: text }, label: `随手办：${label}`, wait: UNDO_MS });
    closeSheet();
    toast(`已记下：${label}（${placeText(place)}）`, { action: "撤销", onAction: () => this.undo(entries), forMs: UNDO_MS });
  }

  async undo(entries) {
    toast((await this.queue.takeBack(entries)) ? "已撤销" : "已经送出，撤销不了；可在“已办”里找到。", { forMs: 3000 });
  }

  /** Put a report, its photos and what ends it into the queue, all at once or not at all. */
  keep({ category, text, place, finish = null, label, wait = 0, reporter = null, behalf = "" }) {
    const local = newId();
    const body = { channel: reporter ? "walk_in" : "patrol", text, ...(category ? { category } : {}), ...placeBody(place), occurred_at: this.clock().toISOString() };
    if (reporter) body.reporter = reporter;
    const drafts = [
      { kind: "report", local, body, label, ...(wait ? { not_before: Date.now() + wait } : {}) },
      ...photoEntries(this.photos, { local }),
      ...(finish ? [{ kind: "finish", local, report: null, body: { ...finish, ...(behalf ? { on_behalf_of: behalf } : {}) }, label: "办结" }] : []),
    ];
    this.photos = [];
    return this.queue.add(...drafts);
  }

  /** The whole form; what is typed is kept while it is typed. */
  async write(spare) {
    const draft = (await store.kept(`draft ${this.owner}`).catch(() => null)) ?? {};
    const note = noteField({ label: "什么事", required: true, id: "m-new-text" });
    note.input.value = draft.text ?? "";
    const category = el("select", { class: "select", id: "m-new-category" }, el("option", { value: "" }, "不清楚，请坐席判断"), this.groups());
    category.value = draft.category ?? "";
    const end = radioField("m-new-end", "办到哪一步", [{ key: "open", label: "需要办理" }, { key: "done", label: "已办好，直接办结" }], draft.end ?? "open");
    const behalf = field("m-new-behalf", "代谁登记（网格员姓名）", draft.behalf);
    const name = field("m-new-name", "反映人姓名（可不填）", draft.name);
    const phone = field("m-new-phone", "反映人电话（可不填）", draft.phone, "tel");
    const secret = el("input", { type: "checkbox", id: "m-new-secret", checked: Boolean(draft.secret), "aria-describedby": "m-new-secret-hint" });
    const person = el("div", { hidden: secret.checked }, name.node, phone.node);
    secret.addEventListener("change", () => (person.hidden = secret.checked));
    const values = () => ({ secret: secret.checked, text: note.input.value, category: category.value, end: end.value(), behalf: behalf.input.value, ...(secret.checked ? { name: "", phone: "" } : { name: name.input.value, phone: phone.input.value }) });
    const keepDraft = () => store.keep(`draft ${this.owner}`, values()).catch(() => {});
    const pictures = el("div", { "aria-live": "polite" });
    const trouble = el("p", { class: "notice bad", role: "alert", hidden: true });
    const submit = async (event) => {
      event.preventDefault();
      const place = this.place ?? spare;
      if (!note.input.value.trim()) return say(trouble, "请写什么事。");
      if (!place) return say(trouble, "请先选位置：我的网格、地标，或在地图上点出。");
      await this.send(values(), place);
      await store.keep(`draft ${this.owner}`, {}).catch(() => {});
      closeSheet();
      toast("已记下，有网络时送出。", { forMs: 3000 });
      return null;
    };
    openSheet("写一件", [
      el(
        "form",
        { class: "m-form", novalidate: true, onsubmit: submit, oninput: keepDraft, onchange: keepDraft },
        note.nodes,
        el("div", { class: "field" }, el("label", { for: "m-new-category" }, "类别"), category),
        placeChooser({ start: this.start, place: this.place, onPick: (place) => { this.place = place; } }),
        el("div", { class: "m-chips" }, el("button", { type: "button", class: "button", onclick: () => this.addPhotos(pictures, trouble) }, "拍照")),
        pictures,
        end.nodes,
        el("details", { class: "m-behalf" }, el("summary", null, "替别人登记（代录）"), behalf.node, el("label", { class: "m-radio" }, secret, el("span", null, "保密")), el("p", { class: "field-hint", id: "m-new-secret-hint" }, "反映人不愿留名时勾选：姓名和电话不保存，谁也查不到，也就不能回访。"), person),
        trouble,
        el("div", { class: "m-actions" }, el("button", { type: "submit", class: "button primary" }, "上报")),
      ),
    ]);
    this.showPhotos(pictures);
  }

  send({ text, category, end, behalf, name, phone, secret }, place) {
    const reporter = secret ? { confidential: true } : name.trim() || phone.trim() ? { ...(name.trim() ? { name: name.trim() } : {}), ...(phone.trim() ? { phone: phone.trim() } : {}) } : null;
    const words = behalf.trim() ? `${text.trim()}（代${behalf.trim()}登记）` : text.trim();
    return this.keep({ category, text: words, place, reporter, behalf: behalf.trim(), finish: end === "done" ? { outcome: "resolved", note: text.trim() } : null, label: `上报：${text.trim().slice(0, 12)}` });
  }

  groups() {
    const byGroup = new Map();
    for (const one of this.categories) byGroup.set(one.group, [...(byGroup.get(one.group) ?? []), one]);
    return [...byGroup].map(([group, items]) => el("optgroup", { label: group }, items.map(({ code, name }) => el("option", { value: code }, name))));
  }
}

function field(id, label, value = "", type = "text") {
  const input = el("input", { class: "input", id, type, maxlength: 30, autocomplete: "off", value });
  return { input, node: el("div", { class: "field" }, el("label", { for: id }, label), input) };
}

function say(target, words) {
  target.textContent = words;
  target.hidden = false;
  target.scrollIntoView({ block: "center" });
}

/** The button in the middle of the bar. */
export function wireNew(create) {
  byId("m-new").addEventListener("click", () => create().open());
}
