// The choices of the layer panel.

import { byId } from "./dom.js";

/** Connect the layer panel with the page's state. */
export function bindControls(overview) {
  bindSegments("metric", (value) => {
    overview.state.layer = value;
    overview.recolour();
    overview.remember(false);
  });
  bindSegments("by-level", (value) => {
    overview.state.by = value;
    overview.recolour();
    overview.remember(false);
  });
  byId("show-points").addEventListener("change", (event) => {
    overview.points.show(event.target.checked);
    overview.recolour();
  });
  byId("show-pattern").addEventListener("change", (event) => {
    overview.pattern = event.target.checked;
    overview.recolour();
  });
}

function bindSegments(id, choose) {
  const group = byId(id);
  const options = [...group.querySelectorAll('[role="radio"]')];
  group.addEventListener("click", (event) => {
    const option = event.target.closest('[role="radio"]');
    if (option) choose(option.dataset.value);
  });
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = options.indexOf(document.activeElement);
    const next = options[(index + step + options.length) % options.length];
    next.focus();
    choose(next.dataset.value);
  });
}

/** Show which choices hold. */
export function showControls(metric, level) {
  mark("metric", metric);
  mark("by-level", level);
}

function mark(id, value) {
  for (const option of byId(id).querySelectorAll('[role="radio"]')) {
    const chosen = option.dataset.value === value;
    option.setAttribute("aria-checked", String(chosen));
    option.tabIndex = chosen ? 0 : -1;
  }
}
