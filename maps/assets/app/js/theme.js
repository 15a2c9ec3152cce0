// Dark and light: kept in this browser, announced to whoever paints on a canvas.

const KEY = "wangge.theme";

export function currentTheme() {
  return document.documentElement.dataset.theme === "light" ? "light" : "dark";
}

/** Show a theme for as long as this page lasts: a link asks for it, which is nobody's own choice. */
export function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new CustomEvent("themechange", { detail: { theme } }));
}

/** Take a theme for every page of this browser. */
export function setTheme(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage may be switched off; the theme then lasts as long as the page.
  }
  showTheme(theme);
}

/** Read one custom property of the present theme. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
