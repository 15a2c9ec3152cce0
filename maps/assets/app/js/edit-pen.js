// Draw a line or an area with the mouse; it sticks to the borders of the grids being edited.
/* global L */

import { token } from "./theme.js";

const LEAST_SNAP_PX = 8;
const MOST_SNAP_PX = 40;

export class Pen {
  constructor(map) {
    this.map = map;
    this.kind = null;
    this.snapM = 1;
    this.targets = L.layerGroup().addTo(map);
    L.PM.setOptIn(true); // nothing on the map is editable but what is handed to the pen
    map.on("pm:create", (event) => this.created(event.layer));
    map.on("zoomend", () => this.setReach());
  }

  get active() {
    return this.kind !== null;
  }

  /** The borders that a drawing sticks to: those of one grid and its neighbours. */
  stickTo(grids) {
    this.targets.clearLayers();
    for (const grid of grids) {
      for (const { degrees } of grid.rings) {
        const points = [];
        for (let i = 0; i < degrees.length; i += 2) points.push([degrees[i + 1], degrees[i]]);
        L.polyline(points, { pmIgnore: false, interactive: false, opacity: 0, weight: 1 }).addTo(this.targets);
      }
    }
  }

  /** Begin a stroke; `done` gets [[lon, lat], …]. */
  start(kind, done) {
    this.stop();
    this.kind = kind;
    this.done = done;
    const stroke = { color: token("--map-select"), weight: 3, interactive: false };
    this.map.pm.enableDraw(kind, {
      tooltips: false,
      snappable: true,
      snapDistance: this.reach(),
      allowSelfIntersection: true, // a crossing is refused by the server, with its place shown
      templineStyle: stroke,
      hintlineStyle: { ...stroke, dashArray: "6 6" },
      pathOptions: { ...stroke, pmIgnore: true, snapIgnore: true },
    });
  }

  /** The stated tolerance on the screen, but never too small for a hand. */
  reach() {
    const centre = this.map.getCenter();
    const beside = this.map.containerPointToLatLng(this.map.latLngToContainerPoint(centre).add([100, 0]));
    const metresPerPx = this.map.distance(centre, beside) / 100;
    return Math.min(MOST_SNAP_PX, Math.max(LEAST_SNAP_PX, this.snapM / metresPerPx));
  }

  setReach() {
    if (this.active) this.map.pm.Draw[this.kind].options.snapDistance = this.reach();
  }

  created(layer) {
    layer.remove();
    const shape = layer.getLatLngs();
    const points = (Array.isArray(shape[0]) ? shape[0] : shape).map(({ lng, lat }) => lonLat(lng, lat));
    const { done } = this;
    this.kind = null;
    done?.(points);
  }

  /** Finish the stroke where it is: Enter. */
  finish() {
    if (this.active) this.map.pm.Draw[this.kind]._finishShape();
  }

  /** Take the last point back: Backspace. */
  back() {
    if (!this.active) return;
    const { kind, done } = this;
    this.map.pm.Draw[kind]._removeLastVertex();
    if (!this.map.pm.Draw[kind].enabled()) this.start(kind, done); // it stops at its first point
  }

  stop() {
    if (this.active) this.map.pm.disableDraw();
    this.kind = null;
  }
}

/** A position with the eight decimals of the boundaries. */
export function lonLat(lon, lat) {
  return [Number(lon.toFixed(8)), Number(lat.toFixed(8))];
}
