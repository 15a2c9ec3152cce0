// 网格界线调整: the page that holds plan, map, tools and panels together.

import { address, get } from "./api.js";
import { Coverage } from "./coverage.js";
import { byId, el, errorBox } from "./dom.js";
import { changesetPanel, readChange } from "./edit-changesets.js";
import { Comparison } from "./edit-compare.js";
import { Effect } from "./edit-effect.js";
import { Frame } from "./edit-frame.js";
import { bindKeys, bindPalette, bindSettings, showPalette } from "./edit-keys.js";
import { NodeHandles, NodeIndex } from "./edit-nodes.js";
import { Pen } from "./edit-pen.js";
import { Proposals } from "./edit-partition.js";
import { Places } from "./edit-places.js";
import { PlanList } from "./edit-plans.js";
import { Replans } from "./edit-replan.js";
import { PlanSession } from "./edit-session.js";
import { Tools } from "./edit-tools.js";
import { EditView } from "./edit-view.js";
import { stateOfPlan } from "./edit-words.js";
import { HoverTip } from "./hover-tip.js";

const LOOK_AGAIN_MS = 20_000;

class Editor {
  constructor(hall) {
    this.user = { name: hall.dataset.user, role: hall.dataset.role, area: hall.dataset.area };
    this.county = { code: hall.dataset.county, name: hall.dataset.countyName };
    this.map = window.wanggeMap.map;
    this.map.doubleClickZoom.disable(); // a double click ends a line
    this.areas = new Map([[this.county.code, this.county.name]]);
    this.session = new PlanSession();
    this.view = new EditView(this.map);
    this.pen = new Pen(this.map);
    this.nodes = new NodeHandles(this.map, {
      onMove: (from, to) => this.tools.moveNode(from, to),
      onTouch: (codes) => this.touch(codes),
      nameOf: (code) => this.session.nameOf(code),
    });
    this.tools = new Tools(this);
    this.effect = new Effect(this);
    this.places = new Places(this);
    this.proposals = new Proposals(this);
    this.replans = new Replans(this);
    this.plans = new PlanList(this);
    this.comparison = new Comparison(this);
    this.frame = new Frame(this);
    this.mayCross = false;
    this.changeset = null;
  }

  async start() {
    bindPalette(this);
    bindSettings(this);
    bindKeys(this);
    this.bind();
    try {
      const [shapes] = await Promise.all([get("/v1/areas.geojson?level=grid"), this.loadNames()]);
      this.session.base = new Coverage(shapes);
      this.home(false);
      await this.followAddress();
    } catch (error) {
      this.frame.say([errorBox(error, () => location.reload())]);
    }
    document.documentElement.dataset.map = "ready";
  }

  async loadNames() {
    for (const level of ["township", "community"]) {
      let cursor = null;
      do {
        const page = await get(address("/v1/areas", { level, limit: 500, cursor }));
        for (const area of page.items) this.areas.set(area.code, area.name);
        cursor = page.next;
      } while (cursor);
    }
  }

  bind() {
    this.map.getContainer().setAttribute("aria-label", "地图，方向键移动，加减号缩放；网格也可在右侧清单里选");
    this.map.on("click", (event) => this.session.plan && this.tools.click(event.latlng));
    this.map.on("zoomend", () => requestAnimationFrame(() => this.view.names.repaint()));
    const data = { coverage: null, countOf: () => null, nameOf: (code) => this.session.nameOf(code) };
    Object.defineProperty(data, "coverage", { get: () => (this.pen.active ? null : this.session.draft ?? this.session.base) });
    new HoverTip({ box: byId("tip"), map: this.map, data, onHover: (code) => this.view.hover(code), targetOf: (grid) => grid.code });
    this.session.addEventListener("changed", () => this.planChanged());
    this.session.addEventListener("busy", () => this.frame.showBusy());
    document.addEventListener("themechange", () => this.showMap());
    window.addEventListener("hashchange", () => this.followAddress());
    byId("plan-close").addEventListener("click", () => this.home());
    setInterval(() => this.lookAgain(), LOOK_AGAIN_MS);
  }

  // ---- which plan

  async open(id) {
    this.leaveStroke();
    this.changeset = null;
    this.frame.say([el("p", null, "正在打开方案…")]);
    try {
      await this.session.open(id);
    } catch (error) {
      this.frame.say([errorBox(error, () => this.open(id)), el("button", { type: "button", class: "button", onclick: () => this.home() }, "全部方案")]);
      return;
    }
    this.frame.say([]);
    history.replaceState(null, "", `#plan=${id}`);
    this.frame.tab = this.session.plan.state === "submitted" ? "effect" : "work";
    this.frame.show();
    this.tools.begin();
    this.view.fitTo(this.session.changedCorners(), this.session.plan.area);
    this.plans.takeUp();
    this.proposals.restore();
    this.frame.showTab();
  }

  /** Read everything again: after a decision, or when the plan has moved on. */
  async reopen() {
    this.effect.known = null;
    if (this.session.plan) {
      const { tab } = this.frame;
      const view = { centre: this.map.getCenter(), zoom: this.map.getZoom() };
      await this.open(this.session.plan.id);
      this.map.setView(view.centre, view.zoom, { animate: false });
      this.frame.choose(tab === "work" ? this.frame.tab : tab);
    } else {
      const shapes = await get("/v1/areas.geojson?level=grid");
      this.session.base = new Coverage(shapes);
      this.home();
    }
  }

  home(clear = true) {
    this.leaveStroke();
    this.session.close();
    this.plans.wanted = null;
    this.changeset = null;
    if (clear) history.replaceState(null, "", location.pathname);
    this.frame.say([]);
    this.frame.show();
    this.showMap();
    this.view.fit(this.user.area, false);
    this.plans.load();
  }

  leaveStroke() {
    this.tools.drop();
    this.proposals.clear();
    this.replans.clear();
    this.places.hide();
    this.tools.name = "select";
    this.tools.chosen = null;
    this.nodes.hide();
    this.comparison.set("lines");
  }

  /** `#plan=…` opens a plan, `#grid=…` asks for the plan in which to change a place. */
  async followAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const [plan, grid] = [asked.get("plan") ?? "", asked.get("grid") ?? ""];
    if (/^[\w-]{36}$/.test(plan) && plan !== this.session.plan?.id) await this.open(plan);
    else if (/^\d{6,15}$/.test(grid)) this.plans.want(grid);
  }

  async showChangeset(changeset) {
    this.changeset = changeset;
    byId("side-body").replaceChildren(el("span", { class: "skeleton tall" }));
    try {
      const change = await readChange(changeset);
      if (this.changeset !== changeset) return;
      this.view.show({ ...change, area: changeset.area, nameOf: (code) => this.names(change, code) });
      const touched = [...change.states].filter(([, state]) => state === "changed" || state === "created").map(([code]) => code);
      this.view.fitTo([...touched.flatMap((code) => change.draft.cornersOf(code)), ...change.retired.flatMap((code) => change.base.cornersOf(code))], changeset.area);
      byId("side-body").replaceChildren(...changesetPanel(this, changeset, change));
    } catch (error) {
      byId("side-body").replaceChildren(errorBox(error, () => this.showChangeset(changeset)));
    }
  }

  names(change, code) {
    return this.areas.get(code) ?? change.draft.byCode.get(code)?.name ?? change.base?.byCode.get(code)?.name ?? code;
  }

  /** Somebody else may work on the same plan. */
  async lookAgain() {
    if (document.hidden || !this.session.plan || this.pen.active || this.tools.pending) return;
    try {
      if (await this.session.look()) this.frame.flash("方案已被他人更新，地图上是最新的界线。");
    } catch {
      // the next look may succeed; a stroke tells of trouble by itself
    }
  }

  // ---- what is allowed

  get mayEdit() {
    const { plan } = this.session;
    return Boolean(plan && plan.state === "draft" && plan.area.startsWith(this.user.area));
  }

  whyReadOnly() {
    const { plan } = this.session;
    if (plan.state !== "draft") return `方案${stateOfPlan(plan).word}，只能查看。`;
    return "这是其他辖区的方案，只能查看。";
  }

  areaName(code) {
    return this.areas.get(code) ?? code;
  }

  suggestedArea() {
    if (this.plans.wanted) return this.plans.wanted.slice(0, 12);
    const centre = this.map.getCenter();
    const grid = this.map.getZoom() > 12 ? this.session.base?.gridAt(centre.lng, centre.lat) : null;
    return grid && grid.parent.startsWith(this.user.area) ? grid.parent : this.user.area;
  }

  // ---- strokes

  async back(kind) {
    if (!this.mayEdit || this.pen.active || this.tools.pending) return;
    if (kind === "undo" ? !this.session.canUndo : !this.session.canRedo) return;
    try {
      await this.session[kind]();
    } catch (error) {
      this.frame.flash(error.message, error.status === 409 ? () => this.reopen() : null);
    }
  }

  touch(codes) {
    this.view.show({ ...this.mapContent(), near: new Set(codes), picked: codes });
  }

  goToGrid(code) {
    this.view.fit(code);
    if (!this.session.draft?.byCode.has(code)) return;
    if (["select", "move_node"].includes(this.tools.name)) this.tools.choose(code);
    else this.view.hover(code);
  }

  planChanged() {
    this.nodeIndex = null;
    this.frame.show();
    if (!this.tools.pending) this.tools.begin();
    else this.showMap();
    this.frame.showTab();
    this.proposals.follow();
  }

  // ---- what is shown

  mapContent() {
    const { session, tools } = this;
    const { plan, base, draft, states } = session;
    const shown = !tools.pending?.error?.problem.geometry; // nothing over the red of a refusal
    const beside = tools.name === "assign_places" ? this.places.near : session.neighboursOf(tools.chosen);
    const near = new Set(tools.chosen && ["move_node", "split", "transfer", "assign_places"].includes(tools.name) ? beside : []);
    return { base, draft, states, retired: session.retired, area: plan?.area ?? this.county.code, nameOf: (code) => this.areas.get(code) ?? session.nameOf(code), chosen: shown ? tools.chosen : null, picked: shown ? tools.picked : [], near, colourOf: (code) => this.proposals.colours.get(code), labelOf: (code) => this.proposals.labelOf(code), inArea: this.askedArea, obstacles: () => this.places.obstacles() };
  }

  /** The area that a tool is about to work on, outlined on the map. */
  get askedArea() {
    const { tools, proposals, replans } = this;
    if (!this.mayEdit || tools.pending?.error) return null;
    return { partition: proposals.asked.area, replan: replans.asked.area }[tools.name] || null;
  }

  showMap() {
    if (!this.session.base) return;
    this.view.show(this.mapContent());
    const { draft } = this.session;
    if (draft && this.mayEdit && this.tools.name === "move_node" && this.tools.chosen && !this.tools.pending) {
      this.nodeIndex ??= new NodeIndex(draft);
      this.nodes.show(draft.byCode.get(this.tools.chosen), this.nodeIndex, this.mayCross);
    } else if (!this.tools.pending) this.nodes.hide();
  }

  showWork() {
    this.showMap();
    showPalette(this);
    if (this.frame.tab !== "work" && (this.tools.pending || this.tools.name !== "select")) this.frame.tab = "work";
    this.frame.showTab();
  }
}

new Editor(byId("content")).start();
