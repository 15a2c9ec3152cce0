// The history view of the map: the county at any instant, past or approved to come, and back to now.
/* global L */

import { byId, el, errorBox } from "./dom.js";
import { number } from "./format.js";
import { HistoryBar, factsOf, titleOf } from "./history-bar.js";
import { HistoryData } from "./history-data.js";
import { showPast } from "./history-panel.js";
import { instantOf, isInstant } from "./history-time.js";
import { token } from "./theme.js";

const SETTLE_MS = 200;
const NOTHING = { changed: new Set(), ended: [] };

export class HistoryView {
  constructor(overview) {
    this.overview = overview;
    this.data = new HistoryData();
    this.bar = new HistoryBar({ onTime: (time) => this.goTo(time), onLeave: () => this.leave() });
    this.time = null; // what is asked for; `shown` is the revision that the map shows
    this.shown = null;
    this.point = null;
    this.changes = NOTHING;
    this.mayExport = byId("content").dataset.mayExport === "yes";
    byId("history-open").addEventListener("click", () => (this.active ? this.leave() : this.open()));
  }

  get active() {
    return this.time !== null;
  }

  get revision() {
    return this.data.at(this.time);
  }

  /** Show an instant; without one, the present as the place to start from. */
  async open(time = null) {
    try {
      if (!this.data.revisions.length) await this.data.load();
    } catch (error) {
      this.say(error, () => this.open(time));
      return;
    }
    const { map, state } = this.overview;
    const corners = this.overview.data.coverage.cornersOf(state.at);
    const wasWhole = corners && map.getBounds().contains(corners);
    this.bar.setRevisions(this.data);
    document.body.dataset.history = "open";
    byId("history-bar").hidden = false;
    if (matchMedia("(max-width: 760px)").matches) document.body.dataset.sheet = "low"; // the map first
    byId("history-open").setAttribute("aria-pressed", "true");
    map.invalidateSize({ animate: false });
    if (wasWhole && !map.getBounds().contains(corners)) this.overview.fit(state.at, false);
    this.overview.points.show(false);
    await this.goTo(isInstant(time) ? time : instantOf(Date.parse(this.data.now)));
    if (!time) byId("history-slider").focus();
  }

  /** Go to an instant: words at once, shapes as soon as they are there; the last one asked for wins. */
  async goTo(time) {
    if (!this.data.revisions.length || !document.body.dataset.history) {
      await this.open(time);
      return;
    }
    this.time = time;
    const { revision } = this;
    this.bar.show(time, revision);
    clearTimeout(this.later);
    this.later = setTimeout(() => this.settle(time), SETTLE_MS);
    try {
      const coverage = await this.data.coverageOf(revision);
      const changes = await this.data.changesOf(revision);
      if (this.time !== time) return;
      this.show(revision, coverage, changes);
    } catch (error) {
      if (this.time === time) this.say(error, () => this.goTo(time));
    }
  }

  show(revision, coverage, changes) {
    const { overview } = this;
    byId("stage-message").hidden = true;
    if (this.shown === revision) return; // the rest waits until the slider rests
    overview.data.setPast(coverage, changes.changed);
    overview.outlines.setOutlines({ coverage, hovered: null });
    this.shown = revision;
    this.changes = changes;
    const owner = this.point && coverage.gridAt(this.point.lon, this.point.lat);
    if (owner && overview.state.at.length === owner.code.length) overview.state.at = owner.code; // the question stays, its answer moves
    overview.keepPlace();
    overview.showAll();
    byId("history-bar").dataset.shown = revision.revision;
  }

  /** The slider rests: the address keeps the instant, and the column tells of it. */
  settle(time) {
    if (this.time !== time) return;
    this.remember();
    if (this.shown === this.revision) this.overview.side.show();
  }

  leave() {
    if (!this.active) return;
    clearTimeout(this.later);
    const { overview } = this;
    this.time = this.shown = null;
    this.changes = NOTHING;
    this.forgetPoint();
    delete document.body.dataset.history;
    delete byId("history-bar").dataset.shown;
    byId("history-bar").hidden = true;
    byId("history-open").setAttribute("aria-pressed", "false");
    byId("stage-message").hidden = true;
    overview.data.setPast(null);
    overview.outlines.setOutlines({ coverage: overview.data.coverage, hovered: null });
    overview.points.show(byId("show-points").checked);
    overview.map.invalidateSize();
    overview.keepPlace();
    overview.showAll();
    this.remember();
  }

  /** Bring what the revision in force changed into view. */
  fitChanges() {
    const corners = [...this.changes.changed].flatMap((code) => this.overview.data.coverage.cornersOf(code));
    if (corners.length) this.overview.map.fitBounds(corners, { animate: true, maxZoom: 16, padding: [80, 80] });
  }

  /** Boundaries were published: what was read is out of date, the instant stays. */
  async renew() {
    this.data.forget();
    this.data.revisions = [];
    if (!this.active) return;
    this.shown = null;
    await this.open(this.time);
  }

  /** The address has changed. */
  follow(time) {
    if (time) this.open(time);
    else this.leave();
  }

  /** A click asks who owned this very point; false when the map shows the present. */
  click(latlng) {
    if (!this.active) return false;
    const grid = this.overview.data.coverage.gridAt(latlng.lng, latlng.lat);
    this.point = { lon: Number(latlng.lng.toFixed(8)), lat: Number(latlng.lat.toFixed(8)) };
    this.marker?.remove();
    this.marker = L.circleMarker(latlng, { radius: 7, weight: 3, color: token("--map-select"), interactive: false }).addTo(this.overview.map);
    if (document.body.dataset.sheet === "low") document.body.dataset.sheet = "half"; // on a phone the answer is in the sheet
    this.overview.goTo(grid?.code ?? this.overview.state.at, { fit: false });
    this.overview.showAll();
    return true;
  }

  showSide(body) {
    const { data, state } = this.overview;
    const owner = this.point && data.coverage.gridAt(this.point.lon, this.point.lat);
    if (owner && owner.code !== state.at) this.forgetPoint(); // another place was chosen
    showPast(body, this);
  }

  forgetPoint() {
    this.marker?.remove();
    this.point = null;
  }

  showFigures({ title, body }) {
    const { revision, changes } = this;
    const cell = (label, value) => el("div", { class: "figure" }, el("span", { class: "figure-label" }, label), el("strong", { class: "figure-value" }, value));
    title.textContent = titleOf(revision);
    body.replaceChildren(
      cell("网格", number(this.overview.data.coverage.grids.length)),
      cell("本版改动", number(changes.changed.size)),
      cell("停用", number(changes.ended.length)),
      cell("第几版", `${this.data.revisions.indexOf(revision) + 1}/${this.data.revisions.length}`),
      el("p", { class: "figures-note" }, factsOf(revision)),
      el("p", { class: "figures-note stale" }, "历史视图只看界线：诉求、户数和在办数是现在的，已隐去。着色的是这一版改动的网格。"),
    );
  }

  remember() {
    this.overview.state.time = this.time;
    this.overview.remember(false);
  }

  say(error, retry) {
    const message = byId("stage-message");
    message.replaceChildren(errorBox(error, retry), el("button", { type: "button", class: "button", onclick: () => this.leave() }, "回到现在"));
    message.hidden = false;
  }
}
