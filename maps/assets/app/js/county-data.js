// What the pages know about the county: shapes, names, counts. Fetched once, counts again when told.

import { address, get } from "./api.js";
import { CODE_LENGTHS, Coverage } from "./coverage.js";
import { LEVELS } from "./words.js";

export class CountyData {
  /** `scope` is the area whose reports the reader may count; elsewhere nothing is known. */
  constructor(county, scope = county.code) {
    this.county = county;
    this.scope = scope;
    this.names = new Map([[county.code, county.name]]);
    this.areas = new Map();
    this.counts = { county: new Map(), township: new Map(), community: new Map(), grid: new Map() };
    this.countsAt = null; // when the counts that are shown were read
    this.countsError = null;
    this.progress = null; // how much of the county is on the map
    this.present = null;
    this.past = null; // the coverage of another time, while the page shows one
    this.changed = new Set(); // and the grids that its revision changed
  }

  /** The boundaries that the page shows. */
  get coverage() {
    return this.past ?? this.present;
  }

  /** Show the boundaries of another time; null leads back to the present. */
  setPast(coverage, changed = new Set()) {
    this.past = coverage;
    this.changed = changed;
    for (const grid of coverage?.grids ?? []) this.names.set(grid.code, grid.name);
  }

  async loadShapes() {
    const collection = await get("/v1/areas.geojson?level=grid");
    this.present = new Coverage(collection);
    for (const grid of this.present.grids) this.names.set(grid.code, grid.name);
  }

  async loadNames() {
    const [progress] = await Promise.all([get("/v1/areas/progress"), ...["township", "community"].map((level) => this.loadLevel(level))]);
    this.progress = progress;
    for (const unit of progress.townships.flatMap((township) => [township, ...township.missing])) this.names.set(unit.code, unit.name);
  }

  async loadLevel(level) {
    let cursor = null;
    do {
      const page = await get(address("/v1/areas", { level, limit: 500, cursor }));
      for (const area of page.items) {
        this.areas.set(area.code, area);
        this.names.set(area.code, area.name);
      }
      cursor = page.next;
    } while (cursor);
  }

  /** Read the counts of all levels; when that fails, the last ones stay and `countsError` says why. */
  async loadCounts() {
    try {
      const levels = Object.keys(this.counts);
      const answers = await Promise.all(levels.map((level) => get(address("/v1/overview/counts", { level }))));
      levels.forEach((level, index) => {
        this.counts[level] = new Map(answers[index].items.map((item) => [item.code, item]));
      });
      this.countsAt = Date.now();
      this.countsError = null;
    } catch (error) {
      this.countsError = error;
    }
  }

  nameOf(code) {
    return this.names.get(code) ?? code;
  }

  levelOf(code) {
    return Object.keys(CODE_LENGTHS).find((level) => CODE_LENGTHS[level] === code.length);
  }

  /** What is counted is of now: nothing while the page shows another time. */
  countOf(code) {
    if (this.past) return null;
    const item = this.counts[this.levelOf(code)]?.get(code) ?? null;
    if (!item || code.startsWith(this.scope)) return item;
    return { ...item, open: undefined, overdue: undefined, by_status: {} };
  }

  /** The value that colours an area, undefined where nothing is known. */
  valueOf(metric, code) {
    const item = this.countOf(code);
    if (!item) return undefined;
    if (metric === "open") return item.open;
    if (metric === "households") return item.households ?? undefined;
    return item.households > 0 && item.open !== undefined ? Math.round((item.open / item.households) * 10_000) / 10 : undefined;
  }

  codesAt(level) {
    const length = CODE_LENGTHS[level];
    return [...this.coverage.boxes.keys()].filter((code) => code.length === length);
  }

  boxOf(code) {
    return this.coverage?.boxes.get(code) ?? null;
  }

  childrenOf(code) {
    const length = code.length + 3;
    return [...this.coverage.boxes.keys()].filter((child) => child.length === length && child.startsWith(code)).sort();
  }

  /** The codes from the county down to `code`. */
  pathOf(code) {
    return Object.values(CODE_LENGTHS).filter((length) => length <= code.length).map((length) => code.slice(0, length));
  }

  /** What of an area lies with none of the areas below it yet; null when that is nothing or unknown. */
  remainderOf(code) {
    const own = this.countOf(code);
    const level = LEVELS[LEVELS.indexOf(this.levelOf(code)) + 1];
    if (!level || own?.open === undefined) return null;
    const rest = { open: own.open, overdue: own.overdue };
    for (const item of this.counts[level].values()) {
      if (!item.code.startsWith(code)) continue;
      rest.open -= item.open;
      rest.overdue -= item.overdue;
    }
    return rest.open > 0 ? { ...rest, level } : null;
  }

  /** The figures of an area; undefined where nothing is known. */
  figuresOf(code) {
    return { by_status: {}, ...this.countOf(code) };
  }
}
