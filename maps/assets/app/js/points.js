// Open reports on the map: one symbol each, gathered into discs when zoomed out.
/* global L */

import { clusterSymbol, reportLine, reportSymbol, worstLight } from "./symbols.js";
import { token } from "./theme.js";
import { FINISHED } from "./words.js";

const PULSE_MS = 3600;
const SPOTS_FROM_ZOOM = 16;
const SPOT_PX = 2;

/** Symbols are larger on a wall and smaller on a phone. */
function sizeFactor() {
  if (window.innerWidth >= 2400) return 1.55;
  return window.innerWidth < 480 ? 0.8 : 1;
}

/** Near by, only what lies at one spot is gathered: a click then fans it out. */
function clusterRadius(zoom) {
  if (zoom >= SPOTS_FROM_ZOOM) return SPOT_PX;
  return (zoom < 13 ? 64 : 34) * sizeFactor();
}

export class ReportPoints {
  constructor({ map, cluster, onChoose }) {
    this.map = map;
    this.cluster = cluster;
    this.onChoose = onChoose;
    this.items = new Map();
    this.markers = new Map();
    this.chosen = null;
    this.shown = true;
    this.complete = false;
    cluster.options.iconCreateFunction = (group) => this.clusterIcon(group);
    cluster.options.maxClusterRadius = clusterRadius; // holds from the first data on
    const colourLegs = () => {
      cluster.options.spiderLegPolylineOptions = { weight: 1.5, opacity: 0.8, color: token("--map-name") };
    };
    colourLegs();
    document.addEventListener("themechange", colourLegs);
  }

  /** Replace all points; `complete` says that there are no others. */
  replaceAll(items, complete = false) {
    this.complete = complete;
    this.cluster.clearLayers();
    this.items.clear();
    this.markers.clear();
    for (const item of items) this.keep(item);
    this.cluster.addLayers([...this.markers.values()]);
  }

  /** Take in one changed report; returns true when it was not on the map before. */
  upsert(item) {
    const known = this.items.get(item.id);
    const merged = { ...known, ...item };
    const onMap = !FINISHED.has(merged.status) && Number.isFinite(merged.lon) && Number.isFinite(merged.lat);
    if (onMap && known && known.lon === merged.lon && known.lat === merged.lat) {
      this.redraw(merged);
      return false;
    }
    this.remove(item.id);
    if (!onMap) return false;
    this.keep(merged);
    this.cluster.addLayer(this.markers.get(item.id));
    return !known;
  }

  /** Show another state at the same place, without folding up what is fanned out. */
  redraw(item) {
    const marker = this.markers.get(item.id);
    this.items.set(item.id, item);
    marker.report = item;
    marker.options.title = reportLine(item);
    marker.setIcon(this.iconOf(item));
    marker.getElement()?.setAttribute("title", marker.options.title);
    this.cluster.refreshClusters(marker);
  }

  remove(id) {
    const marker = this.markers.get(id);
    if (marker) this.cluster.removeLayer(marker);
    this.markers.delete(id);
    this.items.delete(id);
  }

  keep(item) {
    if (!Number.isFinite(item.lon) || !Number.isFinite(item.lat)) return;
    const marker = L.marker([item.lat, item.lon], { icon: this.iconOf(item), title: reportLine(item), keyboard: false });
    marker.report = item;
    marker.on("click", () => this.onChoose(item.id));
    this.items.set(item.id, item);
    this.markers.set(item.id, marker);
  }

  iconOf(item) {
    const size = Math.round(22 * sizeFactor());
    return L.divIcon({
      html: reportSymbol(item, size),
      className: `report-icon${item.id === this.chosen ? " chosen" : ""}`,
      iconSize: [size, size],
    });
  }

  clusterIcon(group) {
    const reports = group.getAllChildMarkers().map((marker) => marker.report);
    const size = (reports.length < 10 ? 38 : reports.length < 100 ? 44 : 52) * sizeFactor();
    return L.divIcon({ html: clusterSymbol(reports.length, worstLight(reports), size), className: `cluster-icon${reports.some((report) => report.id === this.chosen) ? " chosen" : ""}`, iconSize: [size, size] });
  }

  choose(id) {
    const before = this.chosen;
    this.chosen = id;
    for (const each of [before, id]) {
      const marker = this.markers.get(each);
      if (!marker) continue;
      marker.setIcon(this.iconOf(marker.report));
      this.cluster.refreshClusters(marker);
    }
  }

  /** How many reports of an area stand on the map, undefined when not all are known. */
  countIn(code) {
    if (!this.complete) return undefined;
    let count = 0;
    for (const item of this.items.values()) count += item.area.startsWith(code) ? 1 : 0;
    return count;
  }

  show(shown) {
    this.shown = shown;
    if (shown) this.cluster.addTo(this.map);
    else this.cluster.remove();
  }

  /** The discs and symbols now on the map, as middle and size in layer pixels, for names to keep clear of. */
  obstacles() {
    if (!this.shown) return [];
    const found = [];
    this.cluster._featureGroup.eachLayer((layer) => {
      const { x, y } = this.map.latLngToLayerPoint(layer.getLatLng());
      const size = layer.options.icon?.options.iconSize?.[0] ?? layer._iconObj?.options.iconSize?.x ?? 40;
      found.push({ x, y, width: size - 6, height: size - 2 });
    });
    return found;
  }

  /** Draw attention to a place for a moment, clustered or not. */
  pulse(lat, lon) {
    const ring = L.marker([lat, lon], {
      icon: L.divIcon({ className: "pulse", iconSize: [72, 72] }),
      interactive: false,
      keyboard: false,
      zIndexOffset: 1000,
    }).addTo(this.map);
    setTimeout(() => ring.remove(), PULSE_MS);
  }
}
