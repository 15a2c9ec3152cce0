// 按楼栋（院落）划转: buildings of the neighbours, chosen on the map or in a list, go to one grid.
/* global L */

import { address, get } from "./api.js";
import { el, errorBox } from "./dom.js";
import { number } from "./format.js";
import { token } from "./theme.js";

const MOST_PLACES = 2000;
const DOT_PX = window.innerWidth >= 2400 ? 8 : 5; // larger on a wall

export class Places {
  constructor(editor) {
    this.editor = editor;
    this.layer = L.layerGroup().addTo(editor.map);
    this.items = new Map();
    this.dots = new Map();
    this.chosen = new Set();
    this.open = new Set();
    this.key = "";
    this.near = [];
  }

  /** Show the buildings round the receiving grid; read anew only when grid or draft moved on. */
  show(to) {
    const { session, mayCross } = this.editor;
    const near = session.neighboursOf(to).filter((code) => code.startsWith(session.plan.area) && (mayCross || code.slice(0, 12) === to.slice(0, 12)));
    const key = [session.plan.id, session.plan.revision, to, ...near].join();
    if (key === this.key) return;
    if (this.to !== to) this.forget();
    Object.assign(this, { key, to, near, error: null, complete: true });
    if (near.length) this.load();
    else this.keep({ items: [], complete: true });
  }

  async load() {
    const { key } = this;
    this.loading = true;
    try {
      const answer = await get(address(`${this.editor.session.path}/buildings`, { codes: [this.to, ...this.near].join(",") }));
      if (key === this.key) this.keep(answer);
    } catch (error) {
      if (key !== this.key) return;
      Object.assign(this, { error, loading: false });
      this.editor.showWork();
    }
  }

  keep({ items, complete }) {
    this.items = new Map(items.map((item) => [item.id, item]));
    this.chosen = new Set([...this.chosen].filter((id) => this.items.has(id) && this.items.get(id).grid !== this.to));
    Object.assign(this, { complete, loading: false });
    this.paint();
    this.editor.showWork();
  }

  forget() {
    this.chosen.clear();
    this.open.clear();
    this.items.clear();
  }

  hide() {
    this.key = this.to = "";
    this.near = [];
    this.forget();
    this.layer.clearLayers();
    this.dots.clear();
  }

  // ---- on the map

  paint() {
    this.layer.clearLayers();
    this.dots.clear();
    for (const item of this.items.values()) {
      const own = item.grid === this.to;
      const dot = L.circleMarker([item.lat, item.lon], { ...this.styleOf(item), interactive: !own, bubblingMouseEvents: false, pmIgnore: true, snapIgnore: true });
      if (!own) {
        dot.bindTooltip(el("span", null, `${item.name}　${item.households}户`), { direction: "top", offset: [0, -6] });
        dot.on("click", () => this.toggle([item.id]));
      }
      this.dots.set(item.id, dot.addTo(this.layer));
    }
  }

  styleOf(item) {
    if (item.grid === this.to) return { radius: DOT_PX - 2, weight: 0, fillColor: token("--muted"), fillOpacity: 0.6 };
    const chosen = this.chosen.has(item.id);
    return { radius: chosen ? DOT_PX + 3 : DOT_PX, weight: 2, color: chosen ? token("--map-bg") : token("--map-select"), fillColor: token(chosen ? "--map-select" : "--map-land"), fillOpacity: 1 };
  }

  /** Choose buildings, or put them back when all of them are chosen already. */
  toggle(ids, on = !ids.every((id) => this.chosen.has(id))) {
    for (const id of ids) {
      if (on) this.chosen.add(id);
      else this.chosen.delete(id);
      const dot = this.dots.get(id);
      dot?.setStyle(this.styleOf(this.items.get(id)));
      dot?.setRadius(this.styleOf(this.items.get(id)).radius);
    }
    this.editor.showWork();
  }

  /** Draw round buildings: all inside are chosen. */
  encircle() {
    this.editor.pen.start("Polygon", (points) => {
      const inside = [...this.items.values()].filter((item) => item.grid !== this.to && isInside(points, item.lon, item.lat));
      if (inside.length) this.toggle(inside.map(({ id }) => id), true);
      else this.editor.frame.flash("圈内没有可选的楼栋。");
      this.editor.showWork();
    });
    this.editor.showWork();
  }

  /** Where dots stand, in layer pixels: names keep clear of them. */
  obstacles() {
    return [...this.dots.values()].map((dot) => ({ ...this.editor.map.latLngToLayerPoint(dot.getLatLng()), width: 2 * DOT_PX, height: 2 * DOT_PX }));
  }

  // ---- in the panel

  get sum() {
    return [...this.chosen].reduce((sum, id) => sum + (this.items.get(id)?.households ?? 0), 0);
  }

  byGrid() {
    const groups = new Map(this.near.map((code) => [code, []]));
    for (const item of this.items.values()) groups.get(item.grid)?.push(item);
    return [...groups].filter(([, items]) => items.length);
  }

  send() {
    const places = [...this.chosen].sort();
    if (!places.length || places.length > MOST_PLACES) return;
    this.editor.tools.send({ op: "assign_places", to: this.to, places, ...(this.editor.mayCross ? { cross_parent: true } : {}) }, null);
  }
}

function isInside(ring, lon, lat) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [x1, y1] = ring[i];
    const [x2, y2] = ring[j];
    if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

/** What is chosen, and every building of the neighbours as a list. */
export function placesForm(editor) {
  const { places, session, tools, pen } = editor;
  if (!tools.chosen) return "";
  if (places.error) return errorBox(places.error, () => places.load());
  if (places.loading) return el("span", { class: "skeleton tall" });
  const groups = places.byGrid();
  if (!groups.length) return el("p", { class: "empty" }, "相邻网格里没有登记楼栋，可改用“划转区域”。");
  const count = places.chosen.size;
  return el(
    "form",
    { class: "edit-form card", id: "places-form", onsubmit: (event) => { event.preventDefault(); places.send(); } },
    el("h3", null, `划入“${session.nameOf(places.to)}”`),
    el("p", { class: "edit-sum", role: "status" }, count ? `已选${count}栋，${number(places.sum)}户` : "还没有选楼栋"),
    el(
      "p",
      { class: "form-row" },
      el("button", { type: "submit", class: "button primary", disabled: !count || count > MOST_PLACES }, "划转（回车）"),
      el("button", { type: "button", class: "button", "aria-pressed": String(pen.active), onclick: () => (pen.active ? tools.cancel() : places.encircle()) }, pen.active ? "取消圈选" : "圈选楼栋"),
      count ? el("button", { type: "button", class: "button", onclick: () => places.toggle([...places.chosen], false) }, "清空") : null,
    ),
    count > MOST_PLACES ? el("p", { class: "notice bad" }, `一次最多划转${MOST_PLACES}栋，请分几次。`) : null,
    places.complete ? null : el("p", { class: "notice doubt" }, "楼栋太多，只列出一部分；请缩小范围。"),
    groups.map(([code, items]) => groupPart(places, session.nameOf(code), code, items)),
  );
}

function groupPart(places, name, code, items) {
  const ids = items.map(({ id }) => id);
  const chosen = ids.filter((id) => places.chosen.has(id)).length;
  const all = el("input", { type: "checkbox", id: `all-${code}`, "aria-label": `${name}全部楼栋`, checked: chosen === ids.length, onchange: (event) => places.toggle(ids, event.target.checked) });
  all.indeterminate = chosen > 0 && chosen < ids.length;
  const rows = items.map((item) =>
    el("li", null, el("label", { class: "check" }, el("input", { type: "checkbox", id: `place-${item.id}`, checked: places.chosen.has(item.id), onchange: (event) => places.toggle([item.id], event.target.checked) }), el("span", { class: "wrap-anywhere" }, item.name)), el("span", { class: "edit-size" }, `${item.households}户`)),
  );
  const opened = (event) => {
    if (event.target.open) places.open.add(code);
    else places.open.delete(code);
  };
  return el("details", { class: "edit-group", open: places.open.has(code), ontoggle: opened }, el("summary", null, all, el("span", { class: "wrap-anywhere" }, name), el("span", { class: "edit-size" }, chosen ? `${chosen}/${ids.length}栋` : `${ids.length}栋`)), el("ul", { class: "edit-near" }, rows));
}
