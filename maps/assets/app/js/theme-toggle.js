// The button for dark and light, on every page.

import { byId } from "./dom.js";
import { currentTheme, setTheme } from "./theme.js";

byId("theme-toggle")?.addEventListener("click", () => {
  setTheme(currentTheme() === "dark" ? "light" : "dark");
});
