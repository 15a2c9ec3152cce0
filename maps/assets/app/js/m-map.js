// The light map: my grids and those around them, a touch sets a pin. Leaflet comes when it is asked for.
/* global L */

import { address, get } from "./api.js";
import { el } from "./dom.js";
import { token } from "./theme.js";

const LEAFLET = "/static/vendor/leaflet/dist/leaflet";
let loading = null;

function loadLeaflet() {
  loading ??= new Promise((resolve, reject) => {
    const script = el("script", { src: `${LEAFLET}.js` });
    script.onload = resolve;
    script.onerror = () => {
      loading = null;
      reject(new Error("地图没有加载出来，请在有网络的地方再试。"));
    };
    document.head.append(el("link", { rel: "stylesheet", href: `${LEAFLET}.css` }), script);
  });
  return loading;
}

/** Put a map into `target`; `onPoint` takes a touch, `points` are reports to show. */
export async function openMap(target, start, { onPoint = null, points = [] } = {}) {
  await loadLeaflet();
  const box = el("div", { class: "m-map", role: "application", "aria-label": onPoint ? "点一下，放下位置" : "我的网格" });
  target.replaceChildren(onPoint ? el("p", { class: "field-hint" }, "点一下地图，放下位置。") : null ?? "", box);
  const map = L.map(box, { attributionControl: false, zoomControl: true, zoomSnap: 0.5 });
  const bounds = start.box ? [[start.box[1], start.box[0]], [start.box[3], start.box[2]]] : [[40.1, 109.9], [40.9, 111.2]];
  map.fitBounds(bounds, { padding: [16, 16] });
  await drawGrids(map, start);
  for (const { position, number } of points) {
    if (position) L.circleMarker([position.lat, position.lon], { radius: 8, weight: 2, color: token("--text"), fillColor: token("--light-orange"), fillOpacity: 0.9 }).addTo(map).bindTooltip(el("span", null, number));
  }
  if (onPoint) takePoints(map, onPoint);
  box.dataset.ready = "yes";
  return map;
}

async function drawGrids(map, start) {
  const own = new Set(start.own.map(({ code }) => code));
  const around = new Set([...start.own, ...start.neighbours, ...start.village].map(({ code }) => code.slice(0, 12)));
  for (const within of [...around].slice(0, 8)) {
    const shapes = await get(address("/v1/areas.geojson", { level: "grid", within }));
    L.geoJSON(shapes, {
      style: ({ properties: { code } }) =>
        own.has(code)
          ? { color: token("--accent"), weight: 3, fillColor: token("--accent"), fillOpacity: 0.16 }
          : { color: token("--map-grid-line-near"), weight: 1, fillColor: token("--map-land"), fillOpacity: 0.5 },
      onEachFeature: ({ properties }, layer) => layer.bindTooltip(el("span", null, properties.name), { sticky: true }),
    }).addTo(map);
  }
}

function takePoints(map, onPoint) {
  let marker = null;
  map.on("click", ({ latlng }) => {
    marker?.remove();
    marker = L.circleMarker(latlng, { radius: 10, weight: 3, color: token("--map-select") }).addTo(map);
    onPoint(latlng);
  });
}
