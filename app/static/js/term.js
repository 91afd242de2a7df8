// The term of a form: the box for an end date is there only where one is to be given.
(function () {
  "use strict";
  document.querySelectorAll("[data-term-form]").forEach(function (form) {
    const end = form.elements.ends_on;
    if (!end) return;

    function tell() {
      const term = form.querySelector('[name="term"]:checked');
      end.closest(".field").hidden = !term || term.value !== "until";
    }

    form.addEventListener("change", tell);
    tell();
  });
})();
