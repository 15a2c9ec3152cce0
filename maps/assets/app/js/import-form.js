// The left column of the import page: choose or drop a file, say how it is read, send it.

import { get, send, sendForm } from "./api.js";
import { byId, el, errorBox } from "./dom.js";
import { time } from "./format.js";
import { STATE_WORDS, mebibytes } from "./import-words.js";

const TEXTS = ["encoding", "layer", "code_field", "name_field", "level"];
const NUMBERS = ["gap_width_m", "border_snap_m"];
const SWITCHES = ["exclaves", "match_places", "make_codes", "cross_parent"];
const MIB = 1_048_576;

export class ImportForm {
  /** onStarted(upload) is told of an examination that has begun; onOpen(id) of one to show. */
  constructor({ mostMib, onStarted, onOpen, onGone }) {
    Object.assign(this, { mostMib, onStarted, onOpen, onGone });
    this.file = null;
    this.upload = null;
    byId("file").addEventListener("change", (event) => this.take(event.target.files[0]));
    byId("crs").addEventListener("change", () => this.showCrs());
    byId("import-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    byId("import-form").addEventListener("input", () => this.showButton());
    this.bindDrop();
    this.showButton();
  }

  /** A file may be dropped anywhere on the page; only over the box it is marked. */
  bindDrop() {
    const box = byId("drop");
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      box.dataset.over = "true";
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) delete box.dataset.over;
    });
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      delete box.dataset.over;
      this.take(event.dataTransfer.files[0]);
    });
  }

  take(file) {
    if (!file) return;
    const tooLarge = file.size > this.mostMib * MIB;
    this.file = tooLarge ? null : file;
    byId("file-words").replaceChildren(tooLarge ? `${file.name}：超过${this.mostMib} MiB，请按旗县分开或压缩为 zip。` : `${file.name}　${mebibytes(file.size)}`);
    byId("file-words").classList.toggle("is-bad", tooLarge);
    byId("form-error").replaceChildren();
    this.showButton();
    if (this.file) byId("examine").focus();
  }

  showCrs() {
    byId("crs-other").hidden = byId("crs").value !== "other";
    if (!byId("crs-other").hidden) byId("crs-other").focus();
  }

  showButton() {
    const again = !this.file && this.upload && ["examined", "refused"].includes(this.upload.state) && (this.upload.state === "examined" || this.upload.answerable);
    byId("examine").textContent = again ? "按这些选项重新检查" : "试导入（不写入）";
    byId("examine").disabled = !(this.file || again) || Boolean(this.busy);
  }

  options() {
    const chosen = {};
    const crs = byId("crs").value === "other" ? byId("crs-other").value.trim() : byId("crs").value;
    if (crs) chosen.crs = crs;
    for (const name of TEXTS) if (byId(name).value.trim()) chosen[name] = byId(name).value.trim();
    for (const name of NUMBERS) if (byId(name).value !== "") chosen[name] = Number(byId(name).value);
    for (const name of SWITCHES) chosen[name] = byId(name).checked;
    return chosen;
  }

  /** Show the options with which an upload was read, and what may be chosen from. */
  showOptions(upload) {
    this.upload = upload;
    const { options, report } = upload;
    const listed = [...byId("crs").options].some((option) => option.value === (options.crs ?? ""));
    byId("crs").value = listed ? options.crs ?? "" : "other";
    if (!listed) byId("crs-other").value = options.crs;
    byId("crs-other").hidden = byId("crs").value !== "other";
    for (const name of [...TEXTS, ...NUMBERS]) byId(name).value = options[name] ?? "";
    for (const name of SWITCHES) byId(name).checked = Boolean(options[name]);
    const fill = (id, values) => byId(id).replaceChildren(...values.map((value) => el("option", { value })));
    fill("columns", report?.file.columns ?? []);
    fill("layers", [report?.file.layer, ...(report?.file.other_layers ?? [])].filter(Boolean));
    if (upload.refused && upload.answerable) this.point(upload.refused.reason);
    this.showButton();
  }

  /** Lead to the option that answers a refusal. */
  point(reason) {
    const wanted = { which_crs: "crs", crs_mismatch: "crs", unknown_crs: "crs", which_layer: "layer", no_layer: "layer", no_column: "code_field" }[reason] ?? "encoding";
    if (wanted !== "crs") byId("more").open = true;
    byId(wanted).focus();
  }

  async submit() {
    if (byId("examine").disabled) return;
    this.busy = true;
    this.showButton();
    byId("form-error").replaceChildren();
    try {
      const started = this.file ? await this.sendFile() : await send("PATCH", `/v1/imports/${this.upload.id}`, this.options());
      this.file = null;
      byId("file").value = "";
      byId("file-words").textContent = "或把文件拖到这里";
      this.onStarted(started);
    } catch (error) {
      byId("form-error").replaceChildren(errorBox(error));
    } finally {
      this.busy = false;
      this.showButton();
    }
    this.list();
  }

  sendFile() {
    const form = new FormData();
    for (const [name, value] of Object.entries(this.options())) form.append(name, String(value));
    form.append("file", this.file, this.file.name);
    byId("examine").textContent = `正在上传 ${mebibytes(this.file.size)}…`;
    return sendForm("/v1/imports/boundaries", form);
  }

  async list() {
    const box = byId("uploads");
    try {
      const { items } = await get("/v1/imports");
      box.replaceChildren(items.length ? el("ul", { class: "upload-rows" }, items.map((item) => this.row(item))) : el("p", { class: "empty" }, "还没有上传过文件"));
    } catch (error) {
      box.replaceChildren(errorBox(error, () => this.list()));
    }
  }

  row(item) {
    const state = STATE_WORDS[item.state] ?? { word: item.state, mood: "" };
    const chosen = item.id === this.upload?.id;
    return el(
      "li",
      { class: "upload-row", "aria-current": chosen ? "true" : null },
      el("button", { type: "button", class: "link wrap-anywhere", onclick: () => this.onOpen(item.id) }, item.name),
      el("span", { class: `tag ${state.mood}` }, state.word),
      el("span", { class: "quiet-line" }, `${time(item.created_at)}　${mebibytes(item.size)}　${item.author_name}`),
      el("button", { type: "button", class: "button upload-drop", "aria-label": `删除 ${item.name}`, onclick: () => this.drop(item) }, "删除"),
    );
  }

  async drop(item) {
    try {
      await send("DELETE", `/v1/imports/${item.id}`);
      if (item.id === this.upload?.id) this.upload = null;
      this.showButton();
      this.onGone(item.id);
    } catch (error) {
      byId("form-error").replaceChildren(errorBox(error));
    }
    this.list();
  }
}
