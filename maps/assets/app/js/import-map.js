// The map of the import page: the county as it is, the file's areas, what is wrong, what would move.

import { CanvasPane, overlaps, trace } from "./canvas-pane.js";
import { Coverage, worldX, worldY } from "./coverage.js";
import { CoverageLayer } from "./coverage-layer.js";
import { byId, el } from "./dom.js";
import { token } from "./theme.js";

const DOT_PX = 4.5;
const CHOSEN_PX = 11;
const NEAR_PX = 14;

/** A GeoJSON feature as lines in world pixels, its box, and a point to mark it by. */
export function drawable(feature) {
  const { geometry, properties } = feature;
  const { type, coordinates } = geometry;
  const rings = { Point: () => [[coordinates]], MultiPoint: () => coordinates.map((point) => [point]), LineString: () => [coordinates], MultiLineString: () => coordinates, Polygon: () => coordinates, MultiPolygon: () => coordinates.flat() }[type]?.() ?? [];
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity, west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  let largest = { size: -1 };
  const lines = rings.map((ring) => {
    const world = new Float64Array(ring.length * 2);
    ring.forEach(([lon, lat], index) => {
      world[2 * index] = worldX(lon);
      world[2 * index + 1] = worldY(lat);
      Object.assign(box, { west: Math.min(box.west, lon), east: Math.max(box.east, lon), south: Math.min(box.south, lat), north: Math.max(box.north, lat) });
    });
    const part = boxOf(world);
    Object.assign(box, { left: Math.min(box.left, part.left), right: Math.max(box.right, part.right), top: Math.min(box.top, part.top), bottom: Math.max(box.bottom, part.bottom) });
    const size = (part.right - part.left) * (part.bottom - part.top);
    if (size > largest.size) largest = { size, x: (part.left + part.right) / 2, y: (part.top + part.bottom) / 2 };
    return world;
  });
  const placed = properties.lon !== undefined && properties.lon !== null;
  const spot = placed ? { x: worldX(properties.lon), y: worldY(properties.lat) } : { x: largest.x, y: largest.y };
  return { properties, lines, box, spot, closed: type.endsWith("Polygon") };
}

function boxOf(world) {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (let i = 0; i < world.length; i += 2) {
    box.left = Math.min(box.left, world[i]);
    box.right = Math.max(box.right, world[i]);
    box.top = Math.min(box.top, world[i + 1]);
    box.bottom = Math.max(box.bottom, world[i + 1]);
  }
  return box;
}

const ImportLayer = CanvasPane.extend({
  sets: [],
  chosen: null,

  /** sets = [{items, colour, fill, width, dashes, dots}] in the order of painting. */
  setSets(sets) {
    this.sets = sets;
    this.repaint();
  },

  choose(item) {
    this.chosen = item;
    this.repaint();
  },

  paint(context, view) {
    context.lineJoin = "round";
    for (const set of this.sets) this.paintSet(context, view, set);
    if (this.chosen) this.paintChosen(context, view);
  },

  paintSet(context, view, set) {
    const path = new Path2D();
    const visible = set.items.filter((item) => overlaps(item.box, view.window));
    for (const item of visible) for (const line of item.lines) trace(path, line, view, item.closed);
    if (set.fill) {
      context.fillStyle = token(set.colour);
      context.globalAlpha = set.fill;
      context.fill(path, "evenodd");
      context.globalAlpha = 1;
    }
    context.setLineDash(set.dashes ?? []);
    context.strokeStyle = token(set.colour);
    const grow = Math.min(Math.max((Math.log2(view.scale) - 10) / 4, 0), 1); // from the whole county to one village
    context.lineWidth = set.fine ? set.width * (0.5 + 0.5 * grow) : set.width;
    context.globalAlpha = set.fine ? 0.7 + 0.3 * grow : 1;
    context.stroke(path);
    context.globalAlpha = 1;
    context.setLineDash([]);
    if (set.dots) for (const item of visible) this.dot(context, view, item.spot, DOT_PX, set.colour);
  },

  dot(context, view, spot, radius, colour) {
    context.beginPath();
    context.arc(spot.x * view.scale - view.originX, spot.y * view.scale - view.originY, radius, 0, 2 * Math.PI);
    context.fillStyle = token(colour);
    context.fill();
    context.strokeStyle = token("--map-halo");
    context.lineWidth = 1.5;
    context.stroke();
  },

  paintChosen(context, view) {
    const { spot, lines, closed } = this.chosen;
    const path = new Path2D();
    for (const line of lines) trace(path, line, view, closed);
    for (const [colour, width] of [["--map-halo", 5], ["--map-select", 3]]) {
      context.strokeStyle = token(colour);
      context.lineWidth = width;
      context.stroke(path);
      context.beginPath();
      context.arc(spot.x * view.scale - view.originX, spot.y * view.scale - view.originY, CHOSEN_PX, 0, 2 * Math.PI);
      context.stroke();
    }
  },
});

export class ImportMap {
  constructor(map, { onPick }) {
    this.map = map;
    this.around = new CoverageLayer("around", 240).addTo(map);
    this.layer = new ImportLayer("import", 300).addTo(map);
    this.onPick = onPick;
    this.picks = [];
    map.on("click", (event) => this.pick(event.containerPoint));
    map.getContainer().setAttribute("aria-label", "地图，方向键移动，加减号缩放；每一处也在右侧清单里");
    document.addEventListener("themechange", () => {
      this.around.repaint();
      this.layer.repaint();
    });
  }

  setCounty(collection) {
    this.county = new Coverage(collection);
    this.around.setContent({ coverage: this.county, stepOf: () => null, patterned: false, place: "" });
  }

  /** sets as the layer has them, with a label for the legend; the items of ``pick`` sets answer clicks. */
  show(sets) {
    this.picks = sets.filter((set) => set.pick).flatMap((set) => set.items);
    this.layer.choose(null);
    this.layer.setSets(sets);
    const legend = byId("import-legend");
    const shown = sets.filter((set) => set.items.length);
    legend.replaceChildren(...shown.map((set) => el("li", null, this.sample(set), set.label)));
    legend.hidden = !shown.length;
  }

  sample(set) {
    return el("span", { class: `import-swatch ${set.kind}`, "aria-hidden": "true" });
  }

  /** The county as it is may stand back where a file lies over it. */
  pick(point) {
    let best = null;
    let least = NEAR_PX;
    for (const item of this.picks) {
      const at = this.map.latLngToContainerPoint(this.latLng(item));
      const distance = Math.hypot(at.x - point.x, at.y - point.y);
      if (distance < least) [best, least] = [item, distance];
    }
    if (best) this.onPick(best);
  }

  latLng(item) {
    const lon = (item.spot.x / 256) * 360 - 180;
    const angle = Math.PI * (1 - (2 * item.spot.y) / 256);
    return [(Math.atan(Math.sinh(angle)) * 180) / Math.PI, lon];
  }

  choose(item, { move = true } = {}) {
    this.layer.choose(item);
    if (item && move) this.fit([item], 18);
  }

  fit(items, maxZoom = 17) {
    const boxes = items.map((item) => item.box).filter((box) => Number.isFinite(box.west));
    if (!boxes.length) return;
    const corners = [
      [Math.min(...boxes.map((box) => box.south)), Math.min(...boxes.map((box) => box.west))],
      [Math.max(...boxes.map((box) => box.north)), Math.max(...boxes.map((box) => box.east))],
    ];
    this.map.fitBounds(corners, { animate: false, padding: [60, 60], maxZoom });
  }
}
