// Open reports on the map: one symbol each, gathered into discs when zoomed out.
/* global L */

import { clusterSymbol, reportLine, reportSymbol, worstLight } from "./symbols.js";
import { FINISHED } from "./words.js";

const PULSE_MS = 3600;

/** Symbols are larger on a wall and smaller on a phone. */
function sizeFactor() {
  if (window.innerWidth >= 2400) return 1.55;
  return window.innerWidth < 480 ? 0.8 : 1;
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
    cluster.options.iconCreateFunction = (group) => this.clusterIcon(group);
    cluster.options.maxClusterRadius = (zoom) => (zoom < 13 ? 64 : 34) * sizeFactor(); // holds from the first data on
    cluster.on("clusterkeypress", (event) => {
      if (event.originalEvent?.key === "Enter") event.layer.zoomToBounds();
    });
  }

  /** Replace all points; newer knowledge from the stream stays on top. */
  replaceAll(items) {
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
    this.remove(item.id);
    if (FINISHED.has(merged.status) || !Number.isFinite(merged.lon) || !Number.isFinite(merged.lat)) return false;
    this.keep(merged);
    this.cluster.addLayer(this.markers.get(item.id));
    return !known;
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
    return L.divIcon({ html: clusterSymbol(reports.length, worstLight(reports), size), className: "cluster-icon", iconSize: [size, size] });
  }

  choose(id) {
    const before = this.chosen;
    this.chosen = id;
    for (const each of [before, id]) {
      const marker = this.markers.get(each);
      if (marker) marker.setIcon(this.iconOf(marker.report));
    }
  }

  show(shown) {
    this.shown = shown;
    if (shown) this.cluster.addTo(this.map);
    else this.cluster.remove();
  }

  /** The discs and symbols now on the map, in layer pixels, for names to keep clear of. */
  obstacles() {
    if (!this.shown) return [];
    const found = [];
    this.cluster._featureGroup.eachLayer((layer) => {
      const { x, y } = this.map.latLngToLayerPoint(layer.getLatLng());
      found.push({ x, y, radius: (layer.options.icon?.options.iconSize?.[0] ?? layer._iconObj?.options.iconSize?.x ?? 40) / 2 });
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
