// Paint a plan: the county around it, the drafted grids with what changed hatched, the old lines.

import { CanvasPane, overlaps, trace } from "./canvas-pane.js";
import { CoverageLayer } from "./coverage-layer.js";
import { token } from "./theme.js";

const HATCH_PX = 8;

/** Slanted lines for a changed grid, crossed ones for a new grid: told apart without colour. */
function hatch(context, colour, crossed, ratio) {
  const cell = document.createElement("canvas");
  cell.width = cell.height = HATCH_PX * ratio;
  const pen = cell.getContext("2d");
  pen.scale(ratio, ratio);
  pen.strokeStyle = colour;
  pen.lineWidth = 1.2;
  pen.globalAlpha = 0.75;
  const lines = [[-2, 2, 2, -2], [0, HATCH_PX, HATCH_PX, 0], [HATCH_PX - 2, HATCH_PX + 2, HATCH_PX + 2, HATCH_PX - 2]];
  for (const [x1, y1, x2, y2] of lines) {
    pen.beginPath();
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
    if (crossed) {
      pen.moveTo(x1, HATCH_PX - y1);
      pen.lineTo(x2, HATCH_PX - y2);
    }
    pen.stroke();
  }
  const pattern = context.createPattern(cell, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern;
}

/** The drafted grids of the plan. content = {coverage, stateOf(code), colourOf(code), chosen, near: Set}. */
export const DraftLayer = CoverageLayer.extend({
  paint(context, view) {
    if (!this.content) return;
    const { coverage, stateOf, colourOf, chosen, near } = this.content;
    const visible = coverage.grids.filter((grid) => overlaps(grid.box, view.window));
    this.fillWith(context, view, visible, token("--map-land"));
    this.fillWith(context, view, visible.filter((grid) => near.has(grid.code)), token("--edit-neighbour"));
    this.fillWith(context, view, visible.filter((grid) => grid.code === chosen), token("--edit-chosen"));
    for (const [state, colour, crossed] of [["changed", "--edit-changed", false], ["created", "--edit-created", true]]) {
      const marked = visible.filter((grid) => stateOf(grid.code) === state && colourOf(grid.code) === undefined);
      if (marked.length) this.fillWith(context, view, marked, hatch(context, token(colour), crossed, view.ratio));
    }
    for (const grid of visible) {
      const colour = colourOf(grid.code);
      if (colour !== undefined) this.fillWith(context, view, [grid], token(`--edit-group-${colour}`));
    }
    this.paintBorders(context, view, coverage);
  },

  fillWith(context, view, grids, style) {
    if (!grids.length) return;
    const path = new Path2D();
    for (const grid of grids) for (const ring of grid.rings) trace(path, ring.world, view, true);
    context.fillStyle = style;
    context.fill(path, "nonzero");
  },
});

/** The lines as they were, dashed, as strong as the reader wants them. */
export const BaseLinesLayer = CanvasPane.extend({
  arcs: [],
  strength: 0.7,

  setLines(change) {
    Object.assign(this, change);
    this.repaint();
  },

  paint(context, view) {
    if (!this.arcs.length || this.strength <= 0) return;
    const path = new Path2D();
    for (const arc of this.arcs) if (overlaps(arc.box, view.window)) trace(path, arc.points, view, false);
    context.globalAlpha = this.strength;
    context.lineJoin = "round";
    context.strokeStyle = token("--map-halo");
    context.lineWidth = 4.5;
    context.stroke(path);
    context.setLineDash([8, 5]);
    context.strokeStyle = token("--edit-base");
    context.lineWidth = 2.4;
    context.stroke(path);
    context.setLineDash([]);
    context.globalAlpha = 1;
  },
});
