// The map of the editor: county, draft, old lines, names, outlines; what is shown when.

import { DraftLayer, BaseLinesLayer } from "./edit-layers.js";
import { CoverageLayer, OutlineLayer } from "./coverage-layer.js";
import { goneLines } from "./edit-borders.js";
import { NamesLayer } from "./names-layer.js";

const NOTHING = new Set();

export class EditView {
  constructor(map) {
    this.map = map;
    this.around = new CoverageLayer("around", 240).addTo(map);
    this.draft = new DraftLayer("draft", 250).addTo(map);
    this.lines = new BaseLinesLayer("lines", 260).addTo(map);
    this.outlines = new OutlineLayer("outlines", 420).addTo(map);
    this.names = new NamesLayer("names", 430).addTo(map);
    this.old = new DraftLayer("old", 265).addTo(map); // left of the curtain
    this.oldNames = new NamesLayer("old-names", 431).addTo(map);
    this.mode = "lines";
  }

  get asBefore() {
    return this.mode === "before";
  }

  /** content = {base, draft, states, retired, area, nameOf, chosen, picked, near, colourOf, labelOf, inArea}. */
  show(content) {
    this.content = content;
    const { base, draft, states, area, nameOf, chosen, picked = [], near = NOTHING, colourOf = () => undefined, labelOf = () => "", inArea = null, obstacles = () => [] } = content;
    const coverage = this.asBefore || !draft ? base : draft;
    this.around.setContent({ coverage: base, stepOf: () => null, patterned: false, place: area });
    this.draft.setContent(draft ? { coverage: this.asBefore ? this.part(base, area) : draft, stateOf: this.asBefore ? () => "unchanged" : (code) => states.get(code), colourOf: this.asBefore ? () => undefined : colourOf, chosen, near } : null);
    this.lines.setLines({ arcs: draft && !this.asBefore ? this.oldLines() : [] });
    this.names.setContent({ coverage, place: area, valueLevel: "grid", valueOf: this.asBefore ? () => "" : labelOf, nameOf, obstacles });
    this.showOld(nameOf, draft ? area : null);
    this.outlines.setOutlines({ coverage, chosen: chosen ?? inArea, candidates: picked });
  }

  /** The boundaries as they were, for the left side of the curtain. */
  showOld(nameOf, area) {
    const { base } = this.content;
    const shown = this.mode === "swipe" && area !== null;
    this.old.setContent(shown ? { coverage: this.part(base, area), stateOf: () => "unchanged", colourOf: () => undefined, chosen: null, near: NOTHING } : null);
    if (shown) this.oldNames.setContent({ coverage: base, place: area, valueLevel: "none", valueOf: () => "", nameOf, obstacles: () => [] });
    else if (this.oldNames.content) {
      this.oldNames.content = null;
      this.oldNames.repaint();
    }
  }

  /** Cut panes to the sides of a curtain, given as clip paths; null shows all. */
  clip(left, right) {
    for (const name of ["old", "old-names"]) this.map.getPane(name).style.clipPath = left ?? "";
    for (const name of ["names", "lines"]) this.map.getPane(name).style.clipPath = right ?? "";
  }

  /** Only what lies in the area of a plan, with the borders it has there. */
  part(base, area) {
    if (this.partOf?.base !== base || this.partOf.area !== area) {
      const grids = base.grids.filter((grid) => grid.code.startsWith(area));
      const arcs = base.arcs.filter((arc) => arc.left.startsWith(area) || arc.right.startsWith(area));
      this.partOf = { base, area, value: { grids, arcs } };
    }
    return this.partOf.value;
  }

  /** The stretches of border that the draft has given up. */
  oldLines() {
    const { base, draft, states, retired } = this.content;
    if (this.goneOf?.draft !== draft) {
      const touched = new Set([...retired, ...[...states].filter(([, state]) => state === "changed").map(([code]) => code)]);
      const fresh = draft.grids.filter(({ code }) => ["changed", "created", "noded"].includes(states.get(code)));
      const arcs = base.arcs.filter((arc) => touched.has(arc.left) || touched.has(arc.right));
      this.goneOf = { draft, lines: goneLines(arcs, fresh.flatMap((grid) => grid.rings).concat(this.unchangedRings(arcs, states, draft))) };
    }
    return this.goneOf.lines;
  }

  /** The rings of unchanged grids beside those that changed: their lines are kept too. */
  unchangedRings(arcs, states, draft) {
    const codes = new Set(arcs.flatMap((arc) => [arc.left, arc.right]));
    return [...codes].filter((code) => states.get(code) === "unchanged").flatMap((code) => draft.byCode.get(code)?.rings ?? []);
  }

  setStrength(share) {
    this.lines.setLines({ strength: share });
  }

  /** How old and new are compared: `lines`, `swipe` or `before`. */
  compare(mode) {
    this.mode = mode;
    if (this.content) this.show(this.content);
  }

  hover(code) {
    this.outlines.setOutlines({ hovered: code });
  }

  outline(code) {
    this.outlines.setOutlines({ chosen: code });
  }

  /** Go to corners [[south, west], [north, east], …], or to the area when there are none. */
  fitTo(corners, area) {
    if (corners?.length) this.map.fitBounds(corners, { animate: false, padding: [90, 90], maxZoom: 16 });
    else this.fit(area, false);
  }

  fit(code, animate = true) {
    const { draft, base } = this.content ?? {};
    const corners = draft?.cornersOf(code) ?? base?.cornersOf(code);
    if (corners) this.map.fitBounds(corners, { animate, padding: [40, 50], maxZoom: code.length === 15 ? 16 : 17 });
  }
}
