// Before and after: the old lines over the plan, a curtain between the two, or the old alone.

import { byId } from "./dom.js";

const FAR_PX = 100_000; // beyond any screen
const STEP = { ArrowLeft: -2, ArrowRight: 2, Home: -100, End: 100 }; // per cent of the map's width

export class Comparison {
  constructor(editor) {
    this.editor = editor;
    this.mode = "lines";
    this.share = 50;
    this.handle = byId("swipe");
    const group = byId("compare-mode");
    this.options = [...group.querySelectorAll('[role="radio"]')];
    group.addEventListener("click", (event) => {
      const option = event.target.closest('[role="radio"]');
      if (option) this.set(option.dataset.value);
    });
    group.addEventListener("keydown", (event) => this.turn(event));
    byId("compare").addEventListener("input", (event) => editor.view.setStrength(Number(event.target.value) / 100));
    this.bindHandle();
    editor.map.on("move zoomend viewreset resize", () => this.place());
  }

  turn(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = this.options[(this.options.indexOf(document.activeElement) + step + this.options.length) % this.options.length];
    next.focus();
    this.set(next.dataset.value);
  }

  /** `lines`, `swipe` or `before`; there is nothing to compare without a draft. */
  set(mode) {
    this.mode = this.editor.view.content?.draft ? mode : "lines";
    for (const option of this.options) {
      const chosen = option.dataset.value === this.mode;
      option.setAttribute("aria-checked", String(chosen));
      option.tabIndex = chosen ? 0 : -1;
    }
    byId("compare-strength").hidden = this.mode !== "lines";
    byId("before-note").hidden = this.mode !== "before";
    this.handle.hidden = this.mode !== "swipe";
    this.editor.view.compare(this.mode);
    this.place();
  }

  toggle(mode) {
    this.set(this.mode === mode ? "lines" : mode);
  }

  // ---- the curtain

  bindHandle() {
    const { handle } = this;
    const follow = (event) => {
      const frame = this.editor.map.getContainer().getBoundingClientRect();
      this.move(((event.clientX - frame.left) / frame.width) * 100);
    };
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.focus();
      handle.setPointerCapture(event.pointerId);
      handle.addEventListener("pointermove", follow);
    });
    handle.addEventListener("pointerup", () => handle.removeEventListener("pointermove", follow));
    handle.addEventListener("pointercancel", () => handle.removeEventListener("pointermove", follow));
    handle.addEventListener("keydown", (event) => {
      if (!(event.key in STEP)) return;
      event.preventDefault();
      event.stopPropagation();
      this.move(this.share + STEP[event.key]);
    });
  }

  move(share) {
    this.share = Math.min(100, Math.max(0, share));
    this.place();
  }

  /** Cut the panes at the curtain: the old left of it, the plan right of it. */
  place() {
    const { map, view } = this.editor;
    if (this.mode !== "swipe") {
      view.clip(null, null);
      return;
    }
    const across = (map.getSize().x * this.share) / 100;
    const { x } = map.containerPointToLayerPoint([across, 0]);
    view.clip(cut(-FAR_PX, x), cut(x, FAR_PX));
    this.handle.style.left = `${this.share}%`;
    this.handle.setAttribute("aria-valuenow", String(Math.round(this.share)));
  }
}

function cut(left, right) {
  return `polygon(${left}px ${-FAR_PX}px, ${right}px ${-FAR_PX}px, ${right}px ${FAR_PX}px, ${left}px ${FAR_PX}px)`;
}
