// Runs before the first paint, so that a page never flashes in the wrong theme.
(function () {
  "use strict";
  var fromHash = new URLSearchParams(location.hash.slice(1)).get("theme");
  var stored = null;
  try {
    stored = localStorage.getItem("wangge.theme");
  } catch (error) {
    stored = null; // storage may be switched off: the page's own theme stays
  }
  var theme = fromHash || stored;
  if (theme === "dark" || theme === "light") {
    document.documentElement.dataset.theme = theme;
  }
})();
