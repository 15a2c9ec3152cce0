// What stands around the map: the plan's head, the tabs at the right, messages over the map.

import { byId, codeText, el } from "./dom.js";
import { decisionPanel } from "./edit-decision.js";
import { stepsPanel } from "./edit-effect.js";
import { showPalette } from "./edit-keys.js";
import { OPERATION_WORDS, stateOfPlan } from "./edit-words.js";
import { workPanel } from "./edit-work.js";

const TABS = ["work", "effect", "steps", "decision"];
const FLASH_MS = 6000;

export class Frame {
  constructor(editor) {
    this.editor = editor;
    this.tab = "work";
    for (const name of TABS) byId(`tab-${name}`).addEventListener("click", () => this.choose(name));
    byId("side-tabs").addEventListener("keydown", (event) => this.turn(event));
    byId("busy-cancel").addEventListener("click", () => this.editor.session.cancel());
    for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
    window.addEventListener("offline", () => this.showOnline());
    window.addEventListener("online", () => this.showOnline());
    this.showOnline();
  }

  show() {
    const { plan } = this.editor.session;
    byId("plans-view").hidden = Boolean(plan);
    byId("plan-view").hidden = !plan;
    byId("side-tabs").hidden = !plan;
    if (!plan) {
      byId("side-body").replaceChildren(el("p", { class: "empty" }, "选一个方案继续，或新建方案。发布过的调整在“调整批次”里，可以查看和恢复原界。"));
      return;
    }
    const state = stateOfPlan(plan);
    byId("plan-name").textContent = plan.name;
    byId("plan-facts").replaceChildren(el("span", { class: `tag ${state.mood}` }, state.word), ` ${this.editor.areaName(plan.area)} `, codeText(plan.area));
    byId("plan-count").textContent = `改动${this.editor.session.codesIn("changed").length}　新增${this.editor.session.codesIn("created").length}　停用${this.editor.session.retired.length}`;
    showPalette(this.editor);
  }

  choose(name) {
    this.tab = name;
    if (this.editor.session.plan) this.showTab();
  }

  turn(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length];
    this.choose(next);
    byId(`tab-${next}`).focus();
  }

  showTab() {
    if (!this.editor.session.plan) return;
    for (const name of TABS) {
      byId(`tab-${name}`).setAttribute("aria-selected", String(name === this.tab));
      byId(`tab-${name}`).tabIndex = name === this.tab ? 0 : -1;
    }
    const body = byId("side-body");
    body.setAttribute("aria-labelledby", `tab-${this.tab}`);
    if (this.tab === "decision" && body.dataset.tab === "decision" && body.contains(document.activeElement)) return; // a form is being filled in
    body.dataset.tab = this.tab;
    if (this.tab === "work") refill(body, workPanel(this.editor));
    else if (this.tab === "steps") body.replaceChildren(...stepsPanel(this.editor));
    else if (this.tab === "decision") body.replaceChildren(...decisionPanel(this.editor));
    else this.editor.effect.fill(body);
  }

  showBusy() {
    document.documentElement.dataset.busy = String(this.editor.session.busy > 0);
    clearInterval(this.busyTimer);
    if (this.editor.session.busy) this.busyTimer = setInterval(() => this.tellBusy(), 500);
    this.tellBusy();
    showPalette(this.editor);
  }

  /** What is under way and for how long; after a moment it can be given up. */
  tellBusy() {
    const { running } = this.editor.session;
    byId("busy").hidden = !running;
    if (!running) return;
    const seconds = Math.floor((Date.now() - running.since) / 1000);
    const word = { undo: "撤销", redo: "重做" }[running.kind] ?? OPERATION_WORDS[running.kind] ?? "提交";
    byId("busy-text").textContent = running.cancelled ? "正在取消，算完后自动撤回…" : `正在${word}…${seconds ? ` ${seconds}秒` : ""}`;
    byId("busy-cancel").hidden = running.cancelled || seconds < 1 || ["undo", "redo"].includes(running.kind);
  }

  showOnline() {
    byId("offline").hidden = navigator.onLine;
  }

  say(children) {
    const box = byId("stage-message");
    box.replaceChildren(...children);
    box.hidden = !children.length;
  }

  flash(text, refresh = null) {
    clearTimeout(this.flashTimer);
    this.say([el("p", null, text), refresh ? el("button", { type: "button", class: "button", onclick: refresh }, "刷新") : ""]);
    if (!refresh) this.flashTimer = setTimeout(() => this.say([]), FLASH_MS);
  }
}

/** Fill a panel anew; the field or button that was being used stays the one in use. */
function refill(body, children) {
  const { id } = document.activeElement ?? {};
  const inside = Boolean(id) && body.contains(document.activeElement);
  const { scrollTop } = body.parentElement;
  body.replaceChildren(...children);
  body.parentElement.scrollTop = scrollTop;
  if (inside) byId(id)?.focus({ preventScroll: true });
}
