// A sheet that comes up from the thumb: one at a time, closed by Esc, the back key or a touch beside it.

import { el } from "./dom.js";

let shown = null;

/** Show `children` under `title`; returns a function that closes the sheet. */
export function openSheet(title, children, { onClose } = {}) {
  closeSheet();
  const before = document.activeElement;
  const heading = el("h2", { id: "m-sheet-title", tabindex: "-1" }, title);
  const box = el(
    "div",
    { class: "m-sheet", role: "dialog", "aria-modal": "true", "aria-labelledby": "m-sheet-title" },
    el("header", { class: "m-sheet-head" }, heading, el("button", { type: "button", class: "button", onclick: () => closeSheet() }, "关闭")),
    el("div", { class: "m-sheet-body" }, children),
  );
  const shade = el("div", { class: "m-shade", onclick: (event) => event.target === shade && closeSheet() }, box);
  shade.addEventListener("keydown", (event) => onKey(event, box));
  document.body.append(shade);
  document.body.dataset.sheet = "open";
  setInert(true);
  heading.focus();
  shown = { shade, box, before, onClose };
  return closeSheet;
}

export function closeSheet() {
  if (!shown) return;
  const { shade, before, onClose } = shown;
  shown = null;
  shade.remove();
  delete document.body.dataset.sheet;
  setInert(false);
  if (before?.isConnected) before.focus();
  onClose?.();
}

export function sheetIsOpen() {
  return shown !== null;
}

function setInert(value) {
  for (const part of document.querySelectorAll(".m-app")) {
    part.toggleAttribute("inert", value);
    if (value) part.setAttribute("aria-hidden", "true");
    else part.removeAttribute("aria-hidden");
  }
}

document.addEventListener("keydown", (event) => shown && onKey(event, shown.box));

/** Keep the focus inside where the browser does not know `inert`. */
function onKey(event, box) {
  if (event.key === "Escape") {
    closeSheet();
    return;
  }
  if (event.key !== "Tab") return;
  const stops = [...box.querySelectorAll("button, input, select, textarea, a[href], [tabindex='0']")].filter((one) => !one.disabled && one.offsetParent);
  const [first, last] = [stops[0], stops[stops.length - 1]];
  if (event.shiftKey && document.activeElement === first) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}

/** Tell the style sheet how tall the bar below the thumb is: a message lies above it. */
function measureBar(bars) {
  const tallest = Math.max(...bars.map((bar) => bar.offsetHeight));
  document.body.style.setProperty("--m-bar", `${tallest}px`);
}

if ("ResizeObserver" in window) {
  const bars = [...document.querySelectorAll(".m-tabs, .m-actionbar")];
  const seen = new ResizeObserver(() => measureBar(bars));
  for (const bar of bars) seen.observe(bar, { box: "border-box" });
}

/** Show a short message that goes by itself, with one thing to do when there is one. */
export function toast(text, { action, onAction, forMs = 6000 } = {}) {
  document.querySelector(".m-toast")?.remove();
  const box = el("div", { class: "m-toast", role: "status" }, el("span", null, text));
  if (action) {
    box.append(
      el("button", { type: "button", class: "button", onclick: () => {
        box.remove();
        onAction();
      } }, action),
    );
  }
  document.body.append(box);
  setTimeout(() => box.remove(), forMs);
}
