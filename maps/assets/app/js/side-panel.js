// The right column: a report, a grid's card, or the list of what lies below a place.

import { byId, codeText, el } from "./dom.js";
import { placeCard } from "./place-card.js";
import { ReportList, areaTable } from "./place-list.js";
import { missingSection } from "./progress-list.js";
import { showReport } from "./report-card.js";
import { LEVEL_WORDS } from "./words.js";

export class SidePanel {
  constructor(body, overview) {
    this.body = body;
    this.overview = overview;
    this.tab = "areas";
    this.list = null;
  }

  show() {
    const hadFocus = this.body.contains(document.activeElement);
    const { state, data } = this.overview;
    if (state.report) this.showReport(state.report);
    else if (data.past) this.showPast();
    else if (data.levelOf(state.at) === "grid") this.showGrid(state.at);
    else this.showPlace(state.at);
    this.body.parentElement.scrollTop = 0;
    if (hadFocus) this.body.focus();
  }

  /** New counts have come: renew the numbers, leave what is being read or typed. */
  refresh() {
    const { state, data } = this.overview;
    if (this.list?.place === state.at) {
      if (!this.list.box.contains(document.activeElement)) this.list.reload();
    } else if (!this.body.contains(document.activeElement)) {
      const scrolled = this.body.parentElement.scrollTop;
      this.showPlace(state.at);
      this.body.parentElement.scrollTop = scrolled;
    }
  }

  showReport(id) {
    const { overview } = this;
    this.list = null;
    showReport(this.body, id, {
      back: () => el("button", { type: "button", class: "button back", onclick: () => overview.leaveReport() }, `← ${overview.data.nameOf(overview.state.at)}`),
      isCurrent: () => overview.state.report === id,
      onLoaded: (report) => overview.reportLoaded(report),
      onChanged: () => this.showReport(id),
      onCandidate: (code) => overview.fit(code),
      mayMove: overview.mayMove,
      caseAt: byId("content").dataset.caseAt,
      onMovePin: (report) => overview.pin.start(report),
    });
  }

  /** The place as it was at another time. */
  showPast() {
    this.list = null;
    this.overview.history.showSide(this.body);
  }

  showGrid(code) {
    this.list = this.reports(code, false);
    this.body.replaceChildren(placeCard(code, this.overview.data, { onTime: (time) => this.overview.history.open(time) }), this.wayToEditor(code), el("h3", { class: "section-title" }, "在办诉求"), this.list.box);
  }

  /** For those who may draft here: the editor, with this place chosen. */
  wayToEditor(code) {
    const { draftArea } = byId("content").dataset;
    if (!draftArea || !code.startsWith(draftArea)) return "";
    return el("p", { class: "place-action" }, el("a", { class: "button", href: `/edit#grid=${code}` }, "调整边界"));
  }

  /** What of a place is still to be drawn. */
  missing(code) {
    const { data } = this.overview;
    return missingSection(data.progress, code, { nameOf: (each) => data.nameOf(each), boxOf: (each) => data.boxOf(each), onPlace: (each) => this.overview.goTo(each) }) ?? "";
  }

  showPlace(code) {
    const { data } = this.overview;
    const level = data.levelOf(code);
    const head = el("header", { class: "place-head" }, el("p", { class: "place-kind" }, LEVEL_WORDS[level]), el("h2", null, data.nameOf(code)), el("p", { class: "place-code" }, codeText(code)));
    const panel = el("div", { class: "tab-panel", id: "side-tab-panel", role: "tabpanel", "aria-labelledby": `tab-${this.tab}` });
    this.list = null;
    if (this.tab === "reports") {
      this.list = this.reports(code);
      panel.append(this.list.box);
    } else panel.append(areaTable(data, code, { onPlace: (child) => this.overview.goTo(child), onHover: (child) => this.overview.hover(child) }) ?? "", this.missing(code));
    this.body.replaceChildren(head, this.tabs(code), panel);
  }

  tabs(code) {
    const make = (id, label) =>
      el("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-selected": String(this.tab === id), "aria-controls": "side-tab-panel", onclick: () => this.choose(id, code) }, label);
    return el("div", { class: "tabs", role: "tablist", "aria-label": "清单" }, make("areas", "下级区域"), make("reports", "在办诉求"));
  }

  choose(tab, code) {
    this.tab = tab;
    this.showPlace(code);
    this.body.querySelector(`#tab-${tab}`)?.focus();
  }

  reports(code, showGrid = true) {
    return new ReportList(code, { onReport: (id) => this.overview.openReport(id), showGrid });
  }
}

/** Write the breadcrumb 旗 › 乡镇 › 村／社区 › 网格. */
export function showCrumbs(nav, data, place, onPlace) {
  const path = data.pathOf(place);
  nav.replaceChildren(
    el(
      "ol",
      null,
      path.map((code, index) =>
        el("li", null, index === path.length - 1 ? el("span", { "aria-current": "location" }, data.nameOf(code)) : el("button", { type: "button", onclick: () => onPlace(code) }, data.nameOf(code))),
      ),
    ),
  );
  nav.scrollLeft = nav.scrollWidth;
}
