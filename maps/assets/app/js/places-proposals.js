// Proposed names with their evidence: approve, make a new place of it, reject with a reason.

import { address, get, send } from "./api.js";
import { byId, el, errorBox, skeleton } from "./dom.js";
import { time } from "./format.js";
import { marked } from "./places-words.js";

const EMPTY = { proposed: "没有等待审批的建议。", approved: "还没有批准过建议。", rejected: "没有驳回过建议。" };
const DONE = { moved: "移动了定位点", picked: "确认了网格" };

export class ProposalList {
  constructor({ map, mayChange, onShow, onPlace, onDecided }) {
    Object.assign(this, { map, mayChange, onShow, onPlace, onDecided });
    this.list = byId("proposal-list");
    this.more = byId("more-proposals");
    byId("proposal-status").addEventListener("change", () => this.load());
    this.more.addEventListener("click", () => this.load(this.next));
    byId("reject-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.reject();
    });
  }

  count(waiting) {
    byId("waiting").textContent = waiting;
    byId("waiting").hidden = !waiting;
    byId("waiting").setAttribute("aria-label", `${waiting}条待审`);
  }

  async load(cursor = null) {
    const status = byId("proposal-status").value;
    if (!cursor && !this.list.children.length) this.list.replaceChildren(el("li", null, ...skeleton(3)));
    try {
      const page = await get(address("/v1/places/proposals", { status, limit: 30, cursor }));
      this.next = page.next;
      this.more.hidden = !page.next;
      this.count(page.waiting);
      const rows = page.items.map((item) => this.row(item));
      if (cursor) this.list.append(...rows);
      else this.list.replaceChildren(...(rows.length ? rows : [el("li", { class: "empty" }, EMPTY[status])]));
    } catch (error) {
      this.list.replaceChildren(el("li", null, errorBox(error, () => this.load())));
    }
  }

  row(item) {
    const what = item.place ? `指 ${item.place.name}` : "地名库里还没有";
    return el(
      "li",
      null,
      el(
        "button",
        { type: "button", class: "place-row", onclick: () => this.show(item) },
        el("b", null, item.name),
        el("span", { class: "kind" }, item.kind_label),
        el("span", { class: "where" }, `${item.area.name} · ${what}`),
        el("span", { class: "also" }, `${item.evidence.length ? `${item.evidence.length}件诉求` : "人工提出"} · ${item.entered_by} ${time(item.entered_at)}`),
      ),
    );
  }

  show(item) {
    const last = item.evidence.at(-1);
    this.onShow();
    byId("nothing").hidden = true;
    this.message = el("div", { role: "alert" });
    byId("card-body").replaceChildren(
      el("header", { class: "place-head" }, el("h2", null, `“${item.name}”`), el("p", null, el("span", { class: "tag" }, item.kind_label), el("span", { class: item.status === "proposed" ? "tag doubt" : "tag" }, { proposed: "待审", approved: "已批准", rejected: "已驳回", ended: "已结束" }[item.status]))),
      this.facts(item),
      this.message,
      this.decisions(item) ?? "",
      el("section", { class: "place-part" }, el("h3", null, "依据"), item.evidence.length ? item.evidence.map((one) => this.evidence(item, one)) : el("p", { class: "field-hint" }, "由人直接提出，没有关联诉求。")),
    );
    this.map.move(last?.before ?? null, item.position ?? last?.after ?? null, item.name, item.area.code);
    byId("card").focus();
  }

  facts(item) {
    const rows = [
      ["指的是", item.place ? [el("button", { type: "button", class: "link", onclick: () => this.onPlace(item.place.id) }, item.place.name), " ", item.place.hint] : "地名库里还没有的地方，见地图"],
      ["哪里这样叫", item.scope.code.length === 6 ? "全旗通用" : `只在${item.scope.name}`],
      ["所在", item.area.name],
      ["提出", `${item.entered_by} ${time(item.entered_at)}`],
      item.decided_by ? ["审批", `${item.decided_by} ${time(item.decided_at)}`] : null,
      item.reason ? ["说明", item.reason] : null,
    ];
    return el("dl", { class: "place-facts" }, rows.filter(Boolean).map(([name, value]) => [el("dt", null, name), el("dd", null, value)]));
  }

  decisions(item) {
    if (item.status !== "proposed") return null;
    if (item.own) return el("p", { class: "notice" }, "这是您提出的建议，须由另一位管理员审批。");
    if (!item.may_decide) return el("p", { class: "field-hint" }, "由本辖区的乡镇或旗级管理员审批。");
    const kind = el("select", { class: "select", "aria-label": "新地名的类型" });
    kind.append(byId("kinds").content.cloneNode(true));
    kind.value = "poi";
    return el(
      "div",
      { class: "place-buttons" },
      item.place ? el("button", { type: "button", class: "button primary", onclick: () => this.decide(item, {}) }, `批准：“${item.name}”就是${item.place.name}`) : null,
      item.position ? el("span", { class: "place-new" }, kind, el("button", { type: "button", class: item.place ? "button" : "button primary", onclick: () => this.decide(item, { new_place: kind.value }) }, "作为新地名")) : null,
      el("button", { type: "button", class: "button danger", onclick: () => this.askReject(item) }, "驳回…"),
    );
  }

  evidence(item, one) {
    return el(
      "article",
      { class: "evidence" },
      one.said ? el("p", { class: "said" }, marked(one.said, item.name)) : el("p", { class: "field-hint" }, "诉求原文您无权查看，或已按期清除。"),
      el("small", null, `${one.number ?? ""} · ${one.by}${DONE[one.what] ?? one.what}${one.grid ? `，归${one.grid.name}` : ""} · ${time(one.at)}`),
      one.after ? el("button", { type: "button", class: "link", onclick: () => this.map.move(one.before, one.after, item.name, item.area.code) }, "在地图上看") : null,
    );
  }

  async decide(item, body) {
    try {
      const place = await send("POST", `/v1/places/proposals/${item.id}/approve`, body);
      await this.load();
      this.onDecided(place);
    } catch (error) {
      this.message.replaceChildren(errorBox(error));
    }
  }

  askReject(item) {
    this.rejecting = item;
    byId("reject-title").textContent = `驳回“${item.name}”`;
    byId("reject-error").hidden = true;
    byId("reject-reason").value = "";
    byId("reject-dialog").showModal();
  }

  async reject() {
    try {
      const item = await send("POST", `/v1/places/proposals/${this.rejecting.id}/reject`, { reason: byId("reject-reason").value.trim() });
      byId("reject-dialog").close();
      await this.load();
      this.show(item);
    } catch (error) {
      byId("reject-error").textContent = error.message;
      byId("reject-error").hidden = false;
    }
  }
}
