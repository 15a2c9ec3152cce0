// 导入网格界线: the page that holds form, map and report together.

import { get } from "./api.js";
import { byId, el, errorBox, skeleton } from "./dom.js";
import { ImportForm } from "./import-form.js";
import { ImportMap, drawable } from "./import-map.js";
import { reportPanel, repairPanel } from "./import-report.js";
import { applyPanel, updatePanel } from "./import-update.js";
import { stageOf } from "./import-words.js";

const LOOK_MS = 500;
const TABS = ["report", "repair", "update", "apply"];
const DRAWINGS = ["findings", "areas", "repaired", "repair", "update"];

class ImportPage {
  constructor(hall) {
    this.mayPlan = hall.dataset.mayPlan === "true";
    this.tab = "report";
    this.kind = null;
    this.before = false;
    this.drawn = {};
    this.names = new Map();
    this.map = new ImportMap(window.wanggeMap.map, { onPick: (item) => this.picked(item) });
    this.form = new ImportForm({
      mostMib: Number(hall.dataset.mostMib),
      onStarted: (upload) => this.follow(upload.id),
      onOpen: (id) => this.follow(id),
      onGone: (id) => id === this.id && this.close(),
    });
    for (const name of TABS) byId(`tab-${name}`).addEventListener("click", () => this.choose(name));
    byId("side-tabs").addEventListener("keydown", (event) => this.turn(event));
    window.addEventListener("offline", () => this.showOnline());
    window.addEventListener("online", () => this.showOnline());
    this.showOnline();
  }

  async start() {
    this.form.list();
    try {
      const county = await get("/v1/areas.geojson?level=grid");
      this.names = new Map(county.features.map(({ properties }) => [properties.code, properties.name]));
      this.map.setCounty(county);
    } catch (error) {
      this.say([errorBox(error, () => location.reload())]);
    }
    document.documentElement.dataset.map = "ready";
    const asked = new URLSearchParams(location.hash.slice(1)).get("import");
    if (/^[\w-]{36}$/.test(asked ?? "")) this.follow(asked);
  }

  // ---- one upload, from its examination to its plan

  async follow(id) {
    clearTimeout(this.timer);
    if (this.id !== id) this.drawn = {};
    this.id = id;
    history.replaceState(null, "", `#import=${id}`);
    try {
      const upload = await get(`/v1/imports/${id}`);
      if (this.id !== id) return;
      if (["waiting", "running"].includes(upload.state)) {
        this.showProgress(upload);
        this.timer = setTimeout(() => this.follow(id), LOOK_MS);
        return;
      }
      await this.open(upload);
    } catch (error) {
      if (this.id !== id) return;
      if (error.status === 0) this.timer = setTimeout(() => this.follow(id), 4 * LOOK_MS);
      else this.showTrouble(error);
    }
  }

  showProgress(upload) {
    this.upload = null;
    document.documentElement.dataset.import = "running";
    byId("side-tabs").hidden = true;
    const part = upload.progress?.of ? upload.progress.done / upload.progress.of : null;
    byId("side-body").replaceChildren(
      el("h2", { class: "wrap-anywhere" }, upload.name),
      el("p", { role: "status" }, stageOf(upload.progress)),
      el("progress", part === null ? { class: "import-progress" } : { class: "import-progress", max: 1, value: part }),
      el("p", { class: "field-hint" }, "检查在单独的进程里进行，不影响别人使用；可以离开本页，回来再看。"),
      el("button", { type: "button", class: "button", onclick: () => this.form.drop(upload) }, "停止检查并删除文件"),
    );
    this.map.show([]);
  }

  async open(upload) {
    this.upload = upload;
    this.form.showOptions(upload);
    this.form.list();
    if (upload.state === "refused") {
      this.showRefused(upload);
      return;
    }
    byId("side-body").replaceChildren(...skeleton(4));
    await this.readDrawings(upload.id);
    if (this.upload !== upload) return;
    this.kind = null;
    this.chosen = null;
    this.tab = upload.state === "applied" ? "apply" : upload.report.importable && upload.update ? "update" : "report";
    byId("side-tabs").hidden = false;
    this.show();
    this.map.fit(this.items("areas"));
    document.documentElement.dataset.import = upload.state;
  }

  async readDrawings(id) {
    const read = async (name) => (await get(`/v1/imports/${id}/${name}.geojson`)).features.map(drawable);
    const names = DRAWINGS.filter((name) => name !== "update" || this.upload.update);
    const drawn = await Promise.all(names.map(read));
    this.drawn = Object.fromEntries(names.map((name, index) => [name, drawn[index]]));
    this.rowNames = new Map(this.items("areas").map(({ properties }) => [properties.row, properties.name]));
  }

  items(name) {
    return this.drawn[name] ?? [];
  }

  showRefused(upload) {
    document.documentElement.dataset.import = upload.state;
    byId("side-tabs").hidden = true;
    this.map.show([]);
    byId("side-body").replaceChildren(
      el("h2", { class: "wrap-anywhere" }, upload.name),
      el("p", { class: "notice bad", role: "alert" }, upload.refused.message),
      el("p", { class: "field-hint" }, upload.answerable ? "在左侧改好选项，再按“按这些选项重新检查”，不用重新上传。" : "文件已从服务器删除，没有导入任何内容。"),
    );
  }

  showTrouble(error) {
    byId("side-tabs").hidden = true;
    byId("side-body").replaceChildren(errorBox(error, () => this.follow(this.id)));
  }

  close() {
    clearTimeout(this.timer);
    this.id = this.upload = null;
    history.replaceState(null, "", location.pathname);
    byId("side-tabs").hidden = true;
    byId("side-body").replaceChildren(el("p", { class: "empty" }, "选一个文件试导入，或从左侧打开最近的文件。"));
    this.map.show([]);
  }

  // ---- tabs

  choose(name) {
    this.tab = name;
    this.chosen = null;
    this.show();
  }

  turn(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    this.choose(TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length]);
    byId(`tab-${this.tab}`).focus();
  }

  show() {
    for (const name of TABS) {
      byId(`tab-${name}`).setAttribute("aria-selected", String(name === this.tab));
      byId(`tab-${name}`).tabIndex = name === this.tab ? 0 : -1;
    }
    const body = byId("side-body");
    body.setAttribute("aria-labelledby", `tab-${this.tab}`);
    body.replaceChildren(...this.panel().flat().filter(Boolean));
    this.map.show(this.sets());
  }

  panel() {
    const { upload, kind, chosen } = this;
    const nameOf = (code) => this.names.get(code) ?? "新网格";
    if (this.tab === "repair") return repairPanel(upload, { chosen, before: this.before, onBefore: (on) => this.setBefore(on), nameOfRow: (row) => this.rowNames.get(row), onChoose: (row) => this.chooseMoved("repair", "row", row) });
    if (this.tab === "update") return updatePanel(upload, { chosen, nameOf, onChoose: (code) => this.chooseMoved("update", "code", code) });
    if (this.tab === "apply") return applyPanel(upload, { mayPlan: this.mayPlan, onApplied: () => this.follow(upload.id) });
    return [...reportPanel(upload, { kind, chosen, onKind: (name) => this.setKind(name), onChoose: (finding) => this.chooseFinding(finding) }), this.download()];
  }

  download() {
    const { id, report } = this.upload;
    return report.findings_total ? el("a", { class: "button", href: `/v1/imports/${id}/findings.geojson`, download: "findings.geojson" }, "下载问题清单（GeoJSON）") : null;
  }

  setKind(kind) {
    this.kind = kind;
    this.show();
  }

  setBefore(on) {
    this.before = on;
    this.show();
  }

  // ---- the map beside the list

  sets() {
    const areas = { items: this.items("areas"), colour: "--edit-base", width: 1.4, fine: true, kind: "areas", label: "文件的界线" };
    if (this.tab === "repair") {
      const moved = (part, colour, label) => ({ items: this.items("repair").filter((item) => item.properties.part === part), colour, fill: 0.55, width: 1.5, dots: true, pick: true, kind: part, label });
      const shown = this.before ? areas : { ...areas, items: this.items("repaired"), label: "修复后的界线" };
      return [shown, moved("lost", "--doubt", "失去"), moved("gained", "--edit-changed", "得到")];
    }
    if (this.tab !== "report") {
      const of = (state, colour, label) => ({ items: this.items("update").filter((item) => item.properties.state === state), colour, fill: 0.5, width: 1.5, dots: state === "refused", pick: true, kind: state, label });
      return [areas, of("outside", "--muted", "超出本旗，不采用"), of("changed", "--edit-changed", "改归另一网格"), of("created", "--edit-created", "新网格"), of("refused", "--bad", "不能照划")];
    }
    const found = this.items("findings").filter((item) => !this.kind || item.properties.kind === this.kind);
    const of = (blocking, colour, label, kind) => ({ items: found.filter((item) => item.properties.blocking === blocking), colour, fill: 0.45, width: 1.6, dots: true, pick: true, kind, label });
    return [areas, of(false, "--doubt", "可能有意", "doubt"), of(true, "--bad", "须改正", "refused")];
  }

  /** A finding and its drawing are the same row and place. */
  chooseFinding(finding) {
    this.chosen = finding;
    this.show();
    const same = ({ properties }) => properties.kind === finding.kind && properties.lon === finding.lon && properties.lat === finding.lat && String(properties.rows) === String(finding.rows);
    this.map.choose(this.items("findings").find(same) ?? null);
    this.scroll();
  }

  chooseMoved(drawing, key, value) {
    this.chosen = value;
    this.show();
    const items = this.items(drawing).filter((item) => item.properties[key] === value);
    this.map.choose(items[0] ?? null);
    this.scroll();
  }

  picked(item) {
    if (this.tab === "report") {
      const { kind, lon, lat, rows } = item.properties;
      const finding = this.upload.report.findings.find((each) => each.kind === kind && each.lon === lon && each.lat === lat && String(each.rows) === String(rows));
      if (finding) this.chosen = finding;
    } else this.chosen = item.properties.row ?? item.properties.code ?? null;
    this.show();
    this.map.choose(item, { move: false });
    this.scroll();
  }

  scroll() {
    byId("side-body").querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  showOnline() {
    byId("offline").hidden = navigator.onLine;
  }

  say(children) {
    byId("stage-message").replaceChildren(...children);
    byId("stage-message").hidden = !children.length;
  }
}

new ImportPage(document.querySelector(".hall")).start();
