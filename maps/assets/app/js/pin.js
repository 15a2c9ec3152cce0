// Move a report's pin: choose the new place on the map, see which grid it is in, then confirm.
/* global L */

import { send } from "./api.js";
import { el, errorBox } from "./dom.js";
import { token } from "./theme.js";

export class PinMover {
  constructor({ map, message, coverage, nameOf, onMoved }) {
    Object.assign(this, { map, message, coverage, nameOf, onMoved });
    this.report = null;
    this.marker = null;
  }

  get active() {
    return this.report !== null;
  }

  start(report) {
    this.stop();
    this.report = report;
    this.say([el("p", null, "请在地图上点出诉求的新位置。"), this.cancelButton()]);
  }

  /** Take a click on the map; true when it was meant for the pin. */
  click(latlng) {
    if (!this.active) return false;
    this.marker?.remove();
    this.marker = L.circleMarker(latlng, { radius: 9, weight: 3, color: token("--map-select") }).addTo(this.map);
    const grid = this.coverage().gridAt(latlng.lng, latlng.lat);
    if (!grid) {
      this.say([el("p", null, "这里在本旗以外，诉求不能移到旗外。"), this.cancelButton()]);
      return true;
    }
    const before = this.report.grid?.name ?? "归属待定";
    const after = this.nameOf(grid.code);
    const effect = before === after ? `仍归${after}，负责人不变。` : `将由“${before}”改归“${after}”，新网格的负责人会收到。`;
    this.say([
      el("p", null, effect),
      el("button", { type: "button", class: "button primary", onclick: () => this.confirm(latlng) }, "移到这里"),
      this.cancelButton(),
    ]);
    return true;
  }

  async confirm(latlng) {
    try {
      const body = { lon: Number(latlng.lng.toFixed(8)), lat: Number(latlng.lat.toFixed(8)), crs: "cgcs2000", accuracy_m: 0 };
      await send("PATCH", `/v1/reports/${encodeURIComponent(this.report.id)}/position`, body);
      const { id } = this.report;
      this.stop();
      this.onMoved(id);
    } catch (error) {
      this.say([errorBox(error), this.cancelButton()]);
    }
  }

  stop() {
    this.marker?.remove();
    this.marker = null;
    this.report = null;
    this.message.hidden = true;
  }

  cancelButton() {
    return el("button", { type: "button", class: "button", onclick: () => this.stop() }, "取消");
  }

  say(children) {
    this.message.replaceChildren(...children);
    this.message.hidden = false;
  }
}
