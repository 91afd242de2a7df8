// Asks for #progress of this page again while it says so. Without scripts the page reloads itself.
(function () {
  "use strict";
  const spot = document.getElementById("progress");
  if (!spot || !spot.dataset.again) return;
  function ask() {
    fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" }).then(function (answer) {
      return answer.ok ? answer.text() : Promise.reject(answer.status);
    }).then(function (text) {
      const found = new DOMParser().parseFromString(text, "text/html").getElementById("progress");
      // The session has ended, or the page is another one now.
      if (!found) return location.reload();
      const focused = spot.contains(document.activeElement);
      spot.replaceChildren(...found.childNodes);
      spot.setAttribute("aria-busy", found.getAttribute("aria-busy"));
      if (focused) (spot.querySelector("button, a") || document.getElementById("main")).focus();
      if (found.dataset.again) setTimeout(ask, Number(found.dataset.again));
    }).catch(function () { setTimeout(ask, 10000); });
  }
  setTimeout(ask, Number(spot.dataset.again));
})();
