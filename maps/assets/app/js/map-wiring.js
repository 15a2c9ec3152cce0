// Connect the map, the keyboard and the address bar with the overview.

import { HoverTip } from "./hover-tip.js";
import { byId } from "./dom.js";
import { drillTarget } from "./viewing.js";

export function wireMap(overview) {
  const { map } = overview;
  map.getContainer().setAttribute("aria-label", "地图，方向键移动，加减号缩放；同样的内容在旁边的清单里");
  map.on("click", (event) => overview.clickAt(event.latlng));
  map.on("moveend", () => overview.remember(false));
  window.wanggeMap.reports.on("animationend", () => overview.names.repaint());
  map.on("zoomend", () => requestAnimationFrame(() => overview.names.repaint()));
  new HoverTip({ box: byId("tip"), map, data: overview.data, onHover: (code) => overview.hover(code), targetOf: (grid) => (overview.data.past ? grid.code : drillTarget(map, overview.state.at, grid)) });
  window.addEventListener("hashchange", () => overview.followAddress());
  window.addEventListener("popstate", () => overview.followAddress());
  document.addEventListener("themechange", () => {
    overview.recolour();
    overview.remember(false);
  });
  document.addEventListener("keydown", (event) => key(overview, event));
}

function key(overview, event) {
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") overview.goUp();
  const code = /^[1-9]$/.test(event.key) ? overview.outlines.candidates[Number(event.key) - 1] : null;
  if (code) overview.fit(code);
}
