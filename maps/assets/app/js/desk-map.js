// The small map of the desk: the county, the owner or the numbered candidates, the place of the call.
/* global L */

import { address, get } from "./api.js";
import { CoverageLayer, OutlineLayer } from "./coverage-layer.js";
import { Coverage } from "./coverage.js";
import { byId, el, errorBox } from "./dom.js";
import { NamesLayer } from "./names-layer.js";
import { token } from "./theme.js";
import { coveredParts, fitArea, fitReport } from "./viewing.js";

export class DeskMap {
  constructor({ onPick }) {
    this.map = window.wanggeMap.map;
    this.onPick = onPick;
    this.names = new Map();
    this.marks = [];
    this.fills = new CoverageLayer("coverage", 250).addTo(this.map);
    this.outlines = new OutlineLayer("outlines", 420).addTo(this.map);
    this.labels = new NamesLayer("names", 430).addTo(this.map);
    this.map.getContainer().setAttribute("aria-label", "地图，方向键移动，加减号缩放；候选网格也在下面的清单里");
    this.map.on("click", (event) => this.clicked(event.latlng));
    document.addEventListener("themechange", () => this.paint());
  }

  async load() {
    try {
      const [collection, ...pages] = await Promise.all([get("/v1/areas.geojson?level=grid"), ...["township", "community"].map((level) => get(address("/v1/areas", { level, limit: 500 })))]);
      const first = !this.coverage;
      this.coverage = new Coverage(collection);
      for (const area of [...this.coverage.grids, ...pages.flatMap((page) => page.items)]) this.names.set(area.code, area.name);
      this.outlines.setOutlines({ coverage: this.coverage });
      this.paint();
      this.say([]);
      if (this.waiting) this.show(this.waiting);
      else if (first) this.clear();
    } catch (error) {
      this.say([errorBox(error, () => this.load())]);
    }
  }

  paint() {
    if (!this.coverage) return;
    this.fills.setContent({ coverage: this.coverage, stepOf: () => null, patterned: false, place: "" });
    this.labels.setContent({ coverage: this.coverage, place: "", valueLevel: null, valueOf: () => "", nameOf: (code) => this.names.get(code) ?? code, obstacles: () => coveredParts(this.map) });
  }

  say(children) {
    const box = byId("stage-message");
    box.replaceChildren(...children);
    box.hidden = !children.length;
  }

  clicked(latlng) {
    if (!this.coverage) return;
    if (!this.coverage.gridAt(latlng.lng, latlng.lat)) {
      this.say([el("p", null, "这里在本旗以外。"), el("button", { type: "button", class: "button", onclick: () => this.say([]) }, "知道了")]);
      return;
    }
    this.say([]);
    this.onPick({ lon: Number(latlng.lng.toFixed(8)), lat: Number(latlng.lat.toFixed(8)), crs: "cgcs2000", accuracy_m: 0 });
  }

  /** Show what a look or a report says: its grid or its candidates, its pin, the spot its words mean. */
  show(place) {
    this.waiting = place;
    if (!this.coverage) return;
    const { grid, candidates, position, spot, about } = place;
    byId("map-about").textContent = about;
    byId("map-about").hidden = false;
    for (const layer of this.marks.splice(0)) layer.remove();
    if (position) this.marks.push(this.dot(position, 7, 0.35));
    if (spot) this.marks.push(this.circle(spot), ...(position ? [] : [this.dot(spot, 3, 1)]));
    const codes = candidates.slice(0, 9);
    this.outlines.setOutlines({ chosen: grid, candidates: codes });
    if (codes.length > 1 && grid) fitArea(this.map, this.coverage.cornersOf(grid), grid, false);
    else if (codes.length > 1) {
      const corners = codes.flatMap((code) => this.coverage.cornersOf(code) ?? []);
      fitReport(this.map, position ?? spot, corners);
    } else if (grid) fitArea(this.map, this.coverage.cornersOf(grid), grid, false);
    else if (place.area) fitArea(this.map, this.coverage.cornersOf(place.area), place.area, false);
  }

  dot({ lon, lat }, radius, fillOpacity) {
    return L.circleMarker([lat, lon], { radius, weight: 3, color: token("--map-select"), fillOpacity, interactive: false }).addTo(this.map);
  }

  /** What is only known so well: a dashed circle as wide as that. */
  circle({ lon, lat, radius_m: radius }) {
    return L.circle([lat, lon], { radius, weight: 1, dashArray: "4 4", color: token("--map-select"), fillOpacity: 0.06, interactive: false }).addTo(this.map);
  }

  /** Show nothing of a place any more; the map stays where it looks. */
  forget() {
    this.waiting = null;
    byId("map-about").hidden = true;
    for (const layer of this.marks.splice(0)) layer.remove();
    this.outlines.setOutlines({ chosen: null, candidates: [] });
  }

  clear() {
    this.forget();
    // Whoever works for a part of the county begins with that part.
    const { area, county } = byId("content").dataset;
    if (this.coverage && area && area !== county) fitArea(this.map, this.coverage.cornersOf(area), area, false);
    else this.map.fitBounds(window.wanggeMap.bounds, { animate: false });
  }
}
