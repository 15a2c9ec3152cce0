// Five steps of one hue from real numbers.

export const STEPS = 5;

/**
 * Sort values into at most five classes of about equal size.
 * Nothing to do (0) is a class of its own when it occurs, so that "none" never looks like "few".
 * Returns {classes: [{from, to, count}], stepOf(value) -> 0…4 or null}.
 */
export function classify(values) {
  const known = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  const zeros = known.filter((value) => value === 0).length;
  const rest = known.slice(zeros);
  const wanted = zeros ? STEPS - 1 : STEPS;
  const tops = quantileTops(rest, wanted);
  const bounds = zeros ? [0, ...tops] : tops;
  const stepOf = (value) => {
    if (!Number.isFinite(value)) return null;
    const step = bounds.findIndex((top) => value <= top);
    return step < 0 ? bounds.length - 1 : step;
  };
  const classes = bounds.map(() => ({ from: Infinity, to: -Infinity, count: 0 }));
  for (const value of known) {
    const item = classes[stepOf(value)];
    item.from = Math.min(item.from, value);
    item.to = Math.max(item.to, value);
    item.count += 1;
  }
  return { classes, stepOf, missing: values.length - known.length };
}

function quantileTops(sorted, wanted) {
  const distinct = [...new Set(sorted)];
  if (distinct.length <= wanted) return distinct;
  const tops = [];
  for (let i = 1; i <= wanted; i += 1) {
    const top = sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * i) / wanted) - 1)];
    if (top !== tops.at(-1)) tops.push(top);
  }
  return tops;
}

/** Spread fewer than five classes over the ramp, the last always the strongest. */
export function rampStep(step, count) {
  if (count >= STEPS) return step + 1;
  return count === 1 ? 3 : Math.round(1 + (step * (STEPS - 1)) / (count - 1));
}
