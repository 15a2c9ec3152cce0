// The map of the gazetteer: where a place is, or from where to where a report's pin was moved.
/* global L */

import { DeskMap } from "./desk-map.js";
import { token } from "./theme.js";
import { fitReport } from "./viewing.js";

export class PlacesMap extends DeskMap {
  /** Show a place: its point, its width, the grid in which it lies. */
  place(place) {
    this.forget();
    const { lon, lat } = place.position;
    const grids = place.grids.length === 1 ? place.grids[0] : null;
    this.show({ grid: grids, candidates: [], position: place.position, about: place.name, area: grids ? null : place.area.code });
    this.extra = [L.circle([lat, lon], { radius: place.radius_m, weight: 1, dashArray: "4 4", color: token("--map-select"), fillOpacity: 0.06, interactive: false }).addTo(this.map)];
  }

  /** Show where a pin was and where an operator put it. */
  move(before, after, about) {
    this.forget();
    const at = after ?? before;
    if (!at) return;
    this.show({ grid: null, candidates: [], position: at, about });
    this.extra = [];
    const corners = [[at.lat, at.lon]];
    if (before && after) {
      const line = [[before.lat, before.lon], [after.lat, after.lon]];
      corners.push(line[0]);
      this.extra.push(
        L.polyline(line, { weight: 2, dashArray: "6 5", color: token("--map-select"), interactive: false }).addTo(this.map),
        L.circleMarker(line[0], { radius: 5, weight: 2, color: token("--muted"), interactive: false }).addTo(this.map),
      );
    }
    fitReport(this.map, at, corners);
  }

  forget() {
    for (const layer of this.extra ?? []) layer.remove();
    this.extra = [];
  }

  /** Say what a point of the map belongs to; null outside the county or before the map is there. */
  gridAt(point) {
    return this.coverage?.gridAt(point.lon, point.lat) ?? null;
  }

  nameOf(code) {
    return this.names.get(code) ?? code;
  }
}

