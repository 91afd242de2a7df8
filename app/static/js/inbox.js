// How much waits, beside the entries of the menu: asked for once the page is there, so that no page waits for it.
(function () {
  "use strict";
  // services/rows.py counts no further than that.
  const most = 10000;
  const capped = function (count) { return count > most ? `${most}+` : String(count); };
  const spots = document.querySelectorAll("[data-waiting]");
  if (!spots.length) return;
  fetch("/desk/waiting", { headers: { Accept: "application/json" } }).then(function (answer) {
    return answer.ok ? answer.json() : {};
  }).then(function (loads) {
    spots.forEach(function (spot) {
      const load = loads[spot.dataset.waiting];
      if (load) spot.dataset.mine = "";
      if (!load || !load.waiting) return;
      const words = load.overdue ? spot.dataset.sayOverdue.replace("{late}", capped(load.overdue)) : spot.dataset.sayWaiting;
      const spoken = document.createElement("span");
      spoken.className = "sr-only";
      spoken.textContent = words.replace("{n}", "");
      spot.replaceChildren(capped(load.waiting), spoken);
      spot.title = words.replace("{n}", capped(load.waiting));
      spot.classList.toggle("is-overdue", load.overdue > 0);
      spot.hidden = false;
    });
  }).catch(function () { /* The numbers are a convenience. */ });
})();
