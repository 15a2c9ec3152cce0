// On a phone the list lies over the lower half of the map, and the figures open on demand.

import { byId } from "./dom.js";

export function setUpSheet(onResize) {
  const grip = byId("sheet-grip");
  const figuresButton = byId("sheet-figures");
  const set = (name, value) => {
    document.body.dataset[name] = value;
    grip.setAttribute("aria-expanded", String(document.body.dataset.sheet !== "low"));
    figuresButton.setAttribute("aria-expanded", String(document.body.dataset.figures === "open"));
    onResize();
  };
  grip.addEventListener("click", () => {
    const next = { low: "half", half: "high", high: "low" };
    set("sheet", next[document.body.dataset.sheet ?? "half"]);
  });
  figuresButton.addEventListener("click", () => set("figures", document.body.dataset.figures === "open" ? "shut" : "open"));
  byId("figures-close").addEventListener("click", () => set("figures", "shut"));
  byId("content").addEventListener("click", (event) => {
    if (document.body.dataset.figures === "open" && event.target.closest(".stage")) set("figures", "shut");
  });
  document.body.dataset.sheet = "half";
}
