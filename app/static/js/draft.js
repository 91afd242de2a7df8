// A form[data-draft] sends what is typed to that address, a little after the typing has paused, and says when it was kept.
// Whoever was logged out meanwhile logs in in another window, comes back and goes on: the page asks for a new token itself.
(function () {
  "use strict";
  const PAUSE = 2000, KEPT_ALIVE = 60000;

  document.querySelectorAll("form[data-draft]").forEach(function (form) {
    const said = form.querySelector("[data-draft-said]"), words = said.dataset;
    let timer = null, latest = 0, sending = null, lost = false;

    function content() {
      const data = new FormData(form);
      Array.from(data.entries()).forEach(function (pair) { if (pair[1] instanceof File) data.delete(pair[0]); });
      return new URLSearchParams(data);
    }

    function keep() {
      const turn = ++latest, body = content();
      clearTimeout(timer);
      timer = null;
      sending = new AbortController();
      const tell = function (text) { if (turn === latest) said.textContent = text; };
      fetch(form.dataset.draft, {
        method: "POST", body: body, redirect: "manual", signal: sending.signal, headers: { Accept: "application/json" },
        // What is sent as the page goes away has to be small.
        keepalive: document.visibilityState === "hidden" && body.toString().length < KEPT_ALIVE,
      }).then(function (answer) {
        // A redirect is to the login page; a token of another login is a bad request.
        lost = answer.type === "opaqueredirect" || answer.status === 400;
        if (lost) return tell(words.sayLoggedOut);
        return answer.json().then(function (found) { tell(answer.ok ? words.sayKept.replace("{when}", found.saved) : found.message); });
      }).catch(function (fault) {
        if (fault.name === "AbortError") return;
        tell(words.sayOffline);
        later(8 * PAUSE);
      });
    }

    function renew() {
      fetch(location.pathname, { redirect: "manual" }).then(function (answer) { return answer.ok ? answer.text() : ""; }).then(function (text) {
        const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("form[data-draft] [name=csrf_token]");
        if (!fresh) return;
        document.querySelectorAll("[name=csrf_token]").forEach(function (field) { field.value = fresh.value; });
        keep();
      }).catch(function () { /* No network: the next look tries again. */ });
    }

    function later(pause) {
      clearTimeout(timer);
      timer = setTimeout(keep, pause);
    }

    ["input", "change", "registry:added"].forEach(function (kind) {
      form.addEventListener(kind, function () { later(PAUSE); });
    });
    // Heard after confirm.js: what is still being asked about has not been sent.
    document.addEventListener("submit", function (event) {
      const givenUp = event.target.getAttribute("action") === form.dataset.draft + "/drop";
      if (event.defaultPrevented || !(event.target === form || givenUp)) return;
      clearTimeout(timer);
      timer = null;
      latest++;
      if (sending) sending.abort();
    });
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "hidden" && timer) keep();
      if (document.visibilityState === "visible" && lost) renew();
    });
    window.addEventListener("focus", function () { if (lost) renew(); });
  });
})();
