// A small sign under the pointer: name, households, open reports.

import { el } from "./dom.js";
import { number } from "./format.js";

export class HoverTip {
  constructor({ box, map, data, onHover, targetOf }) {
    Object.assign(this, { box, map, data, onHover, targetOf });
    this.code = null;
    map.on("mousemove", (event) => this.move(event));
    map.on("mouseout", () => this.leave());
    map.on("movestart", () => this.leave());
  }

  leave() {
    this.box.hidden = true;
    if (this.code) this.onHover(null);
    this.code = null;
  }

  move(event) {
    const onSymbol = event.originalEvent.target.closest?.(".leaflet-marker-icon, .leaflet-control");
    const grid = onSymbol ? null : this.data.coverage?.gridAt(event.latlng.lng, event.latlng.lat);
    if (!grid) {
      this.leave();
      return;
    }
    const code = this.targetOf(grid);
    if (code !== this.code) this.show(code);
    this.place(event.containerPoint);
  }

  show(code) {
    this.code = code;
    this.onHover(code);
    const count = this.data.countOf(code);
    const open = count?.open === undefined ? "" : `，在办${number(count.open)}件`;
    const line = count ? `${number(count.households)}户${open}` : "";
    this.box.replaceChildren(el("b", null, this.data.nameOf(code)), el("span", null, line));
    this.box.hidden = false;
  }

  place({ x, y }) {
    const room = this.map.getSize();
    const below = y + this.box.offsetHeight + 24 <= room.y;
    this.box.style.left = `${Math.max(0, Math.min(x + 14, room.x - this.box.offsetWidth - 4))}px`;
    this.box.style.top = `${below ? y + 16 : y - this.box.offsetHeight - 8}px`;
  }
}
