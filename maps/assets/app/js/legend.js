// The legend: real numbers, a number and a texture for each step, and how many areas have it.

import { STEPS, rampStep } from "./classes.js";
import { el } from "./dom.js";
import { number } from "./format.js";
import { token } from "./theme.js";
import { LIGHTS, LIGHT_WORDS } from "./words.js";
import { reportSymbol } from "./symbols.js";

/** Lines per texture cell: the higher the step, the denser. */
const TEXTURES = {
  0: [[0, 8, 8, 8]],
  1: [],
  2: "dots",
  3: [[0, 10, 10, 0]],
  4: [[0, 10, 10, 0], [-5, 5, 5, -5], [5, 15, 15, 5]],
  5: [[0, 10, 10, 0], [0, 0, 10, 10]],
};

/** A repeating texture for a ramp step, null when the step has none. */
export function patternFor(context, step, ratio = 1) {
  const texture = TEXTURES[step];
  if (!texture?.length) return null;
  const size = step === 0 ? 8 : 10;
  const cell = document.createElement("canvas");
  cell.width = cell.height = size * ratio;
  const pen = cell.getContext("2d");
  pen.scale(ratio, ratio);
  pen.strokeStyle = pen.fillStyle = token("--map-pattern");
  pen.lineWidth = 1;
  if (texture === "dots") {
    pen.fillRect(2, 2, 1.6, 1.6);
    pen.fillRect(7, 7, 1.6, 1.6);
  } else {
    for (const [x1, y1, x2, y2] of texture) {
      pen.beginPath();
      pen.moveTo(x1, y1);
      pen.lineTo(x2, y2);
      pen.stroke();
    }
  }
  const pattern = context.createPattern(cell, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern;
}

function swatch(step, patterned) {
  const canvas = el("canvas", { class: "swatch", width: 56, height: 36, "aria-hidden": "true" });
  const pen = canvas.getContext("2d");
  pen.fillStyle = step ? token(`--ramp-${step}`) : token("--no-data");
  pen.fillRect(0, 0, 56, 36);
  const pattern = patterned ? patternFor(pen, step, 2) : null;
  if (pattern) {
    pen.scale(2, 2);
    pen.fillStyle = pattern;
    pen.fillRect(0, 0, 28, 18);
  }
  return canvas;
}

function rangeText({ from, to }) {
  return from === to ? number(from) : `${number(from)}–${number(to)}`;
}

/** Write the legend of the present colouring; title null means: not coloured. */
export function showLegend(target, { title, unit, areaWord, classified, patterned, points }) {
  const parts = [];
  if (title) {
    const { classes, missing } = classified;
    parts.push(el("h3", null, `${title}（${unit}）`));
    parts.push(
      el(
        "ul",
        { class: "legend-steps" },
        classes.map((item, index) => {
          const step = rampStep(index, Math.min(classes.length, STEPS));
          return el("li", null, swatch(step, patterned), el("b", null, String(index + 1)), el("span", { class: "legend-range" }, rangeText(item)), el("span", { class: "legend-count" }, `${item.count}个${areaWord}`));
        }),
        missing ? el("li", null, swatch(0, patterned), el("b", null, "–"), el("span", { class: "legend-range" }, "无数据"), el("span", { class: "legend-count" }, `${missing}个${areaWord}`)) : null,
      ),
    );
  }
  if (points) parts.push(...pointsLegend());
  target.replaceChildren(...parts);
}

function pointsLegend() {
  const states = [
    ["awaiting_decision", "待研判"],
    ["assigned", "待签收"],
    ["accepted", "办理中"],
  ];
  return [
    el("h3", null, "诉求：内部看状态，形状看时限"),
    el("ul", { class: "legend-points" }, states.map(([status, label]) => el("li", null, reportSymbol({ status, light: "blue" }, 18), el("span", null, label)))),
    el(
      "ul",
      { class: "legend-points" },
      LIGHTS.slice(0, 4).map((light) => el("li", null, reportSymbol({ status: "accepted", light, plain: true }, 18), el("span", null, `${LIGHT_WORDS[light].colour} ${LIGHT_WORDS[light].word}`))),
    ),
  ];
}
