// The county at past and coming instants: revisions, and one coverage for each, read as differences.

import { address, get } from "./api.js";
import { Coverage } from "./coverage.js";
import { revisionAt } from "./history-time.js";

const MOST_KEPT = 16;

export class HistoryData {
  constructor() {
    this.revisions = [];
    this.forget();
  }

  /** After a publication: everything is read anew. */
  forget() {
    this.base = null; // {revision, coverage}: the first one read, whole
    this.kept = new Map();
  }

  async load() {
    const answer = await get("/v1/revisions");
    this.revisions = answer.items;
    this.now = answer.now;
    this.inForce = answer.items.find((item) => item.revision === answer.in_force);
  }

  at(instant) {
    return revisionAt(this.revisions, instant);
  }

  /** The coverage of a revision: the first is read whole, the others as what differs from it. */
  async coverageOf(revision) {
    const known = this.kept.get(revision.revision);
    if (known) {
      this.kept.delete(revision.revision); // to the end: the ones used last stay
      this.kept.set(revision.revision, known);
      return known;
    }
    const { base } = this;
    const collection = await get(address("/v1/areas.geojson", { level: "grid", at: revision.effective_at, since: base?.revision.effective_at }));
    const coverage = base ? base.coverage.changed(collection.features, collection.gone) : new Coverage(collection);
    this.base ??= { revision, coverage };
    this.kept.set(revision.revision, coverage);
    if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value);
    return coverage;
  }

  /** What a revision changed: codes with other land or new, and codes that ended; nothing for the first. */
  async changesOf(revision) {
    const before = this.revisions[this.revisions.indexOf(revision) - 1];
    if (!before) return { changed: new Set(), ended: [] };
    return changesBetween(await this.coverageOf(before), await this.coverageOf(revision));
  }
}

export function changesBetween(before, after) {
  const isChanged = (grid) => {
    const old = before.byCode.get(grid.code);
    return !old || (old !== grid && !sameLand(old.rings, grid.rings));
  };
  return {
    changed: new Set(after.grids.filter(isChanged).map((grid) => grid.code)),
    ended: before.grids.filter((grid) => !after.byCode.has(grid.code)).map((grid) => grid.code),
  };
}

const LATTICE = 1e-8; // degrees: a node put on a border lies within a step of it

/** Whether two shapes differ only by nodes on their borders, put there for a neighbour's sake. */
export function sameLand(before, after) {
  const [few, many] = [nodesOf(before), nodesOf(after)].sort((a, b) => a.size - b.size);
  if ([...few].some((node) => !many.has(node))) return false;
  return Math.abs(signedArea(before) - signedArea(after)) <= 2 * LATTICE * Math.max(length(before), length(after));
}

function nodesOf(rings) {
  const nodes = new Set();
  for (const { degrees } of rings) for (let i = 0; i < degrees.length; i += 2) nodes.add(`${degrees[i]},${degrees[i + 1]}`);
  return nodes;
}

function sum(rings, ofEdge) {
  const [west, south] = rings[0].degrees; // near the shape, so that no digit is lost
  let total = 0;
  for (const { degrees } of rings) {
    for (let i = 0; i + 3 < degrees.length; i += 2) total += ofEdge(degrees[i] - west, degrees[i + 1] - south, degrees[i + 2] - west, degrees[i + 3] - south);
  }
  return total;
}

function signedArea(rings) {
  return sum(rings, (x1, y1, x2, y2) => (x1 * y2 - x2 * y1) / 2);
}

function length(rings) {
  return sum(rings, (x1, y1, x2, y2) => Math.hypot(x2 - x1, y2 - y1));
}
