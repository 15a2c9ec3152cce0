// Where the map looks, and what a click on it means.

import { CODE_LENGTHS } from "./coverage.js";

const CLOSE_ZOOM = 14.5; // near enough to tell one grid from the next
const DIRECT_GRID_PX = 90; // a grid this wide on the screen is meant when it is clicked

/** Bring an area into view, with room for the breadcrumb above it. */
export function fitArea(map, corners, code, animate = true) {
  if (!corners) return;
  const room = map.getSize();
  const margin = Math.max(14, Math.min(room.x, room.y) * 0.03);
  const maxZoom = code.length === CODE_LENGTHS.grid ? 16 + Math.log2(Math.max(1, Math.min(room.x, room.y) / 500)) : 17; // neighbours stay in view
  map.fitBounds(corners, { animate, duration: 0.35, paddingTopLeft: [margin, margin + 24], paddingBottomRight: [margin, margin], maxZoom });
}

/** Bring a report and the corners of its candidate grids into view; false when it has no place. */
export function fitReport(map, at, candidateCorners) {
  const corners = at ? [...candidateCorners, [at.lat, at.lon]] : candidateCorners;
  if (corners.length > 1) map.fitBounds(corners, { animate: true, maxZoom: 16, padding: [50, 50] });
  else if (at && (map.getZoom() < CLOSE_ZOOM || !map.getBounds().pad(-0.1).contains(corners[0]))) {
    map.setView(corners[0], Math.max(map.getZoom(), CLOSE_ZOOM), { animate: true });
  }
  return corners.length > 0;
}

export function isLarge(map, grid) {
  return (grid.box.right - grid.box.left) * 2 ** map.getZoom() >= DIRECT_GRID_PX && map.getZoom() >= 13;
}

/** One level below what the place and the clicked grid share; a large grid is taken at once. */
export function drillTarget(map, place, grid) {
  if (isLarge(map, grid)) return grid.code;
  let shared = place;
  while (!grid.code.startsWith(shared) || shared.length === CODE_LENGTHS.grid) shared = shared.slice(0, -3);
  return grid.code.slice(0, shared.length + 3);
}

/** What lies over the map, as middle and size in layer pixels: names keep clear of it, too. */
export function coveredParts(map) {
  const frame = map.getContainer().getBoundingClientRect();
  const stage = map.getContainer().parentElement;
  return [...stage.querySelectorAll(".leaflet-control-scale, .leaflet-control-zoom, .crumbs")].map((part) => {
    const box = part.getBoundingClientRect();
    const { x, y } = map.containerPointToLayerPoint([box.left + box.width / 2 - frame.left, box.top + box.height / 2 - frame.top]);
    return { x, y, width: box.width, height: box.height };
  });
}
