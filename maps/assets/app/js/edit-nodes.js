// The nodes of the chosen grid as handles. Moving one moves it in every grid that holds it.
/* global L */

import { worldX, worldY, BORDER } from "./coverage.js";
import { lonLat } from "./edit-pen.js";
import { el } from "./dom.js";
import { token } from "./theme.js";

const NEAREST_PX = 9; // closer handles cannot be told apart
const MOST_HANDLES = 250;
const STEP_M = 1;

const keyOf = (lon, lat) => `${lon},${lat}`;

/** Where each node is used, and which nodes lie on a border that may not move. */
export class NodeIndex {
  constructor(coverage) {
    this.uses = new Map();
    for (const grid of coverage.grids) {
      for (const { degrees } of grid.rings) this.addRing(grid.code, degrees);
    }
    this.outer = nodesOf(coverage.arcs.filter((arc) => !arc.right));
    this.between = nodesOf(coverage.arcs.filter((arc) => arc.right && arc.border >= BORDER.community));
  }

  addRing(code, degrees) {
    const count = degrees.length / 2 - 1; // the last point repeats the first
    const at = (index) => [degrees[2 * ((index + count) % count)], degrees[2 * ((index + count) % count) + 1]];
    for (let i = 0; i < count; i += 1) {
      const node = at(i);
      const key = keyOf(...node);
      if (!this.uses.has(key)) this.uses.set(key, { node, codes: new Set(), edges: [] });
      const use = this.uses.get(key);
      use.codes.add(code);
      use.edges.push([at(i - 1), at(i + 1)]);
    }
  }

  nodesOfGrid(grid) {
    const found = new Map();
    for (const { degrees } of grid.rings) {
      for (let i = 0; i + 2 < degrees.length; i += 2) {
        const key = keyOf(degrees[i], degrees[i + 1]);
        found.set(key, this.uses.get(key));
      }
    }
    return [...found.values()];
  }

  fixedWhy({ node }, mayCross) {
    const key = `${worldX(node[0])},${worldY(node[1])}`;
    if (this.outer.has(key)) return "方案范围的外缘，不能移动";
    if (!mayCross && this.between.has(key)) return "村（社区）界上的点，勾选“允许跨村（社区）”后才能移动";
    return "";
  }
}

function nodesOf(arcs) {
  const keys = new Set();
  for (const { points } of arcs) for (let i = 0; i < points.length; i += 2) keys.add(`${points[i]},${points[i + 1]}`);
  return keys;
}

export class NodeHandles {
  /** `onMove(from, to)` sends the change; `onTouch(codes)` shows which grids share the node. */
  constructor(map, { onMove, onTouch, nameOf }) {
    Object.assign(this, { map, onMove, onTouch, nameOf });
    this.handles = L.layerGroup().addTo(map);
    this.sketch = L.layerGroup().addTo(map);
    this.grid = null;
    map.on("moveend zoomend", () => this.place());
  }

  show(grid, index, mayCross) {
    Object.assign(this, { grid, index, mayCross });
    this.place();
  }

  hide() {
    this.grid = null;
    this.handles.clearLayers();
    this.sketch.clearLayers();
  }

  /** Put handles on the nodes in view: junctions first, then as many as can be told apart. */
  place() {
    if (!this.grid || this.held) return;
    this.handles.clearLayers();
    const room = this.map.getBounds().pad(0.05);
    const taken = [];
    const uses = this.index.nodesOfGrid(this.grid).filter(({ node }) => room.contains([node[1], node[0]]));
    uses.sort((a, b) => b.codes.size - a.codes.size);
    this.hidden = 0;
    for (const use of uses) {
      const point = this.map.latLngToLayerPoint([use.node[1], use.node[0]]);
      const crowded = taken.some((other) => Math.hypot(other.x - point.x, other.y - point.y) < NEAREST_PX);
      if (crowded || taken.length >= MOST_HANDLES) this.hidden += 1;
      else {
        taken.push(point);
        this.handles.addLayer(this.handle(use));
      }
    }
  }

  handle(use) {
    const [lon, lat] = use.node;
    const why = this.index.fixedWhy(use, this.mayCross);
    const names = [...use.codes].map(this.nameOf).join("、");
    const marker = L.marker([lat, lon], {
      draggable: !why,
      keyboard: !why,
      title: why || `界点：${names}共有`,
      alt: why || `界点，${names}共有；方向键移动，回车确定`,
      icon: L.divIcon({ html: el("span"), className: `node-handle${why ? " fixed" : ""}${use.codes.size > 2 ? " junction" : ""}`, iconSize: [16, 16] }),
      pmIgnore: true,
    });
    if (why) return marker;
    marker.on("dragstart", () => {
      this.held = true;
      this.onTouch([...use.codes]);
    });
    marker.on("drag", () => this.draw(use, marker.getLatLng()));
    marker.on("dragend", () => this.drop(use, marker.getLatLng()));
    marker.on("keydown", (event) => this.nudge(event.originalEvent, use, marker));
    return marker;
  }

  /** Show the border of every grid at the node as it would become. */
  draw(use, { lat, lng }) {
    this.sketch.clearLayers();
    for (const [before, after] of use.edges) {
      L.polyline([[before[1], before[0]], [lat, lng], [after[1], after[0]]], { color: token("--map-select"), weight: 3, dashArray: "6 6", interactive: false, pmIgnore: true, snapIgnore: true }).addTo(this.sketch);
    }
  }

  async drop(use, { lat, lng }) {
    this.held = false;
    const to = lonLat(lng, lat);
    if (keyOf(...to) === keyOf(...use.node)) return;
    await this.onMove(use.node, to);
    this.sketch.clearLayers();
    this.onTouch([]);
    this.place();
  }

  /** Arrow keys move by a metre (ten with Shift), Enter sends, Escape takes it back. */
  nudge(event, use, marker) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (step) {
      event.preventDefault();
      event.stopPropagation();
      const metres = STEP_M * (event.shiftKey ? 10 : 1);
      const { lat, lng } = marker.getLatLng();
      const perLon = 111_320 * Math.cos((lat * Math.PI) / 180);
      marker.setLatLng([lat + (step[1] * metres) / 111_320, lng + (step[0] * metres) / perLon]);
      this.draw(use, marker.getLatLng());
      this.onTouch([...use.codes]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      this.drop(use, marker.getLatLng());
    } else if (event.key === "Escape") {
      event.stopPropagation();
      marker.setLatLng([use.node[1], use.node[0]]);
      this.sketch.clearLayers();
      this.onTouch([]);
    }
  }
}
