// Turn a metric and a level into a colour step for every grid.

import { classify, rampStep } from "./classes.js";
import { CODE_LENGTHS } from "./coverage.js";
import { number } from "./format.js";
import { LEVELS, LEVEL_WORDS } from "./words.js";

const METRICS = {
  open: { title: "在办件", unit: "件" },
  rate: { title: "每千户件数", unit: "件／千户" },
  households: { title: "户数", unit: "户" },
};

const CHANGED_STEP = 4; // in the history view: what its revision changed

/** The level that colours the map: the chosen one, else the level below the place. */
export function levelFor(place, chosen, data) {
  return chosen ?? LEVELS[LEVELS.indexOf(data.levelOf(place)) + 1] ?? "grid";
}

/** Work out the colouring of the whole county, so that colours mean the same wherever one looks. */
export function colouring(data, { layer, by, at }) {
  const level = levelFor(at, by, data);
  const metric = data.countsError && data.countsAt === null ? null : METRICS[layer] ?? null;
  const codes = data.codesAt(level);
  const classified = classify(codes.map((code) => data.valueOf(layer, code)));
  const steps = new Map(codes.map((code) => [code, stepOf(data.valueOf(layer, code), classified)]));
  const length = CODE_LENGTHS[level];
  return {
    level,
    classified,
    stepOf: data.past ? (gridCode) => (data.changed.has(gridCode) ? CHANGED_STEP : null) : metric ? (gridCode) => steps.get(gridCode.slice(0, length)) : () => null,
    valueOf: (code) => {
      const value = metric ? data.valueOf(layer, code) : undefined;
      return value === undefined ? "" : number(value);
    },
    legend: { title: data.past ? null : metric?.title ?? null, unit: metric?.unit, areaWord: LEVEL_WORDS[level] },
  };
}

function stepOf(value, classified) {
  const step = classified.stepOf(value);
  return step === null ? 0 : rampStep(step, classified.classes.length);
}
