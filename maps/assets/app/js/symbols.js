// Draw a report: the shape and its edge say the light, the inside says the state.

import { svg } from "./dom.js";
import { LIGHTS, LIGHT_WORDS, STATUS_WORDS, isDoubtful, stateOf, word } from "./words.js";

const SHAPES = {
  blue: () => svg("circle", { cx: 12, cy: 12, r: 7.5 }),
  yellow: () => svg("path", { d: "M12 3.2 21 19.2H3Z", "stroke-linejoin": "round" }),
  orange: () => svg("path", { d: "M12 2.4 21.6 12 12 21.6 2.4 12Z", "stroke-linejoin": "round" }),
  red: () => svg("rect", { x: 4, y: 4, width: 16, height: 16, rx: 1.5 }),
  paused: () => svg("rect", { x: 5, y: 7, width: 14, height: 10, rx: 5 }),
};

function lightOf(report) {
  return LIGHTS.includes(report.light) ? report.light : "blue";
}

/** An SVG symbol of a report, `size` pixels wide. */
export function reportSymbol(report, size = 22) {
  const light = lightOf(report);
  const shape = SHAPES[light]();
  shape.setAttribute("class", `report-shape light-${light} ${report.plain ? `solid-${light}` : `state-${stateOf(report)}`}`);
  const sign = !report.plain && isDoubtful(report) ? svg("text", { class: "report-sign", x: 12, y: light === "yellow" ? 14 : 12.4 }, "?") : null;
  return svg("svg", { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" }, svg("circle", { class: "report-ring", cx: 12, cy: 12, r: 14 }), shape, sign);
}

/** A disc with the number of reports and the sign of the worst light among them. */
export function clusterSymbol(count, worst, size) {
  const shape = SHAPES[worst]();
  shape.setAttribute("class", `cluster-shape light-${worst} solid-${worst}`);
  return svg(
    "svg",
    { viewBox: "0 0 44 44", width: size, height: size, "aria-hidden": "true" },
    svg("circle", { class: "cluster-disc", cx: 22, cy: 22, r: 17 }),
    svg("text", { class: "cluster-count", x: 22, y: 22.5 }, String(count)),
    svg("g", { transform: "translate(27 1) scale(.62)" }, shape),
  );
}

export function worstLight(reports) {
  const order = ["paused", "blue", "yellow", "orange", "red"];
  return reports.reduce((worst, report) => (order.indexOf(lightOf(report)) > order.indexOf(worst) ? lightOf(report) : worst), "blue");
}

/** One line for a title or a list: number, category, state, light. */
export function reportLine(report) {
  const light = LIGHT_WORDS[lightOf(report)];
  return [report.number, report.category_name, word(STATUS_WORDS, report.status), `${light.sign}${light.word}`].filter(Boolean).join(" · ");
}
