// Runs before the first paint, so that a page does not jump: large type, dark, a folded menu, and whether single keys are
// off, are kept on this device.
(function () {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  // A browser may refuse storage; the page then opens as it is.
  const remembered = function (name) {
    try { return localStorage.getItem(name); } catch (refused) { return null; }
  };
  const remember = function (name, on) {
    try { localStorage.setItem(name, on ? "yes" : "no"); } catch (refused) { /* nothing to keep it in */ }
  };
  const set = function (name, on) {
    root.classList.toggle(name, on);
    remember(name, on);
  };
  ["large-type", "menu-folded", "keys-off", "dark"].forEach(function (name) {
    // Until somebody chooses, dark is as the device is set.
    const device = name === "dark" && window.matchMedia("(prefers-color-scheme: dark)").matches;
    const chosen = remembered(name);
    if (chosen === "yes" || (chosen === null && device)) root.classList.add(name);
  });

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-appearance]").forEach(function (button) {
      const name = button.dataset.appearance;
      const show = function () {
        button.setAttribute("aria-pressed", root.classList.contains(name));
      };
      button.addEventListener("click", function () {
        set(name, !root.classList.contains(name));
        show();
      });
      show();
    });
  });
  window.registryAppearance = { set: set };
})();
