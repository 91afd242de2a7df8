// Rows of a FieldList that are added and removed: [data-repeat="name"] with [data-repeat-rows], a <template> whose
// names carry __n__ where the number belongs, [data-repeat-add], and [data-repeat-remove] in each row.
(function () {
  "use strict";
  const NUMBERED = ["name", "id", "for", "aria-describedby", "aria-labelledby", "aria-controls", "data-parent"];

  function renumber(row, list, number) {
    const mark = new RegExp("(^|\\s)" + list.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + "-(?:\\d+|__n__)(?=-|$|\\s)", "g");
    row.querySelectorAll(NUMBERED.map(function (name) { return "[" + name + "]"; }).join(",")).forEach(function (part) {
      NUMBERED.forEach(function (name) {
        const value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replace(mark, "$1" + list + "-" + number));
      });
    });
    const shown = row.querySelector("[data-repeat-number]");
    if (shown) shown.textContent = number + 1;
  }

  document.querySelectorAll("[data-repeat]").forEach(function (block) {
    const list = block.dataset.repeat;
    const rows = block.querySelector("[data-repeat-rows]");
    const blank = block.querySelector("template[data-repeat-blank]");
    const add = block.querySelector("[data-repeat-add]");
    const limit = Number(block.dataset.repeatMax) || Infinity;

    function tidy() {
      Array.from(rows.children).forEach(function (row, number) { renumber(row, list, number); });
      // Until somebody listens they are off: a click would be lost.
      add.disabled = rows.children.length >= limit;
      rows.querySelectorAll("[data-repeat-remove]").forEach(function (button) { button.disabled = false; });
    }

    add.addEventListener("click", function () {
      rows.append(blank.content.cloneNode(true));
      tidy();
      const row = rows.lastElementChild;
      row.dispatchEvent(new CustomEvent("registry:added", { bubbles: true }));
      const first = row.querySelector("input:not([type=hidden]), select, textarea");
      if (first) first.focus();
    });
    rows.addEventListener("click", function (event) {
      const button = event.target.closest("[data-repeat-remove]");
      if (!button) return;
      const row = button.closest("[data-repeat-row]");
      const neighbour = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      tidy();
      rows.dispatchEvent(new Event("change", { bubbles: true }));
      ((neighbour && neighbour.querySelector("[data-repeat-remove]")) || add).focus();
    });
    tidy();
  });
})();
