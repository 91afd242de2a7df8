// Runs before the first paint, so that a page does not jump: large type and a folded menu are kept on this device.
(function () {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  // A browser may refuse storage; the page then opens as it is.
  const remembered = function (name) {
    try { return localStorage.getItem(name) === "yes"; } catch (refused) { return false; }
  };
  const remember = function (name, on) {
    try { localStorage.setItem(name, on ? "yes" : "no"); } catch (refused) { /* nothing to keep it in */ }
  };
  const set = function (name, on) {
    root.classList.toggle(name, on);
    remember(name, on);
  };
  if (remembered("large-type")) root.classList.add("large-type");
  if (remembered("menu-folded")) root.classList.add("menu-folded");

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-large-type]").forEach(function (button) {
      const show = function () {
        button.setAttribute("aria-pressed", root.classList.contains("large-type"));
      };
      button.addEventListener("click", function () {
        set("large-type", !root.classList.contains("large-type"));
        show();
      });
      show();
    });
  });
  window.registryAppearance = { set: set };
})();
