// 一图统览: the county on one map. This module holds the state and lets the parts know of it.

import { CoverageLayer, OutlineLayer } from "./coverage-layer.js";
import { CountyData } from "./county-data.js";
import { colouring } from "./colouring.js";
import { CODE_LENGTHS } from "./coverage.js";
import { byId, errorBox } from "./dom.js";
import { showFigures } from "./figures.js";
import { HistoryView } from "./history-view.js";
import { showLegend } from "./legend.js";
import { LiveFeed } from "./live-feed.js";
import { bindControls, showControls } from "./controls.js";
import { wireMap } from "./map-wiring.js";
import { NamesLayer } from "./names-layer.js";
import { PinMover } from "./pin.js";
import { ReportPoints } from "./points.js";
import { readRoute, viewText, writeRoute } from "./route.js";
import { SearchBox } from "./search.js";
import { setUpSheet } from "./sheet.js";
import { SidePanel, showCrumbs } from "./side-panel.js";
import { currentTheme, showTheme } from "./theme.js";
import { Ticker } from "./ticker.js";
import { coveredParts, drillTarget, fitArea, fitReport, isLarge } from "./viewing.js";

const COUNTS_PAUSE_MS = 1500;
const COUNTS_AGAIN_MS = 60_000;

class Overview {
  constructor(hall) {
    this.county = { code: hall.dataset.county, name: hall.dataset.countyName };
    this.data = new CountyData(this.county, hall.dataset.scope || this.county.code);
    this.map = window.wanggeMap.map;
    this.state = this.startState(hall.dataset.area);
    this.mayMove = hall.dataset.mayMove === "yes";
    this.pattern = true;
    this.countsTimer = 0;
    this.fills = new CoverageLayer("coverage", 250).addTo(this.map);
    this.outlines = new OutlineLayer("outlines", 420).addTo(this.map);
    this.names = new NamesLayer("names", 430).addTo(this.map);
    this.points = new ReportPoints({ map: this.map, cluster: window.wanggeMap.reports, onChoose: (id) => this.openReport(id) });
    this.ticker = new Ticker(byId("ticker"), { nameOf: (code) => this.data.nameOf(code), onChoose: (id) => this.openReport(id) });
    this.feed = new LiveFeed({
      points: this.points,
      ticker: this.ticker,
      onPoints: () => this.pointsLoaded(),
      onReport: (report) => this.reportChanged(report),
      onRevision: () => this.reloadShapes(),
      onReturn: () => this.refreshCounts(),
      onBeat: () => this.data.countsError && this.refreshCounts(),
    });
    this.side = new SidePanel(byId("side-body"), this);
    this.pin = new PinMover({
      map: this.map,
      message: byId("stage-message"),
      coverage: () => this.data.coverage,
      nameOf: (code) => this.data.nameOf(code),
      onMoved: (id) => this.openReport(id),
    });
    this.history = new HistoryView(this);
    new SearchBox(byId("search-input"), byId("search-results"), (item) => this.goToFound(item));
  }

  startState(area) {
    const route = readRoute();
    if (route.theme) showTheme(route.theme);
    const inCounty = (code) => code?.startsWith(this.county.code);
    const home = inCounty(area) ? area : this.county.code;
    return { at: inCounty(route.at) ? route.at : home, layer: route.layer ?? "open", by: route.by ?? null, report: route.report ?? null, view: route.view, time: route.time ?? null };
  }

  async start() {
    bindControls(this);
    wireMap(this);
    setUpSheet(() => this.map.invalidateSize());
    this.feed.start();
    setInterval(() => this.refreshCounts(), COUNTS_AGAIN_MS);
    try {
      const others = Promise.all([this.data.loadNames(), this.data.loadCounts()]);
      others.catch(() => {}); // told below, after the shapes
      await this.data.loadShapes();
      this.outlines.setOutlines({ coverage: this.data.coverage });
      this.showView();
      if (!this.data.areas.size) this.recolour(); // shapes first when the rest is slow
      await others;
    } catch (error) {
      this.fail(error);
      return;
    }
    this.showAll();
    this.ticker.fill(this.points.items.values());
    if (this.state.time) await this.history.open(this.state.time);
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

  showAll() {
    this.recolour();
    this.showFigures();
    showCrumbs(byId("crumbs"), this.data, this.state.at, (code) => this.goTo(code));
    this.side.show();
  }

  showFigures() {
    const target = { title: byId("figures-title"), body: byId("figures-body") };
    if (this.data.past) return this.history.showFigures(target);
    showFigures(target, { data: this.data, points: this.points, place: this.state.at, settled: !this.countsTimer, retry: () => this.refreshCounts(), onList: () => this.showList() });
  }

  /** The list of open reports of the place, whatever the panel shows now. */
  showList() {
    document.body.dataset.figures = "shut";
    this.side.tab = "reports";
    this.goTo(this.state.at, { fit: false });
  }

  recolour() {
    const { coverage } = this.data;
    if (!coverage) return;
    const place = this.state.at;
    const { level, classified, stepOf, valueOf, legend } = colouring(this.data, this.state);
    this.fills.setContent({ coverage, stepOf, patterned: this.pattern, place });
    this.names.setContent({ coverage, place, valueLevel: level, valueOf, nameOf: (code) => this.data.nameOf(code), obstacles: () => [...this.points.obstacles(), ...coveredParts(this.map)] });
    this.outlines.setOutlines({ chosen: place === this.county.code ? null : place });
    showLegend(byId("legend"), { ...legend, classified, patterned: this.pattern, points: this.points.shown });
    showControls(this.state.layer, level);
  }

  // ---- where the map is

  showView() {
    const { view } = this.state;
    if (view) this.map.setView([view.lat, view.lon], view.zoom, { animate: false });
    else this.fit(this.state.at, false);
  }

  fit(code, animate = true) {
    fitArea(this.map, this.data.coverage?.cornersOf(code), code, animate);
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

  /** Where the place is not on the map at this time, the area around it is. */
  keepPlace() {
    while (!this.data.boxOf(this.state.at) && this.state.at.length > CODE_LENGTHS.county) this.state.at = this.state.at.slice(0, -3);
  }

  goUp() {
    if (this.pin.active) this.pin.stop();
    else if (this.state.report) this.leaveReport();
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
    if (!this.data.coverage || this.pin.click(latlng) || this.history.click(latlng)) return;
    const grid = this.data.coverage.gridAt(latlng.lng, latlng.lat);
    if (grid) this.goTo(drillTarget(this.map, this.state.at, grid), { fit: !isLarge(this.map, grid) });
  }

  // ---- reports

  openReport(id) {
    this.history.leave(); // reports are of now
    if (!this.state.report) this.viewBefore = { centre: this.map.getCenter(), zoom: this.map.getZoom() };
    this.state.report = id;
    this.points.choose(id);
    this.side.show();
    this.remember(true);
    if (document.body.dataset.sheet === "low") document.body.dataset.sheet = "half";
  }

  /** Back from a report to the place, where the map was before. */
  leaveReport() {
    const before = this.viewBefore;
    this.goTo(this.state.at, { fit: !before });
    if (before) this.map.setView(before.centre, before.zoom, { animate: true });
    this.viewBefore = null;
  }

  closeReport() {
    this.state.report = null;
    this.points.choose(null);
    this.outlines.setOutlines({ candidates: [] });
  }

  /** A report has been read: outline its candidates, bring it into view. */
  reportLoaded(report) {
    const decision = report.assignment?.decision ?? report.decision;
    const candidates = decision === "auto" ? [] : (report.assignment?.candidates ?? []).map((candidate) => candidate.grid.code);
    this.outlines.setOutlines({ candidates });
    const corners = candidates.flatMap((code) => this.data.coverage?.cornersOf(code) ?? []);
    if (!fitReport(this.map, report.position, corners) && report.grid) this.fit(report.grid.code);
  }

  hover(code) {
    this.outlines.setOutlines({ hovered: code });
  }

  // ---- live

  pointsLoaded() {
    if (this.data.areas.size && this.data.coverage) this.ticker.fill(this.points.items.values());
    if (this.data.countsAt !== null) this.showFigures();
    if (this.state.report) this.points.choose(this.state.report);
    this.names.repaint();
    document.documentElement.dataset.points = "ready";
  }

  /** A report has changed: the figures follow in a moment, an open card at once. */
  reportChanged(report) {
    if (report.id === this.state.report && !byId("side-body").contains(document.activeElement)) this.side.show();
    this.countsTimer ||= setTimeout(() => this.refreshCounts(), COUNTS_PAUSE_MS); // not put off by the next
  }

  async refreshCounts() {
    clearTimeout(this.countsTimer);
    this.countsTimer = 0;
    await this.data.loadCounts();
    if (!this.data.coverage) return;
    this.recolour();
    this.showFigures();
    if (!this.state.report && !this.data.countsError && !this.data.past) this.side.refresh();
  }

  async reloadShapes() {
    try {
      await Promise.all([this.data.loadShapes(), this.data.loadNames(), this.data.loadCounts()]);
    } catch {
      return; // the old boundaries stay until the next announcement or a new visit
    }
    this.outlines.setOutlines({ coverage: this.data.coverage });
    this.keepPlace();
    this.showAll();
    this.history.renew();
  }

  // ---- the address

  followAddress() {
    const route = readRoute();
    if (route.theme && route.theme !== currentTheme()) showTheme(route.theme);
    Object.assign(this.state, { layer: route.layer ?? "open", by: route.by ?? null, view: route.view });
    if (route.at?.startsWith(this.county.code)) this.state.at = route.at;
    this.closeReport();
    this.state.report = route.report ?? null;
    if (!this.data.coverage) return;
    if ((route.time ?? null) !== this.history.time) this.history.follow(route.time);
    this.showView();
    this.points.choose(this.state.report);
    this.showAll();
  }

  remember(push) {
    if (!this.data.coverage) return;
    writeRoute({ at: this.state.at, layer: this.state.layer, by: this.state.by, report: this.state.report, view: viewText(this.map), time: this.state.time, theme: currentTheme() }, { push });
  }
}

new Overview(byId("content")).start();
