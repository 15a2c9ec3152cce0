// A table that reads a list of the service page by page.

import { address, get } from "./api.js";
import { el, errorBox } from "./dom.js";

export class PagedTable {
  constructor({ path, body, more, message, columns, row, emptyText }) {
    Object.assign(this, { path, body, more, message, columns, row, emptyText });
    this.filters = {};
    this.cursor = null;
    more.addEventListener("click", () => this.read(false));
  }

  /** Read from the start, with other filters when they are given. */
  async load(filters = this.filters) {
    this.filters = filters;
    this.cursor = null;
    await this.read(true);
  }

  async read(first) {
    this.more.hidden = true;
    try {
      const page = await get(address(this.path, { ...this.filters, limit: 100, cursor: first ? null : this.cursor }));
      const rows = page.items.map((item) => this.labelled(this.row(item)));
      if (first) this.body.replaceChildren(...(rows.length ? rows : [this.wide(el("p", { class: "empty" }, this.emptyText))]));
      else this.body.append(...rows);
      this.cursor = page.next;
      this.more.hidden = !page.next;
    } catch (error) {
      if (first) this.body.replaceChildren();
      this.body.append(this.wide(errorBox(error, () => this.read(first))));
    }
  }

  /** A phone shows a row as a card: each cell then says what it is. */
  labelled(row) {
    const heads = this.body.closest("table").tHead.rows[0].cells;
    [...row.cells].forEach((cell, index) => cell.setAttribute("data-label", heads[index].textContent));
    return row;
  }

  wide(content) {
    return el("tr", null, el("td", { colspan: this.columns }, content));
  }
}
