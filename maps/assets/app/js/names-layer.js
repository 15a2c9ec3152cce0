// Names on the map: placed inside their area, when they fit, never over another name.

import { CanvasPane } from "./canvas-pane.js";
import { CODE_LENGTHS } from "./coverage.js";
import { token } from "./theme.js";

const SCANS = 9;

/** Where a name stands: the middle of the widest stretch inside the area, in world pixels. */
export function anchorsOf(coverage, length) {
  const outlines = new Map();
  for (const arc of coverage.arcs) {
    const left = arc.left.slice(0, length);
    const right = arc.right.slice(0, length);
    if (left === right) continue;
    for (const code of [left, right]) {
      if (!code) continue;
      if (!outlines.has(code)) outlines.set(code, []);
      outlines.get(code).push(arc.points);
    }
  }
  const anchors = [];
  for (const [code, lines] of outlines) anchors.push({ code, ...widestStretch(coverage.boxes.get(code), lines) });
  return anchors;
}

function widestStretch(box, lines) {
  let best = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2, width: 0, score: -1 };
  const height = box.bottom - box.top;
  for (let scan = 1; scan <= SCANS; scan += 1) {
    const y = box.top + (height * scan) / (SCANS + 1);
    const crossings = crossingsAt(lines, y);
    const central = 1 - Math.abs(scan / (SCANS + 1) - 0.5);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const width = crossings[i + 1] - crossings[i];
      if (width * central > best.score) {
        best = { x: (crossings[i] + crossings[i + 1]) / 2, y, width, score: width * central };
      }
    }
  }
  return { x: best.x, y: best.y, width: best.width, height };
}

function crossingsAt(lines, y) {
  const found = [];
  for (const points of lines) {
    for (let i = 0; i + 3 < points.length; i += 2) {
      const y1 = points[i + 1];
      const y2 = points[i + 3];
      if (y1 > y !== y2 > y) found.push(points[i] + ((points[i + 2] - points[i]) * (y - y1)) / (y2 - y1));
    }
  }
  return found.sort((a, b) => a - b);
}

const TIERS = [
  { level: "township", weight: 700, grow: 2, must: true, tooWide: 2600 },
  { level: "community", weight: 500, grow: 0, must: false, tooWide: 2600 },
  { level: "grid", weight: 400, grow: -1, must: false, tooWide: Infinity },
];

export const NamesLayer = CanvasPane.extend({
  /** coverage, nameOf(code), valueOf(code) -> text or "", level whose values are shown, place. */
  setContent(content) {
    if (content.coverage !== this.content?.coverage) {
      this.anchors = Object.fromEntries(TIERS.map(({ level }) => [level, anchorsOf(content.coverage, CODE_LENGTHS[level])]));
    }
    this.content = content;
    this.repaint();
  },

  paint(context, view) {
    if (!this.content) return;
    const taken = [];
    const base = Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--size-0")) + 1;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const tier of TIERS) this.paintTier(context, view, tier, base, taken);
  },

  paintTier(context, view, tier, base, taken) {
    const { nameOf, valueOf, valueLevel, place } = this.content;
    const size = base + tier.grow;
    const fitting = [];
    for (const anchor of this.anchors[tier.level]) {
      const x = anchor.x * view.scale - view.originX;
      const y = anchor.y * view.scale - view.originY;
      const room = anchor.width * view.scale;
      if (x < 0 || y < 0 || x > view.width || y > view.height || room > tier.tooWide) continue;
      if (!tier.must && (room < size * 2.4 || anchor.height * view.scale < size * 1.5)) continue;
      fitting.push({ ...anchor, px: x, py: y, room });
    }
    fitting.sort((a, b) => Number(b.code.startsWith(place)) - Number(a.code.startsWith(place)) || b.room - a.room);
    context.font = `${tier.weight} ${size}px ${token("--font")}`;
    for (const anchor of fitting) {
      const value = valueLevel === tier.level ? valueOf(anchor.code) : "";
      const lines = value ? [shortName(nameOf(anchor.code)), value] : [shortName(nameOf(anchor.code))];
      const width = Math.max(...lines.map((line) => context.measureText(line).width));
      if (!tier.must && width > anchor.room * 0.96) continue;
      this.place(context, anchor, lines, width, size * 1.25, taken);
    }
  },

  place(context, anchor, lines, width, lineHeight, taken) {
    const height = lines.length * lineHeight;
    const box = { left: anchor.px - width / 2 - 3, right: anchor.px + width / 2 + 3, top: anchor.py - height / 2 - 1, bottom: anchor.py + height / 2 + 1 };
    if (taken.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top)) return;
    taken.push(box);
    context.strokeStyle = token("--map-halo");
    context.fillStyle = token("--map-name");
    context.lineWidth = 3.5;
    lines.forEach((line, index) => {
      const y = anchor.py + (index - (lines.length - 1) / 2) * lineHeight;
      context.strokeText(line, anchor.px, y);
      context.fillText(line, anchor.px, y);
    });
  },
});

/** "振华社区第三网格" inside its own community reads 第三网格. */
function shortName(name) {
  const match = /第[一二三四五六七八九十百]+网格$/.exec(name);
  return match ? match[0] : name;
}
