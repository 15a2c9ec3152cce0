// Dark and light: kept in this browser, announced to whoever paints on a canvas.

const KEY = "wangge.theme";

export function currentTheme() {
  return document.documentElement.dataset.theme === "light" ? "light" : "dark";
}

export function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage may be switched off; the theme then lasts as long as the page.
  }
  document.dispatchEvent(new CustomEvent("themechange", { detail: { theme } }));
}

/** Read one custom property of the present theme. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
