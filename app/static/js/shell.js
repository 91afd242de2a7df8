// The menu (folds on a desk, a drawer on a phone), messages that can be closed, dialogs with a form, "go back".
(function () {
  "use strict";
  const root = document.documentElement;
  const toggle = document.querySelector("[data-menu-toggle]");
  const narrow = window.matchMedia("(max-width: 860px)");

  function menuIsOpen() {
    return narrow.matches ? root.classList.contains("drawer-open") : !root.classList.contains("menu-folded");
  }

  function tell() {
    toggle.setAttribute("aria-expanded", menuIsOpen());
    // Behind an open drawer nothing can be reached by keyboard.
    document.querySelectorAll("main, .foot").forEach(function (part) {
      part.inert = narrow.matches && root.classList.contains("drawer-open");
    });
  }

  if (toggle) {
    toggle.addEventListener("click", function () {
      if (narrow.matches) root.classList.toggle("drawer-open");
      else window.registryAppearance.set("menu-folded", !root.classList.contains("menu-folded"));
      tell();
    });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && root.classList.contains("drawer-open")) {
        root.classList.remove("drawer-open");
        tell();
        toggle.focus();
      }
    });
    narrow.addEventListener("change", function () {
      root.classList.remove("drawer-open");
      tell();
    });
    tell();
  }

  // Past the menu without leaving a mark in the address, which a form would be sent to and the next page opened at.
  document.querySelectorAll(".skip-link").forEach(function (link) {
    link.addEventListener("click", function (event) {
      event.preventDefault();
      document.getElementById("main").focus();
    });
  });

  document.querySelectorAll("[data-dismiss-message]").forEach(function (button) {
    button.addEventListener("click", function () { button.closest(".alert").remove(); });
  });

  document.querySelectorAll("[data-dialog]").forEach(function (button) {
    const dialog = document.getElementById(button.dataset.dialog);
    if (dialog) button.addEventListener("click", function () { dialog.showModal(); });
  });
  // A dialog whose form was refused comes back open.
  document.querySelectorAll("dialog[data-open]").forEach(function (dialog) { dialog.showModal(); });
  document.querySelectorAll("[data-dialog-close]").forEach(function (button) {
    button.addEventListener("click", function () { button.closest("dialog").close(); });
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.addEventListener("click", function () { window.print(); });
  });

  if (history.length > 1) {
    document.querySelectorAll("[data-go-back]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () { history.back(); });
    });
  }
})();
