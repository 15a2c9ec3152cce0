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
