// The button that has a code sent: posts the mobile (and whatever of the form the server asks for) with the form's token.
// [data-sms][data-sms-url][data-sms-mobile="id of the mobile's field"] with [data-sms-send] and [data-sms-state].
// The server answers JSON: {message, seconds}; with an error status only the message counts.
(function () {
  "use strict";

  document.querySelectorAll("[data-sms]").forEach(function (block) {
    const button = block.querySelector("[data-sms-send]");
    const state = block.querySelector("[data-sms-state]");
    const mobile = document.getElementById(block.dataset.smsMobile);
    const word = button.textContent;
    const form = button.form;
    let asking = false;

    function wait(seconds) {
      if (seconds <= 0) {
        button.disabled = false;
        button.textContent = word;
        return;
      }
      button.disabled = true;
      button.textContent = button.dataset.wait.replace("{n}", seconds);
      setTimeout(function () { wait(seconds - 1); }, 1000);
    }

    button.addEventListener("click", async function () {
      if (asking) return;
      asking = true;
      const body = new FormData(form);
      body.set("mobile", mobile.value.trim());
      state.textContent = "";
      try {
        const answer = await fetch(block.dataset.smsUrl, {
          method: "POST", body: body, headers: { Accept: "application/json", "X-CSRFToken": body.get("csrf_token") || "" },
        });
        const said = await answer.json();
        state.textContent = said.message || "";
        state.classList.toggle("is-error", !answer.ok);
        // A button that waits cannot keep the focus: it goes to where one types next.
        if (!answer.ok) mobile.focus();
        else if (document.activeElement === button) block.querySelector("input").focus();
        wait(answer.ok ? Number(said.seconds) || 60 : 0);
        // A puzzle is good for one request: another one is needed now.
        document.dispatchEvent(new CustomEvent("registry:puzzle-spent"));
      } catch (unreachable) {
        state.textContent = button.dataset.failed;
        state.classList.add("is-error");
        wait(0);
      }
      asking = false;
    });
    button.disabled = false;
  });
})();
