// The page of a case that waits for one's own decision: says each half minute that it is open, while it is looked at, and
// names the colleagues who have it open too. Whether somebody was quicker the server decides when a form is sent.
(function () {
  "use strict";
  const EACH = 30000;
  const place = document.querySelector("[data-visits]");
  if (!place) return;
  const said = place.querySelector("[data-visits-said]");
  let timer = 0;

  function tell(words) {
    if (said.textContent !== words) said.textContent = words;
    place.hidden = !words;
  }

  function look() {
    if (document.visibilityState !== "visible") return;
    const token = document.querySelector("[name=csrf_token]").value;
    fetch(place.dataset.visits, {
      method: "POST", body: new URLSearchParams({ csrf_token: token }), redirect: "manual", headers: { Accept: "application/json" },
    }).then(function (answer) {
      if (answer.ok) return answer.json().then(function (found) { tell(found.said.join("")); });
      clearInterval(timer);
      // Decided meanwhile: what was typed stays, and the page says so.
      if (answer.status === 409) return answer.json().then(function (found) { tell(found.message); });
    }).catch(function () { /* No network: the next look tries again. */ });
  }

  timer = setInterval(look, EACH);
  document.addEventListener("visibilitychange", look);
  look();
})();
