// A select whose choices depend on another: <select data-parent="id or name of the other">, its options marked
// data-for="value of the other" (several values are separated by spaces; an option without it always stays).
(function () {
  "use strict";

  function parentOf(child) {
    const name = child.dataset.parent;
    return document.getElementById(name) || (child.form && child.form.elements[name]);
  }

  function tie(child) {
    const parent = parentOf(child);
    if (!parent || child.dataset.tied) return;
    child.dataset.tied = "yes";
    // Options are taken out, not hidden: not every browser hides an option.
    const options = Array.from(child.options);

    function fit() {
      const kept = child.value;
      const fitting = options.filter(function (option) {
        return !option.dataset.for || option.dataset.for.split(" ").includes(parent.value);
      });
      child.replaceChildren(...fitting);
      child.value = fitting.some(function (option) { return option.value === kept; }) ? kept : fitting.length ? fitting[0].value : "";
      if (child.value !== kept) child.dispatchEvent(new Event("change", { bubbles: true }));
    }

    parent.addEventListener("change", fit);
    fit();
  }

  function tieAll(part) {
    part.querySelectorAll("select[data-parent]").forEach(tie);
  }

  tieAll(document);
  document.addEventListener("registry:added", function (event) { tieAll(event.target); });
})();
