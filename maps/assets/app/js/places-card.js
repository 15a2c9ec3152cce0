// One place: where it is, what else it is called, who changed it; end, bring back, undo.

import { get, send } from "./api.js";
import { byId, codeText, el, errorBox, skeleton } from "./dom.js";
import { metres, time } from "./format.js";
import { changesOf, titleOf } from "./places-words.js";

const mayChangeAtAll = byId("content").dataset.mayChange === "yes";

export function change(place, path, body = {}, method = "POST") {
  return send(method, `/v1/places/${encodeURIComponent(place.id)}${path}`, body, { "If-Match": `"${place.edition}"` });
}

export class PlaceCard {
  constructor({ map, onChanged, onEdit }) {
    Object.assign(this, { map, onChanged, onEdit });
    this.body = byId("card-body");
    this.ending = null;
    byId("end-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.end();
    });
  }

  async open(id) {
    this.wanted = id;
    if (!id) {
      this.body.replaceChildren();
      this.map.forget();
      return;
    }
    const slow = setTimeout(() => this.wanted === id && this.body.replaceChildren(...skeleton(5)), 300);
    try {
      const place = await get(`/v1/places/${encodeURIComponent(id)}`);
      clearTimeout(slow);
      if (this.wanted === id) await this.show(place);
    } catch (error) {
      clearTimeout(slow);
      if (this.wanted === id) this.body.replaceChildren(errorBox(error, () => this.open(id)));
    }
  }

  /** Something else has the pane now: what is still on its way is not shown. */
  leave() {
    this.wanted = null;
  }

  async show(place) {
    byId("nothing").hidden = true;
    this.map.place(place);
    this.message = el("div", { role: "status" });
    this.history = el("div", null, ...skeleton(2));
    this.body.replaceChildren(
      this.head(place),
      this.message,
      this.facts(place),
      this.buttons(place) ?? "",
      this.aliases(place),
      el("section", { class: "place-part", "aria-labelledby": "history-title" }, el("h3", { id: "history-title" }, "修改记录"), this.history),
    );
    await this.readHistory(place);
  }

  head(place) {
    return el(
      "header",
      { class: "place-head" },
      el("h2", null, titleOf(place)),
      el("p", null, el("span", { class: "tag" }, place.kind_label), place.in_force ? null : el("span", { class: "tag bad" }, place.valid_to && new Date(place.valid_to) <= new Date() ? "已停用" : "未启用")),
    );
  }

  facts(place) {
    const rows = [
      ["所在", place.hint || place.area.name],
      ["所属区域", [place.area.name, " ", codeText(place.area.code)]],
      place.parent ? ["上级", place.parent.name] : null,
      ["网格", place.grids.length === 1 ? this.map.nameOf(place.grids[0]) : place.grids.length ? `${place.grids.length}个网格` : "随位置"],
      ["范围", `半径${metres(place.radius_m)}`],
      place.valid_from ? ["启用", time(place.valid_from)] : null,
      place.valid_to ? ["停用", time(place.valid_to)] : null,
    ];
    return el("dl", { class: "place-facts" }, rows.filter(Boolean).map(([name, value]) => [el("dt", null, name), el("dd", null, value)]));
  }

  buttons(place) {
    if (!place.may_change) return mayChangeAtAll ? el("p", { class: "field-hint" }, "不在您的辖区，只能查看。") : null;
    const over = place.valid_to !== null;
    this.undo = el("button", { type: "button", class: "button", disabled: true, onclick: () => this.act(place, "/undo") }, "撤销上一次修改");
    return el(
      "div",
      { class: "place-buttons" },
      over ? null : el("button", { type: "button", class: "button primary", onclick: () => this.onEdit(place) }, "修改"),
      this.undo,
      over ? el("button", { type: "button", class: "button", onclick: () => this.act(place, "/reopen") }, "恢复使用") : el("button", { type: "button", class: "button danger", onclick: () => this.askEnd(place) }, "停用…"),
    );
  }

  aliases(place) {
    const rows = place.aliases.map((alias) => this.alias(place, alias));
    return el(
      "section",
      { class: "place-part", "aria-labelledby": "alias-title" },
      el("h3", { id: "alias-title" }, "又叫"),
      rows.length ? el("ul", null, rows) : el("p", { class: "field-hint" }, "没有别名。"),
      place.may_change && place.valid_to === null ? this.aliasForm(place) : null,
    );
  }

  alias(place, alias) {
    const where = alias.scope.code.length === 6 ? "全旗通用" : `只在${alias.scope.name}`;
    const when = alias.until ? `至${alias.until}` : alias.since ? `${alias.since}起` : "";
    const ended = alias.status === "ended";
    const turn = ended ? ["恢复", "reopen"] : ["停用", "end"];
    return el(
      "li",
      { class: "alias-row", "data-status": alias.status },
      el("b", null, alias.name),
      el("small", null, [alias.kind_label, where, when, ended ? "已停用" : ""].filter(Boolean).join(" · ")),
      place.may_change ? el("button", { type: "button", class: "button", "aria-label": `${turn[0]}别名${alias.name}`, onclick: () => this.act(place, `/aliases/${alias.id}/${turn[1]}`) }, turn[0]) : null,
    );
  }

  aliasForm(place) {
    const name = el("input", { class: "input", id: "alias-name", required: true, maxlength: 60, autocomplete: "off" });
    const kind = el("select", { class: "select", id: "alias-kind" });
    kind.append(byId("alias-kinds").content.cloneNode(true));
    const { code } = place.area;
    const scopes = [9, 12].filter((length) => length <= code.length).map((length) => code.slice(0, length));
    const scope = el("select", { class: "select", id: "alias-scope" }, el("option", { value: "" }, "全旗通用"), scopes.map((one) => el("option", { value: one }, `只在${this.map.nameOf(one)}`)));
    const form = el(
      "form",
      { class: "alias-add" },
      el("div", { class: "field" }, el("label", { for: "alias-name" }, "加一个叫法"), name),
      el("div", { class: "field" }, el("label", { for: "alias-kind" }, "属于"), kind),
      el("div", { class: "field" }, el("label", { for: "alias-scope" }, "哪里这样叫"), scope),
      el("button", { type: "submit", class: "button" }, "添加"),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.act(place, "/aliases", { name: name.value.trim(), kind: kind.value, scope: scope.value || null });
    });
    return form;
  }

  askEnd(place) {
    this.ending = place;
    byId("end-effect").textContent = `停用后，诉求里写到“${place.name}”不再定位到这里；以前的诉求不变，可以随时恢复。`;
    byId("end-error").hidden = true;
    byId("end-reason").value = "";
    byId("end-dialog").showModal();
  }

  async end() {
    try {
      const place = await change(this.ending, "/end", { reason: byId("end-reason").value.trim() });
      byId("end-dialog").close();
      this.onChanged(place);
    } catch (error) {
      byId("end-error").textContent = error.message;
      byId("end-error").hidden = false;
    }
  }

  async act(place, path, body = {}) {
    try {
      this.onChanged(await change(place, path, body));
    } catch (error) {
      this.message.replaceChildren(errorBox(error, error.problem?.type === "/problems/place-changed" ? () => this.open(place.id) : null));
    }
  }

  async readHistory(place) {
    try {
      const { items } = await get(`/v1/places/${encodeURIComponent(place.id)}/history`);
      if (this.wanted && this.wanted !== place.id) return;
      if (this.undo) this.undo.disabled = !items.length;
      this.history.replaceChildren(...(items.length ? items.map((item) => this.changeRow(item)) : [el("p", { class: "field-hint" }, "建库以来没有改过。")]));
    } catch (error) {
      this.history.replaceChildren(errorBox(error, () => this.readHistory(place)));
    }
  }

  changeRow(item) {
    const lines = changesOf(item, (code) => this.map.nameOf(code));
    return el(
      "article",
      { class: "history-row" },
      el("header", null, el("b", null, item.label), el("span", { class: "by" }, item.by), el("time", { datetime: item.at }, time(item.at))),
      item.reason ? el("p", null, `原因：${item.reason}`) : null,
      lines.length ? el("ul", null, lines.map((line) => el("li", null, line))) : null,
    );
  }
}
