// The map of the editor: county, draft, old lines, names, outlines; what is shown when.

import { DraftLayer, BaseLinesLayer } from "./edit-layers.js";
import { CoverageLayer, OutlineLayer } from "./coverage-layer.js";
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
    this.asBefore = false;
  }

  /** content = {base, draft, states, retired, area, nameOf, chosen, picked, near}. */
  show(content) {
    this.content = content;
    const { base, draft, states, area, nameOf, chosen, picked = [], near = NOTHING } = content;
    const coverage = this.asBefore || !draft ? base : draft;
    this.around.setContent({ coverage: base, stepOf: () => null, patterned: false, place: area });
    this.draft.setContent(draft ? { coverage: this.asBefore ? this.part(base, area) : draft, stateOf: this.asBefore ? () => "unchanged" : (code) => states.get(code), chosen, near } : null);
    this.lines.setLines({ arcs: draft && !this.asBefore ? this.oldLines() : [] });
    this.names.setContent({ coverage, place: area, valueLevel: "none", valueOf: () => "", nameOf, obstacles: () => [] });
    this.outlines.setOutlines({ coverage, chosen: chosen ?? null, candidates: picked });
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

  /** The borders, as they were, of every grid that is no longer the same. */
  oldLines() {
    const { base, states, retired } = this.content;
    const touched = new Set([...retired, ...[...states].filter(([, state]) => state === "changed").map(([code]) => code)]);
    return base.arcs.filter((arc) => touched.has(arc.left) || touched.has(arc.right));
  }

  setStrength(share) {
    this.lines.setLines({ strength: share });
  }

  setBefore(asBefore) {
    this.asBefore = asBefore;
    if (this.content) this.show(this.content);
  }

  hover(code) {
    this.outlines.setOutlines({ hovered: code });
  }

  fit(code, animate = true) {
    const { draft, base } = this.content ?? {};
    const corners = draft?.cornersOf(code) ?? base?.cornersOf(code);
    if (corners) this.map.fitBounds(corners, { animate, padding: [40, 50], maxZoom: code.length === 15 ? 16 : 17 });
  }
}
