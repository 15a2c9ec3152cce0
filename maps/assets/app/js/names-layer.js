// Names on the map: placed inside their area, when they fit, never over another name.

import { CanvasPane } from "./canvas-pane.js";
import { CODE_LENGTHS } from "./coverage.js";
import { token } from "./theme.js";

const SCANS = 9;
const GRID_NAMES_FROM_ZOOM = 13.25; // a grid's number means nothing before its village has a name
const NARROW_PX = 480;

/** The middle of the widest stretch inside one area, in world pixels. */
export function anchorOf(coverage, code) {
  return widestStretch(coverage.boxes.get(code), coverage.outlineOf(code).map((arc) => arc.points));
}

/** Where names stand: for each area of a level, the middle of its widest stretch. */
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
  /** coverage, nameOf(code), valueOf(code) -> text or "", level whose values are shown, place, obstacles() -> boxes in layer pixels. */
  setContent(content) {
    if (content.coverage !== this.content?.coverage) {
      this.anchors = Object.fromEntries(TIERS.map(({ level }) => [level, anchorsOf(content.coverage, CODE_LENGTHS[level])]));
    }
    this.content = content;
    this.repaint();
  },

  paint(context, view) {
    if (!this.content) return;
    const taken = this.content.obstacles().map(({ x, y, width, height }) => boxAround(x - this._bounds.min.x, y - this._bounds.min.y, width, height));
    const base = Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--size-0")) + 1;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = token("--map-halo");
    context.fillStyle = token("--map-name");
    this.font = token("--font");
    for (const tier of TIERS) this.paintTier(context, view, tier, base, taken);
  },

  paintTier(context, view, tier, base, taken) {
    const { nameOf, valueOf, valueLevel, place } = this.content;
    if (tier.level === "grid" && Math.log2(view.scale) < GRID_NAMES_FROM_ZOOM) return;
    const narrow = view.width < NARROW_PX;
    const size = base + (narrow ? Math.min(tier.grow, 0) : tier.grow);
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
    context.font = `${tier.weight} ${size}px ${this.font}`;
    for (const anchor of fitting) {
      const value = valueLevel === tier.level && !narrow ? valueOf(anchor.code) : "";
      const lines = value ? [shortName(nameOf(anchor.code)), value] : [shortName(nameOf(anchor.code))];
      const width = Math.max(...lines.map((line) => context.measureText(line).width));
      if (!tier.must && width > anchor.room * 0.96) continue;
      context.globalAlpha = anchor.code.startsWith(place) || place.startsWith(anchor.code) ? 1 : 0.6;
      this.place(context, view, anchor, { lines, width, lineHeight: size * 1.25, must: tier.must }, taken);
      context.globalAlpha = 1;
    }
  },

  place(context, view, anchor, { lines, width, lineHeight, must }, taken) {
    const height = lines.length * lineHeight;
    const roomy = must || (anchor.room > width * 1.5 && anchor.height * view.scale > height * 3);
    const spots = must ? this.spotsIn(anchor.code, view, width, height) : roomy ? NEAR_SPOTS.map((down) => [0, down * height]) : [[0, 0]];
    const box = spots
      .map(([right, down]) => boxAround(anchor.px + right, anchor.py + down, width, height))
      .find((each) => !taken.some((other) => meet(each, other)) && this.isInside(anchor.code, each, view));
    if (!box) return;
    taken.push(box);
    lines.forEach((line, index) => {
      const x = (box.left + box.right) / 2;
      const y = (box.top + box.bottom) / 2 + (index - (lines.length - 1) / 2) * lineHeight;
      context.strokeText(line, x, y);
      context.fillText(line, x, y);
    });
  },

  /** Steps away from the anchor, the nearest first, as far as the area reaches on the screen. */
  spotsIn(code, view, width, height) {
    const area = this.content.coverage.boxes.get(code);
    const reach = { x: Math.min(((area.right - area.left) * view.scale) / 2, 4 * width), y: Math.min(((area.bottom - area.top) * view.scale) / 2, 8 * height) };
    const spots = [];
    for (let right = 0; right <= reach.x; right += width / 4) {
      for (let down = 0; down <= reach.y; down += height / 3) {
        spots.push([right, down], [-right, down], [right, -down], [-right, -down]);
      }
    }
    return spots.sort((a, b) => Math.hypot(a[0], 2 * a[1]) - Math.hypot(b[0], 2 * b[1]));
  },

  isInside(code, box, view) {
    const x = ((box.left + box.right) / 2 + view.originX) / view.scale;
    const y = ((box.top + box.bottom) / 2 + view.originY) / view.scale;
    return this.content.coverage.gridAtWorld(x, y)?.code.startsWith(code) ?? false;
  },
});

/** Where a name may move to when a report lies on it, in its own heights. */
const NEAR_SPOTS = [0, -0.8, 0.8, -1.6, 1.6];

function boxAround(x, y, width, height) {
  return { left: x - width / 2 - 3, right: x + width / 2 + 3, top: y - height / 2 - 1, bottom: y + height / 2 + 1 };
}

function meet(a, b) {
  return a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
}

/** "振华社区第三网格" inside its own community reads 第三网格. */
function shortName(name) {
  const match = /第[一二三四五六七八九十百]+网格$/.exec(name);
  return match ? match[0] : name;
}
