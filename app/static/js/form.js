// Forms: the error summary takes the focus, its links open folded sections, long texts show how much is left,
// long choice lists can be narrowed by typing; a form[data-form] is sent once only, and form[data-dirty] warns before
// what was typed is lost.
(function () {
  "use strict";

  const summary = document.querySelector(".error-summary");
  if (summary) {
    // A form is sent to the address with the part of the page that was gone to, and that would take the focus now.
    history.replaceState(history.state, "", location.pathname + location.search);
    summary.focus();
    document.title = summary.dataset.title + document.title;
  }

  document.querySelectorAll(".error-summary a").forEach(function (link) {
    link.addEventListener("click", function (event) {
      const target = document.getElementById(link.hash.slice(1));
      if (!target) return;
      event.preventDefault();
      const folded = target.closest("details");
      if (folded) folded.open = true;
      const control = target.matches("input, select, textarea") ? target : target.querySelector("input, select, textarea") || target;
      target.scrollIntoView({ block: "center" });
      control.focus({ preventScroll: true });
    });
  });

  // Length as the server counts it: a rare character is one, though JavaScript keeps it as two.
  document.querySelectorAll("textarea[data-counter]").forEach(function (area) {
    const limit = Number(area.dataset.counter);
    const note = document.createElement("p");
    note.className = "field-counter";
    area.after(note);
    const tell = function () {
      const length = Array.from(area.value).length;
      note.textContent = length + " / " + limit;
      note.classList.toggle("is-over", length > limit);
    };
    area.addEventListener("input", tell);
    tell();
  });

  document.querySelectorAll("[data-narrow]").forEach(function (box) {
    const options = Array.from(box.querySelectorAll(".option"));
    const search = document.createElement("input");
    search.type = "search";
    search.className = "form-control options-search";
    search.placeholder = box.dataset.narrow;
    search.setAttribute("aria-label", box.dataset.narrow);
    box.before(search);
    search.addEventListener("input", function () {
      const words = search.value.trim();
      options.forEach(function (option) { option.hidden = words !== "" && !option.textContent.includes(words); });
    });
    search.addEventListener("keydown", function (event) {
      if (event.key === "Enter") event.preventDefault();
    });
  });

  let typed = false;
  document.querySelectorAll("form[data-dirty]").forEach(function (form) {
    const changed = function () { typed = true; };
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
  });
  window.addEventListener("beforeunload", function (event) { if (typed) event.preventDefault(); });

  // Heard at the document, after confirm.js: a form that is still being asked about has not been sent.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    // What opens beside the form, a preview, leaves it as it is.
    if (event.defaultPrevented || (event.submitter && event.submitter.formTarget)) return;
    typed = false;
    if (!form.hasAttribute("data-form")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  // Coming back by the browser's button must leave the forms usable.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-form]").forEach(function (form) { delete form.dataset.sent; });
  });
})();
