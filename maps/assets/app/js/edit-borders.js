// Find the border line under the pointer, and say where a shape of GeoJSON lies.

import { worldX, worldY } from "./coverage.js";

/** The inner border nearest to a point, within `reach` world pixels; null when there is none. */
export function nearestBorder(arcs, lon, lat, reach) {
  const x = worldX(lon);
  const y = worldY(lat);
  let best = null;
  let least = reach;
  for (const arc of arcs) {
    if (!arc.right || x < arc.box.left - reach || x > arc.box.right + reach || y < arc.box.top - reach || y > arc.box.bottom + reach) continue;
    const away = distanceToLine(arc.points, x, y);
    if (away <= least) {
      least = away;
      best = arc;
    }
  }
  return best;
}

function distanceToLine(points, x, y) {
  let least = Infinity;
  for (let i = 0; i + 3 < points.length; i += 2) {
    const dx = points[i + 2] - points[i];
    const dy = points[i + 3] - points[i + 1];
    const length = dx * dx + dy * dy;
    const along = length ? Math.min(1, Math.max(0, ((x - points[i]) * dx + (y - points[i + 1]) * dy) / length)) : 0;
    least = Math.min(least, Math.hypot(points[i] + along * dx - x, points[i + 1] + along * dy - y));
  }
  return least;
}

/** The corners [[south, west], [north, east]] of GeoJSON coordinates of any depth; null for none. */
export function cornersOf(geometry) {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  const visit = (part) => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === "number") {
      box.west = Math.min(box.west, part[0]);
      box.east = Math.max(box.east, part[0]);
      box.south = Math.min(box.south, part[1]);
      box.north = Math.max(box.north, part[1]);
    } else part.forEach(visit);
  };
  if (geometry?.type === "GeometryCollection") for (const member of geometry.geometries) visit(member.coordinates);
  else visit(geometry?.coordinates);
  return Number.isFinite(box.west) ? [[box.south, box.west], [box.north, box.east]] : null;
}

const LATTICE = 1e-8; // degrees; a node that enters a border lies within a step or two of it

/** The stretches of old border lines that no grid of the new boundaries has any more. */
export function goneLines(arcs, rings) {
  const onward = new Map();
  for (const { world } of rings) {
    for (let i = 0; i + 3 < world.length; i += 2) {
      link(onward, world[i], world[i + 1], world[i + 2], world[i + 3]);
      link(onward, world[i + 2], world[i + 3], world[i], world[i + 1]);
    }
  }
  const gone = [];
  for (const { points, box } of arcs) {
    let start = null;
    for (let i = 0; i + 3 < points.length; i += 2) {
      const kept = isKept(onward, points[i], points[i + 1], points[i + 2], points[i + 3]);
      if (!kept && start === null) start = i;
      if (start !== null && (kept || i + 5 >= points.length)) {
        gone.push({ points: points.slice(start, kept ? i + 2 : i + 4), box });
        start = null;
      }
    }
  }
  return gone;
}

const STEP = (LATTICE * 256) / 360; // one step of the lattice in world pixels

function link(onward, fromX, fromY, toX, toY) {
  const key = `${fromX},${fromY}`;
  if (!onward.has(key)) onward.set(key, []);
  onward.get(key).push([toX, toY]);
}

/** Whether the new lines lead straight from one end to the other, over nodes put in between too. */
function isKept(onward, x, y, endX, endY) {
  const whole = [x, y, endX, endY];
  let at = [x, y];
  for (let steps = 0; steps < 50; steps += 1) {
    const left = Math.hypot(endX - at[0], endY - at[1]);
    const next = (onward.get(at.join(",")) ?? []).find(([nextX, nextY]) => Math.hypot(endX - nextX, endY - nextY) < left && distanceToLine(whole, nextX, nextY) < 3 * STEP);
    if (!next) return false;
    if (next[0] === endX && next[1] === endY) return true;
    at = next;
  }
  return false;
}
