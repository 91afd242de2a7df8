// Asks before a form with data-confirm is sent. The attributes stand on the button that sends, or on the form:
//   data-confirm        the sentence that names what will change
//   data-confirm-title  heading;  data-ok  the button's word;  data-tone="danger"  for what cannot be undone
// A list's bulk form (data-bulk) also shows which records are ticked.
(function () {
  "use strict";
  const dialog = document.getElementById("confirm-dialog");
  if (!dialog || !dialog.showModal) return;
  const title = document.getElementById("confirm-title");
  const text = document.getElementById("confirm-text");
  const items = document.getElementById("confirm-items");
  const yes = document.getElementById("confirm-yes");
  const NAMES_SHOWN = 8;
  let pending = null;

  function attribute(form, button, name) {
    return (button && button.dataset[name]) || form.dataset[name] || "";
  }

  function listRecords(form) {
    const ticked = form.hasAttribute("data-bulk")
      ? Array.from(form.elements).filter(function (box) { return box.name === "rowid" && box.checked; }) : [];
    items.replaceChildren();
    items.hidden = ticked.length === 0;
    ticked.slice(0, NAMES_SHOWN).forEach(function (box) {
      const item = document.createElement("li");
      item.textContent = box.dataset.name;
      items.append(item);
    });
    if (ticked.length > NAMES_SHOWN) {
      const more = document.createElement("li");
      more.textContent = items.dataset.more.replace("{n}", ticked.length);
      items.append(more);
    }
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    const button = event.submitter;
    const question = attribute(form, button, "confirm");
    if (!question || event.defaultPrevented) return;
    if (pending && pending.agreed) return;
    event.preventDefault();
    title.textContent = attribute(form, button, "confirmTitle") || title.dataset.default;
    text.textContent = question;
    yes.textContent = attribute(form, button, "ok") || yes.dataset.default;
    yes.className = attribute(form, button, "tone") === "danger" ? "btn btn-danger" : "btn btn-primary";
    listRecords(form);
    pending = { form: form, button: button, agreed: false };
    dialog.returnValue = "no";
    dialog.showModal();
  });

  dialog.addEventListener("close", function () {
    if (!pending) return;
    const asked = pending;
    if (dialog.returnValue === "yes") {
      asked.agreed = true;
      asked.form.requestSubmit(asked.button || undefined);
    }
    pending = null;
  });
})();
