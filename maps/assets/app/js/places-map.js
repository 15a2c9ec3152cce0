// The map of the gazetteer: where a place is, or from where to where a report's pin was moved.
/* global L */

import { CODE_LENGTHS } from "./coverage.js";
import { DeskMap } from "./desk-map.js";
import { token } from "./theme.js";
import { fitReport } from "./viewing.js";

export class PlacesMap extends DeskMap {
  /** Show a place: its point, its width, the grid in which it lies. */
  place(place) {
    const grid = place.grids.length === 1 ? place.grids[0] : null;
    const spot = { ...place.position, radius_m: place.radius_m };
    this.show({ grid, candidates: [], position: place.position, spot, about: place.name, area: grid ? null : place.area.code });
  }

  /** Show where a pin was and where an operator put it; without a pin the area where it is said. */
  move(before, after, about, area) {
    const position = after ?? before;
    const grid = !position && area.length === CODE_LENGTHS.grid ? area : null;
    this.show({ grid, candidates: [], position, from: before && after ? before : null, about, area: position ? null : area });
  }

  show(place) {
    super.show(place);
    const { position: at, from } = place;
    if (!this.coverage || from === undefined || !at) return;
    const corners = [[at.lat, at.lon]];
    if (from) {
      corners.push([from.lat, from.lon]);
      this.marks.push(
        L.polyline(corners, { weight: 2, dashArray: "6 5", color: token("--map-select"), interactive: false }).addTo(this.map),
        L.circleMarker(corners[1], { radius: 5, weight: 2, color: token("--muted"), interactive: false }).addTo(this.map),
      );
    }
    fitReport(this.map, at, corners);
  }

  /** Say what a point of the map belongs to; null outside the county or before the map is there. */
  gridAt(point) {
    return this.coverage?.gridAt(point.lon, point.lat) ?? null;
  }

  nameOf(code) {
    return this.names.get(code) ?? code;
  }
}
