// Paint the county: fills by class, texture, dimming, borders; and, above, what is chosen.

import { BORDER, CODE_LENGTHS } from "./coverage.js";
import { CanvasPane, overlaps, trace } from "./canvas-pane.js";
import { patternFor } from "./legend.js";
import { anchorOf } from "./names-layer.js";
import { token } from "./theme.js";

const NEAR_ZOOM = 13; // from here a single grid is looked at, and its border must stand out

export const CoverageLayer = CanvasPane.extend({
  /** coverage; style = {stepOf(gridCode) -> ramp step 1…5, 0 = no data, null = plain}; place. */
  setContent(content) {
    this.content = content;
    this.repaint();
  },

  paint(context, view) {
    if (!this.content) return;
    const started = performance.now();
    const { coverage } = this.content;
    const visible = coverage.grids.filter((grid) => overlaps(grid.box, view.window));
    this.paintFills(context, view, visible);
    this.paintBorders(context, view, coverage);
    this.paintDim(context, view, visible);
    this.lastPaintMs = performance.now() - started;
  },

  paintFills(context, view, visible) {
    const { stepOf, patterned } = this.content;
    const paths = new Map();
    for (const grid of visible) {
      const step = stepOf(grid.code);
      if (!paths.has(step)) paths.set(step, new Path2D());
      for (const ring of grid.rings) trace(paths.get(step), ring.world, view, true);
    }
    for (const [step, path] of paths) {
      context.fillStyle = step === null ? token("--map-land") : step ? token(`--ramp-${step}`) : token("--no-data");
      context.fill(path, "nonzero");
      const pattern = patterned && step !== null ? patternFor(context, step, view.ratio) : null;
      if (pattern) {
        context.fillStyle = pattern;
        context.fill(path, "nonzero");
      }
    }
  },

  paintDim(context, view, visible) {
    const { place } = this.content;
    if (place.length <= CODE_LENGTHS.county) return;
    const shade = new Path2D();
    const keep = place.length === CODE_LENGTHS.grid ? place.slice(0, CODE_LENGTHS.community) : place;
    for (const grid of visible) {
      if (!grid.code.startsWith(keep)) for (const ring of grid.rings) trace(shade, ring.world, view, true);
    }
    context.fillStyle = token("--map-dim");
    context.fill(shade, "nonzero");
  },

  paintBorders(context, view, coverage) {
    const paths = {};
    for (const arc of coverage.arcs) {
      if (!overlaps(arc.box, view.window)) continue;
      paths[arc.border] ??= new Path2D();
      trace(paths[arc.border], arc.points, view, false);
    }
    const zoom = Math.log2(view.scale);
    const grow = Math.min(Math.max((zoom - 10) / 4, 0), 1); // from the whole county to one village
    const unit = Math.max(1, Math.min(view.height, 1600) / 900);
    const near = zoom >= NEAR_ZOOM ? "-near" : "";
    const strokes = [
      [BORDER.grid, `--map-grid-line${near}`, (0.35 + 0.9 * grow) * unit],
      [BORDER.community, `--map-community-line${near}`, (0.7 + 1.3 * grow) * unit],
      [BORDER.township, "--map-township-line", (1.7 + 0.9 * grow) * unit],
      [BORDER.county, "--map-county-line", (2.6 + 0.6 * grow) * unit],
    ];
    context.lineJoin = "round";
    context.lineCap = "round";
    for (const [border, colour, width] of strokes) {
      if (!paths[border]) continue;
      context.strokeStyle = token(colour);
      context.lineWidth = width;
      context.stroke(paths[border]);
    }
  },
});

/** The outlines of the chosen area, of the one under the pointer and of candidates. */
export const OutlineLayer = CanvasPane.extend({
  coverage: null,
  chosen: null,
  hovered: null,
  candidates: [],

  setOutlines(change) {
    Object.assign(this, change);
    this.repaint();
  },

  paint(context, view) {
    if (!this.coverage) return;
    context.lineJoin = "round";
    this.candidates.forEach((code) => this.stroke(context, view, code, "--map-candidate", 3.5, [9, 5]));
    if (this.chosen) this.stroke(context, view, this.chosen, "--map-select", 3.5, []);
    if (this.hovered && this.hovered !== this.chosen) this.stroke(context, view, this.hovered, "--map-hover", 2, []);
    this.candidates.forEach((code, index) => this.number(context, view, code, index + 1));
  },

  stroke(context, view, code, colour, width, dashes) {
    const path = new Path2D();
    for (const arc of this.coverage.outlineOf(code)) trace(path, arc.points, view, false);
    context.setLineDash([]);
    context.strokeStyle = token("--map-halo");
    context.lineWidth = width + 2.5;
    context.stroke(path);
    context.setLineDash(dashes);
    context.strokeStyle = token(colour);
    context.lineWidth = width;
    context.stroke(path);
    context.setLineDash([]);
  },

  number(context, view, code, shown) {
    if (!this.coverage.boxes.has(code)) return;
    const anchor = anchorOf(this.coverage, code);
    const x = anchor.x * view.scale - view.originX;
    const y = anchor.y * view.scale - view.originY - 26; // above the grid's name
    context.beginPath();
    context.arc(x, y, 12, 0, 2 * Math.PI);
    context.fillStyle = token("--map-candidate");
    context.fill();
    context.fillStyle = token("--bg");
    context.font = `700 14px ${token("--font")}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(String(shown), x, y);
  },
});
