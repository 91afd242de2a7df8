// Lists: ticking rows for bulk actions, and the search form above them.
(function () {
  "use strict";

  document.querySelectorAll("form[data-bulk]").forEach(function (form) {
    const boxes = Array.from(document.querySelectorAll('input[name="rowid"]')).filter(function (box) { return box.form === form; });
    const all = document.querySelector('[data-check-all="' + form.id + '"]');
    const count = form.querySelector("[data-bulk-count]");

    function tell() {
      const ticked = boxes.filter(function (box) { return box.checked; }).length;
      count.textContent = ticked ? count.dataset.text.replace("{n}", ticked) : "";
      form.classList.toggle("is-ready", ticked > 0);
      boxes.forEach(function (box) { box.closest("tr").classList.toggle("is-picked", box.checked); });
      if (all) {
        all.checked = ticked === boxes.length;
        all.indeterminate = ticked > 0 && ticked < boxes.length;
      }
    }

    boxes.forEach(function (box) { box.addEventListener("change", tell); });
    if (all) {
      all.addEventListener("change", function () {
        boxes.forEach(function (box) { box.checked = all.checked; });
        tell();
      });
    }
    // Before confirm.js hears of it: an action on nothing is not asked about.
    form.addEventListener("submit", function (event) {
      if (boxes.some(function (box) { return box.checked; })) return;
      event.preventDefault();
      count.textContent = form.dataset.pickFirst;
    });
    // The browser may bring ticks back with the page.
    window.addEventListener("pageshow", tell);
    tell();
  });

  document.querySelectorAll("form[data-filters]").forEach(function (form) {
    const toggle = form.querySelector("[data-filters-toggle]");
    toggle.addEventListener("click", function () {
      toggle.setAttribute("aria-expanded", form.classList.toggle("is-open"));
    });
    // Until somebody listens it is off: a click would be lost.
    toggle.disabled = false;
    const more = form.querySelector("[data-filters-more]");
    if (more) {
      more.disabled = false;
      const word = more.textContent;
      more.addEventListener("click", function () {
        const all = form.classList.toggle("shows-all");
        more.setAttribute("aria-expanded", all);
        more.textContent = all ? more.dataset.less : word;
      });
    }
    // Empty conditions would only lengthen the address; one that was emptied just now is said, for a list may
    // open with conditions of its own.
    const before = new Map(Array.from(form.elements, function (control) { return [control.name, control.value]; }));
    form.addEventListener("submit", function () {
      Array.from(form.elements).forEach(function (control) {
        if (control.name && control.value === "" && !before.get(control.name)) control.disabled = true;
      });
    });
    window.addEventListener("pageshow", function () {
      Array.from(form.elements).forEach(function (control) { control.disabled = false; });
    });
  });
})();
