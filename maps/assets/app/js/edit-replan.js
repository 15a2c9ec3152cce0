// 整体重划: new grids for an area from a file; the service fits them to the border that stays.
/* global L */

import { byId, el } from "./dom.js";
import { cornersOf } from "./edit-borders.js";
import { token } from "./theme.js";

const MOST_BYTES = 8 * 1024 * 1024;
const MOST_PIECES = 500;
export const DATUMS = [
  ["cgcs2000", "国家2000（CGCS2000）"],
  ["wgs84", "GPS（WGS84）"],
  ["gcj02", "高德／微信（GCJ-02）"],
  ["bd09", "百度（BD-09）"],
];
// What a GeoJSON file may say of itself; anything else is for the import page.
const NAMED = [[/4490|CGCS2000/i, "cgcs2000"], [/CRS84|4326|WGS/i, "wgs84"], [/GCJ/i, "gcj02"], [/BD-?09/i, "bd09"]];

export class Replans {
  constructor(editor) {
    this.editor = editor;
    this.layer = L.layerGroup().addTo(editor.map);
    this.asked = { area: "", crs: "" };
    this.file = null;
    this.bindDrop();
  }

  get areas() {
    const { plan, draft } = this.editor.session;
    const codes = new Set([plan.area]);
    for (const { code } of draft.grids) for (const length of [9, 12]) if (length > plan.area.length) codes.add(code.slice(0, length));
    return [...codes].sort();
  }

  choose(code) {
    if (!code) return;
    const { area } = this.editor.session.plan;
    this.asked.area = code.slice(0, Math.max(12, area.length));
  }

  /** A file may be dropped anywhere on the map while the tool is taken. */
  bindDrop() {
    const stage = this.editor.map.getContainer();
    const wanted = () => this.editor.tools?.name === "replan" && this.editor.mayEdit;
    stage.addEventListener("dragover", (event) => wanted() && event.preventDefault());
    stage.addEventListener("drop", (event) => {
      if (!wanted()) return;
      event.preventDefault();
      this.read(event.dataTransfer.files[0]);
    });
  }

  /** Read a file; what is wrong with it is told before anything is sent. */
  async read(file) {
    if (!file) return;
    this.file = { name: file.name, wrong: "", features: [] };
    this.editor.tools.drop();
    if (file.size > MOST_BYTES) this.file.wrong = "文件超过8 MiB，请分村（社区）提交。";
    else this.take(parsed(await file.text()));
    this.paint();
    this.editor.showWork();
    byId("replan-file")?.focus();
  }

  take(collection) {
    if (!collection) this.file.wrong = "这不是 GeoJSON 文件。其他格式请到数据导入页转换。";
    else {
      const features = (collection.type === "Feature" ? [collection] : collection.features ?? []).map(slim).filter(Boolean);
      if (!features.length) this.file.wrong = "文件里没有面。";
      else if (features.length > MOST_PIECES) this.file.wrong = `文件有${features.length}个面，一次最多${MOST_PIECES}个，请分村（社区）提交。`;
      else this.keep(features, collection.crs?.properties?.name);
    }
  }

  keep(features, said) {
    this.file.features = features;
    const found = said ? NAMED.find(([pattern]) => pattern.test(said)) : null;
    if (found) this.asked.crs = found[1];
    this.file.said = found ? DATUMS.find(([value]) => value === found[1])[1] : "";
    const [lon, lat] = firstPoint(features);
    if (Math.abs(lon) > 180 || Math.abs(lat) > 90) this.file.wrong = "坐标不是经纬度（可能是高斯投影），请到数据导入页转换。";
  }

  /** The pieces as the file has them; shifted coordinates are not where they seem. */
  paint() {
    this.layer.clearLayers();
    if (!this.file?.features.length || this.file.wrong || !["", "cgcs2000", "wgs84"].includes(this.asked.crs)) return;
    const style = { color: token("--map-select"), weight: 2, dashArray: "6 5", fillOpacity: 0.06, interactive: false, pmIgnore: true, snapIgnore: true };
    L.geoJSON({ type: "FeatureCollection", features: this.file.features }, { style, interactive: false, pmIgnore: true, snapIgnore: true }).addTo(this.layer);
    const corners = this.file.features.flatMap(({ geometry }) => cornersOf(geometry) ?? []);
    if (corners.length) this.editor.map.fitBounds(corners, { padding: [60, 60], animate: false });
  }

  send() {
    const { area, crs } = this.asked;
    if (!this.file?.features.length || this.file.wrong || !crs) return;
    this.layer.clearLayers();
    this.editor.tools.send({ op: "replan", area, grids: { type: "FeatureCollection", features: this.file.features }, crs, snap_m: this.editor.pen.snapM }, null);
  }

  /** The file is in the draft, or put away. */
  clear() {
    this.file = null;
    this.layer.clearLayers();
  }

  hide() {
    this.layer.clearLayers();
  }
}

function parsed(text) {
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, ""));
    return value && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** Only shape and code are sent: what else a file says of its grids stays in it. */
function slim(feature) {
  const { geometry, properties } = feature ?? {};
  if (!["Polygon", "MultiPolygon"].includes(geometry?.type) || !Array.isArray(geometry.coordinates)) return null;
  const code = [properties?.code, properties?.["网格编码"], properties?.grid_code].map((value) => String(value ?? "").trim()).find((value) => /^\d{15}$/.test(value));
  return { type: "Feature", properties: code ? { code } : {}, geometry: { type: geometry.type, coordinates: geometry.coordinates } };
}

function firstPoint(features) {
  let part = features[0].geometry.coordinates;
  while (Array.isArray(part?.[0])) part = part[0];
  return Array.isArray(part) && part.length > 1 ? part : [999, 999];
}

export function replanForm(editor) {
  const { replans } = editor;
  const { asked, areas, file } = replans;
  if (!areas.includes(asked.area)) asked.area = areas.find((code) => code.length === 12) ?? areas[0];
  const options = areas.map((code) => el("option", { value: code, selected: code === asked.area }, `${editor.areaName(code)}　${code}`));
  const chooseArea = (event) => {
    asked.area = event.target.value;
    editor.view.fit(asked.area);
    editor.showMap();
  };
  const chooseDatum = (event) => {
    asked.crs = event.target.value;
    replans.paint();
    editor.showWork();
  };
  return el(
    "form",
    { class: "edit-form card", id: "replan-form", onsubmit: (event) => { event.preventDefault(); replans.send(); } },
    el("h3", null, "用文件重划一个范围"),
    el("div", { class: "field" }, el("label", { for: "replan-area" }, "范围，也可在地图上点选"), el("select", { class: "select", id: "replan-area", onchange: chooseArea }, options)),
    el("div", { class: "field" }, el("span", { class: "field-label" }, "新网格文件（GeoJSON），也可拖到地图上"), el("span", null, el("input", { class: "visually-hidden", id: "replan-file", type: "file", accept: ".geojson,.json,application/geo+json", onchange: (event) => replans.read(event.target.files[0]) }), el("label", { class: "button", for: "replan-file" }, file ? "换文件…" : "选择文件…"))),
    file ? fileLine(file) : null,
    el("div", { class: "field" }, el("label", { for: "replan-crs" }, "坐标系"), el("select", { class: "select", id: "replan-crs", required: true, onchange: chooseDatum }, el("option", { value: "", selected: !asked.crs }, "请选择"), DATUMS.map(([value, label]) => el("option", { value, selected: value === asked.crs }, label)))),
    ["gcj02", "bd09"].includes(asked.crs) ? el("p", { class: "field-hint" }, "提交时换算到国家2000；换算前的位置不在图上显示。") : null,
    el("p", { class: "field-hint" }, "范围的外界不变；有编码的面沿用原编码，其余给新编码，文件里没有的网格停用。"),
    el("p", { class: "form-row" }, el("button", { type: "submit", class: "button primary", disabled: !file?.features.length || Boolean(file.wrong) || !asked.crs }, "重划（回车）")),
  );
}

function fileLine(file) {
  if (file.wrong) return el("p", { class: "notice bad", role: "alert" }, el("b", { class: "wrap-anywhere" }, file.name), "：", file.wrong);
  const coded = file.features.filter(({ properties }) => properties.code).length;
  return el("p", { class: "notice", role: "status" }, el("b", { class: "wrap-anywhere" }, file.name), `：${file.features.length}个面，${coded ? `其中${coded}个有编码` : "没有编码"}${file.said ? `；文件注明${file.said}` : ""}。`);
}
