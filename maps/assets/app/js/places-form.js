// Add or change a place: its name, kind, width, and its point on the map.

import { address, get, send } from "./api.js";
import { byId, el, errorBox } from "./dom.js";
import { change } from "./places-card.js";

const PARENT_KINDS = { building: "compound", kilometre_post: "road" };

export class PlaceForm {
  constructor({ map, onSaved, onCancel }) {
    Object.assign(this, { map, onSaved, onCancel });
    this.active = false;
  }

  open(place) {
    this.place = place;
    this.point = place ? place.position : null;
    this.moved = false;
    this.active = true;
    byId("nothing").hidden = true;
    byId("card-body").replaceChildren(this.draw(place));
    this.sayPoint();
    this.fillParents();
    byId("f-name").focus();
  }

  draw(place) {
    const kind = el("select", { class: "select", id: "f-kind" });
    kind.append(byId("kinds").content.cloneNode(true));
    kind.value = place?.kind ?? "poi";
    kind.addEventListener("change", () => this.fillParents());
    this.message = el("div", { role: "alert" });
    this.spot = el("p", { class: "spot", id: "f-spot", "aria-live": "polite" });
    const form = el(
      "form",
      { class: "place-form", id: "place-form" },
      el("h2", null, place ? `修改：${place.name}` : "新增地名"),
      el("div", { class: "field" }, el("label", { for: "f-name" }, "名称"), el("input", { class: "input", id: "f-name", required: true, maxlength: 60, autocomplete: "off", value: place?.name ?? "" }), place ? el("label", { class: "check" }, el("input", { type: "checkbox", id: "f-keep", checked: true }), " 改名时保留旧名作曾用名") : null),
      el("div", { class: "form-row" }, el("div", { class: "field" }, el("label", { for: "f-kind" }, "类型"), kind), el("div", { class: "field" }, el("label", { for: "f-radius" }, "半径（米）"), el("input", { class: "input", id: "f-radius", type: "number", min: 1, max: 50000, step: 1, placeholder: "按类型", value: place ? Math.round(place.radius_m) : "" }))),
      el("div", { class: "field", id: "f-parent-field", hidden: true }, el("label", { for: "f-parent" }, "上级"), el("select", { class: "select", id: "f-parent" })),
      el("div", { class: "field", id: "f-area-field", hidden: true }, el("label", { for: "f-area" }, "区域编码"), el("input", { class: "input", id: "f-area", inputmode: "numeric", maxlength: 15, autocomplete: "off", value: place?.area.code ?? "" })),
      el("div", { class: "field" }, el("span", { class: "field-label" }, "位置"), this.spot),
      this.message,
      el("div", { class: "place-buttons" }, el("button", { type: "submit", class: "button primary" }, "保存，立即生效"), el("button", { type: "button", class: "button", onclick: () => this.cancel() }, "取消")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.cancel();
    });
    return form;
  }

  /** Take a click on the map as the point of the place. */
  take(point) {
    if (!this.active || !byId("place-form")) return;
    this.point = { lon: point.lon, lat: point.lat, crs: "cgcs2000" };
    this.moved = true;
    const grid = this.map.gridAt(point);
    this.map.show({ grid: grid?.code ?? null, candidates: [], position: this.point, about: byId("f-name").value || "新地名" });
    this.sayPoint();
    this.fillParents();
  }

  sayPoint() {
    const grid = this.point ? this.map.gridAt(this.point) : null;
    this.spot.dataset.set = this.point ? "yes" : "no";
    const owner = grid ? `，在${this.map.nameOf(grid.code.slice(0, 9))}${this.map.nameOf(grid.code.slice(0, 12))}，${this.map.nameOf(grid.code)}` : "";
    this.spot.textContent = this.point ? `${this.point.lon.toFixed(6)}，${this.point.lat.toFixed(6)}${owner}。再点地图可改。` : "请在地图上点出位置。";
  }

  async fillParents() {
    const kind = byId("f-kind").value;
    byId("f-area-field").hidden = kind !== "township" && kind !== "community";
    const wanted = PARENT_KINDS[kind];
    byId("f-parent-field").hidden = !wanted;
    if (!wanted) return;
    const grid = this.point ? this.map.gridAt(this.point) : null;
    const area = grid && wanted === "compound" ? grid.code.slice(0, 12) : null;
    const select = byId("f-parent");
    const kept = select.value || this.place?.parent?.id || "";
    try {
      const { items } = await get(address("/v1/places", { kind: wanted, area, limit: 500 }));
      const known = items.some((one) => one.id === kept);
      select.replaceChildren(
        el("option", { value: "" }, wanted === "compound" ? "不属于小区院落" : "请选择道路"),
        kept && !known && this.place?.parent ? el("option", { value: kept }, this.place.parent.name) : "",
        ...items.map((one) => el("option", { value: one.id }, one.name)),
      );
      select.value = kept;
    } catch (error) {
      this.message.replaceChildren(errorBox(error, () => this.fillParents()));
    }
  }

  body() {
    const kind = byId("f-kind").value;
    const radius = Number(byId("f-radius").value);
    const unit = kind === "township" || kind === "community";
    const wanted = { name: byId("f-name").value.trim(), kind, radius_m: radius > 0 ? radius : null, parent: PARENT_KINDS[kind] ? byId("f-parent").value || null : null };
    if (unit) wanted.area = byId("f-area").value.trim() || null;
    if (!this.place || this.moved) wanted.position = this.point;
    if (!this.place) return wanted;
    wanted.keep_old_name = byId("f-keep").checked;
    if (!PARENT_KINDS[kind] && this.place.parent) delete wanted.parent;
    return wanted;
  }

  async save() {
    if (!this.point) {
      this.message.replaceChildren(el("p", { class: "notice bad" }, "请先在地图上点出位置。"));
      return;
    }
    try {
      const body = this.body();
      const saved = this.place ? await change(this.place, "", body, "PATCH") : await send("POST", "/v1/places", body);
      this.active = false;
      this.onSaved(saved);
    } catch (error) {
      this.message.replaceChildren(errorBox(error));
    }
  }

  cancel() {
    this.active = false;
    this.onCancel(this.place);
  }
}
