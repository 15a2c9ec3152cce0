// 一图统览: the county on one map. This module holds the state and lets the parts know of it.

import { get } from "./api.js";
import { CoverageLayer, OutlineLayer } from "./coverage-layer.js";
import { CountyData } from "./county-data.js";
import { classify, rampStep } from "./classes.js";
import { CODE_LENGTHS } from "./coverage.js";
import { byId, errorBox } from "./dom.js";
import { showFigures } from "./figures.js";
import { number } from "./format.js";
import { showLegend } from "./legend.js";
import { LiveState } from "./live.js";
import { NamesLayer } from "./names-layer.js";
import { bindControls, showControls } from "./controls.js";
import { PinMover } from "./pin.js";
import { ReportPoints } from "./points.js";
import { readRoute, viewText, writeRoute } from "./route.js";
import { SearchBox } from "./search.js";
import { setUpSheet } from "./sheet.js";
import { SidePanel, showCrumbs } from "./side-panel.js";
import { openStream } from "./stream.js";
import { currentTheme, setTheme } from "./theme.js";
import { Ticker } from "./ticker.js";
import { LEVELS, LEVEL_WORDS } from "./words.js";

const METRICS = {
  open: { title: "在办件", unit: "件" },
  rate: { title: "每千户件数", unit: "件／千户" },
  households: { title: "户数", unit: "户" },
};
const COUNTS_PAUSE_MS = 1500;
const COUNTS_AGAIN_MS = 60_000;
const DIRECT_GRID_PX = 90; // a grid this wide on the screen is meant when it is clicked

class Overview {
  constructor(hall) {
    this.county = { code: hall.dataset.county, name: hall.dataset.countyName };
    this.data = new CountyData(this.county);
    this.map = window.wanggeMap.map;
    this.state = this.startState(hall.dataset.area);
    this.pattern = true;
    this.fills = new CoverageLayer("coverage", 250).addTo(this.map);
    this.outlines = new OutlineLayer("outlines", 420).addTo(this.map);
    this.names = new NamesLayer("names", 430).addTo(this.map);
    this.points = new ReportPoints({ map: this.map, cluster: window.wanggeMap.reports, onChoose: (id) => this.openReport(id) });
    this.live = new LiveState(byId("live"), byId("live-text"));
    this.ticker = new Ticker(byId("ticker"), { nameOf: (code) => this.data.nameOf(code), onChoose: (id) => this.openReport(id) });
    this.side = new SidePanel(byId("side-body"), this);
    this.pin = new PinMover({
      map: this.map,
      message: byId("stage-message"),
      coverage: () => this.data.coverage,
      nameOf: (code) => this.data.nameOf(code),
      onMoved: (id) => this.openReport(id),
    });
    new SearchBox(byId("search-input"), byId("search-results"), (item) => this.goToFound(item));
  }

  startState(area) {
    const route = readRoute();
    if (route.theme) setTheme(route.theme);
    const inCounty = (code) => code?.startsWith(this.county.code);
    const home = inCounty(area) && area.length < CODE_LENGTHS.grid ? area : this.county.code;
    return { at: inCounty(route.at) ? route.at : home, layer: route.layer ?? "open", by: route.by ?? null, report: route.report ?? null, view: route.view };
  }

  async start() {
    bindControls(this);
    this.bindMap();
    setUpSheet(() => this.map.invalidateSize());
    this.listen();
    try {
      const others = Promise.all([this.data.loadNames(), this.data.loadCounts()]);
      others.catch(() => {}); // told below, after the shapes
      await this.data.loadShapes();
      this.outlines.setOutlines({ coverage: this.data.coverage });
      this.showView();
      this.recolour();
      await others;
    } catch (error) {
      this.fail(error);
      return;
    }
    this.showAll();
    document.documentElement.dataset.map = "ready";
    performance.mark("map-ready");
  }

  fail(error) {
    const message = byId("stage-message");
    message.replaceChildren(errorBox(error, () => location.reload()));
    message.hidden = false;
    byId("side-body").replaceChildren();
    byId("figures-body").replaceChildren();
  }

  // ---- what is shown

  byLevel() {
    if (this.state.by) return this.state.by;
    const child = LEVELS[LEVELS.indexOf(this.data.levelOf(this.state.at)) + 1];
    return child ?? "grid";
  }

  showAll() {
    this.recolour();
    this.showFigures();
    showCrumbs(byId("crumbs"), this.data, this.state.at, (code) => this.goTo(code));
    this.side.show();
  }

  showFigures() {
    showFigures({ title: byId("figures-title"), body: byId("figures-body") }, this.data, this.state.at, () => this.refreshCounts());
  }

  recolour() {
    const { coverage } = this.data;
    if (!coverage) return;
    const by = this.byLevel();
    const length = CODE_LENGTHS[by];
    const metric = this.data.countsError ? null : METRICS[this.state.layer];
    const codes = this.data.codesAt(by);
    const classified = classify(codes.map((code) => this.data.valueOf(this.state.layer, code)));
    const steps = new Map(codes.map((code) => [code, this.stepOf(code, classified)]));
    const stepOf = metric ? (code) => steps.get(code.slice(0, length)) : () => null;
    this.fills.setContent({ coverage, stepOf, patterned: this.pattern, place: this.state.at });
    this.names.setContent({
      coverage,
      place: this.state.at,
      nameOf: (code) => this.data.nameOf(code),
      valueLevel: metric ? by : null,
      valueOf: (code) => this.valueText(code),
    });
    this.outlines.setOutlines({ chosen: this.state.at === this.county.code ? null : this.state.at });
    showLegend(byId("legend"), { ...(metric ?? { title: null }), areaWord: LEVEL_WORDS[by], classified, patterned: this.pattern, points: this.points.shown });
    showControls(this.state.layer, by);
  }

  stepOf(code, classified) {
    const step = classified.stepOf(this.data.valueOf(this.state.layer, code));
    return step === null ? 0 : rampStep(step, classified.classes.length);
  }

  valueText(code) {
    const value = this.data.valueOf(this.state.layer, code);
    return value === undefined ? "" : number(value);
  }

  // ---- where the map is

  showView() {
    const { view } = this.state;
    if (view) this.map.setView([view.lat, view.lon], view.zoom, { animate: false });
    else this.fit(this.state.at, false);
  }

  fit(code, animate = true) {
    const corners = this.data.coverage?.cornersOf(code);
    const room = this.map.getSize();
    const margin = Math.max(16, Math.min(room.x, room.y) * 0.06);
    const maxZoom = code.length === CODE_LENGTHS.grid ? 16.5 : 17;
    if (corners) this.map.fitBounds(corners, { animate, duration: 0.35, paddingTopLeft: [margin, margin + 30], paddingBottomRight: [margin, margin + 16], maxZoom });
  }

  goTo(code, { fit = true, push = true } = {}) {
    if (!this.data.boxOf(code)) return;
    const changed = code !== this.state.at || this.state.report !== null;
    this.state.at = code;
    this.closeReport();
    if (fit) this.fit(code);
    this.showAll();
    this.remember(push && changed);
  }

  goUp() {
    if (this.pin.active) this.pin.stop();
    else if (this.state.report) this.goTo(this.state.at, { fit: false });
    else if (this.state.at.length > CODE_LENGTHS.county) this.goTo(this.state.at.slice(0, -3));
  }

  goToFound(item) {
    const grid = this.data.coverage?.gridAt(item.center[0], item.center[1]);
    if (this.data.boxOf(item.code) && item.kind in CODE_LENGTHS) {
      this.goTo(item.code);
      return;
    }
    if (grid) this.goTo(grid.code, { fit: false });
    this.map.setView([item.center[1], item.center[0]], 16, { animate: true });
    this.points.pulse(item.center[1], item.center[0]);
  }

  clickAt(latlng) {
    if (!this.data.coverage || this.pin.click(latlng)) return;
    const grid = this.data.coverage.gridAt(latlng.lng, latlng.lat);
    if (grid) this.goTo(this.drillTarget(grid), { fit: !this.isLarge(grid) });
  }

  /** One level below what the place and the clicked grid share; a large grid is taken at once. */
  drillTarget(grid) {
    if (this.isLarge(grid)) return grid.code;
    let shared = this.state.at;
    while (!grid.code.startsWith(shared) || shared.length === CODE_LENGTHS.grid) shared = shared.slice(0, -3);
    return grid.code.slice(0, shared.length + 3);
  }

  isLarge(grid) {
    return (grid.box.right - grid.box.left) * 2 ** this.map.getZoom() >= DIRECT_GRID_PX && this.map.getZoom() >= 13;
  }

  // ---- reports

  openReport(id) {
    this.state.report = id;
    this.points.choose(id);
    this.side.show();
    this.remember(true);
    if (document.body.dataset.sheet === "low") document.body.dataset.sheet = "half";
  }

  closeReport() {
    this.state.report = null;
    this.points.choose(null);
    this.outlines.setOutlines({ candidates: [] });
  }

  /** A report has been read: outline its candidates, bring it into view. */
  reportLoaded(report) {
    const candidates = (report.assignment?.decision ?? report.decision) === "auto" ? [] : (report.assignment?.candidates ?? []).map((candidate) => candidate.grid.code);
    this.outlines.setOutlines({ candidates });
    const at = report.position;
    if (at && !this.map.getBounds().pad(-0.1).contains([at.lat, at.lon])) {
      this.map.setView([at.lat, at.lon], Math.max(this.map.getZoom(), 14), { animate: true });
    } else if (!at && report.grid) this.fit(report.grid.code);
  }

  hover(code) {
    this.outlines.setOutlines({ hovered: code });
  }

  // ---- live

  listen() {
    let loaded = false;
    const loadPoints = async () => {
      loaded = true;
      try {
        const answer = await get("/v1/overview/points");
        this.points.replaceAll(answer.items);
        if (this.state.report) this.points.choose(this.state.report);
      } catch {
        loaded = false; // the live state tells that nothing comes
      }
      document.documentElement.dataset.points = "ready";
    };
    setTimeout(() => loaded || loadPoints(), 1000);
    setInterval(() => this.refreshCounts(), COUNTS_AGAIN_MS);
    openStream((kind, data) => {
      if (kind === "lost") {
        this.live.lost();
        return;
      }
      this.live.heard();
      if (kind === "open") loadPoints();
      if (kind === "report") this.take(data);
      if (kind === "revision") this.reloadShapes();
    });
  }

  take(report) {
    const isNew = this.points.upsert(report);
    if (isNew) this.points.pulse(report.lat, report.lon);
    this.ticker.add(report);
    if (report.id === this.state.report && !byId("side-body").contains(document.activeElement)) this.side.show();
    clearTimeout(this.countsTimer);
    this.countsTimer = setTimeout(() => this.refreshCounts(), COUNTS_PAUSE_MS);
  }

  async refreshCounts() {
    await this.data.loadCounts();
    this.recolour();
    this.showFigures();
    if (!this.state.report) this.side.refresh();
  }

  async reloadShapes() {
    await this.data.loadShapes();
    await Promise.all([this.data.loadNames(), this.data.loadCounts()]);
    this.outlines.setOutlines({ coverage: this.data.coverage });
    this.showAll();
  }

  // ---- wiring

  bindMap() {
    const tip = byId("tip");
    this.map.on("click", (event) => this.clickAt(event.latlng));
    this.map.on("moveend", () => this.remember(false));
    this.map.on("mousemove", (event) => this.point(event, tip));
    this.map.on("mouseout", () => {
      tip.hidden = true;
      this.hover(null);
    });
    window.addEventListener("hashchange", () => this.followAddress());
    window.addEventListener("popstate", () => this.followAddress());
    document.addEventListener("themechange", () => {
      this.recolour();
      this.remember(false);
    });
    document.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") this.goUp();
    const code = /^[1-9]$/.test(event.key) ? this.outlines.candidates[Number(event.key) - 1] : null;
    if (code) this.fit(code);
  }

  point(event, tip) {
    if (!this.data.coverage || event.originalEvent.target.closest?.(".leaflet-marker-icon, .leaflet-control")) {
      tip.hidden = true;
      return;
    }
    const grid = this.data.coverage.gridAt(event.latlng.lng, event.latlng.lat);
    const code = grid ? this.drillTarget(grid) : null;
    if (code !== this.outlines.hovered) this.hover(code);
    tip.hidden = !grid;
    if (!grid) return;
    const title = document.createElement("b");
    title.textContent = this.data.nameOf(code);
    const line = document.createElement("span");
    const count = this.data.countOf(code);
    line.textContent = count ? `${number(count.households)}户，在办${number(count.open)}件` : "";
    tip.replaceChildren(title, line);
    const { x, y } = event.containerPoint;
    const room = this.map.getSize();
    tip.style.left = `${Math.min(x + 14, room.x - tip.offsetWidth - 4)}px`;
    tip.style.top = `${y + tip.offsetHeight + 24 > room.y ? y - tip.offsetHeight - 8 : y + 16}px`;
  }

  followAddress() {
    const route = readRoute();
    if (route.theme && route.theme !== currentTheme()) setTheme(route.theme);
    Object.assign(this.state, { layer: route.layer ?? "open", by: route.by ?? null, view: route.view });
    if (route.at?.startsWith(this.county.code)) this.state.at = route.at;
    this.closeReport();
    this.state.report = route.report ?? null;
    if (!this.data.coverage) return;
    this.showView();
    this.points.choose(this.state.report);
    this.showAll();
  }

  remember(push) {
    if (!this.data.coverage) return;
    writeRoute({ at: this.state.at, layer: this.state.layer, by: this.state.by, report: this.state.report, view: viewText(this.map), theme: currentTheme() }, { push });
  }
}

new Overview(byId("content")).start();
