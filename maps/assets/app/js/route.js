// The address bar keeps place, time, layer, level, view, report and theme, so that a view can be sent.

import { isInstant } from "./history-time.js";

const KEYS = ["at", "time", "layer", "by", "view", "report", "theme"];

/** Read the state from the address; unknown values are dropped. */
export function readRoute() {
  const given = new URLSearchParams(location.hash.slice(1));
  const route = {};
  for (const key of KEYS) {
    const value = given.get(key);
    if (value) route[key] = value;
  }
  if (!/^\d{6}$|^\d{9}$|^\d{12}$|^\d{15}$/.test(route.at ?? "")) delete route.at;
  if (!isInstant(route.time)) delete route.time;
  if (!["open", "rate", "households", "none"].includes(route.layer)) delete route.layer;
  if (!["township", "community", "grid"].includes(route.by)) delete route.by;
  if (!/^[\w-]{1,64}$/.test(route.report ?? "")) delete route.report;
  if (!["dark", "light"].includes(route.theme)) delete route.theme;
  route.view = readView(route.view);
  return route;
}

function readView(text) {
  const [zoom, lat, lon] = (text ?? "").split("/").map(Number);
  if (![zoom, lat, lon].every(Number.isFinite)) return null;
  if (zoom < 0 || zoom > 22 || Math.abs(lat) > 85 || Math.abs(lon) > 180) return null;
  return { zoom, lat, lon };
}

export function viewText(map) {
  const centre = map.getCenter();
  return `${Number(map.getZoom().toFixed(2))}/${centre.lat.toFixed(5)}/${centre.lng.toFixed(5)}`;
}

/** Write the state; a new place is a new entry in the history, a moved view is not. */
export function writeRoute(state, { push = false } = {}) {
  const query = new URLSearchParams();
  for (const key of KEYS) if (state[key]) query.set(key, state[key]);
  const hash = `#${query.toString().replaceAll("%2F", "/").replaceAll("%3A", ":")}`;
  if (hash === location.hash) return;
  history[push ? "pushState" : "replaceState"](null, "", hash);
}
