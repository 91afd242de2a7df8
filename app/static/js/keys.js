// Single keys for who works through lists: j k x on rows, / to search, g and a letter to go, ? for what works on this page.
// Never while something is typed; a switch in the dialog ends them for good on this device (WCAG 2.1.4, appearance.js).
(function () {
  "use strict";
  const PREFIX_MILLISECONDS = 1500;
  const root = document.documentElement, dialog = document.getElementById("keys-dialog");
  if (!dialog) return;
  const rows = Array.from(document.querySelectorAll(".list table.cards tbody tr")).filter(link);
  let prefixed = 0, current = -1;

  function link(row) { return row.querySelector(".ops a") || row.querySelector("a"); }
  function box(row) { return row.querySelector('input[name="rowid"]'); }

  function place() {
    const here = rows.findIndex(function (row) { return row.contains(document.activeElement); });
    return here < 0 ? current : here;
  }

  function move(by) {
    current = Math.min(Math.max(place() + by, 0), rows.length - 1);
    link(rows[current]).focus();
    rows[current].scrollIntoView({ block: "nearest" });
  }

  // Of two inboxes the one whose cases one decides: inbox.js has asked.
  function target(letter) {
    const links = Array.from(document.querySelectorAll('a[data-go="' + letter + '"]'));
    return links.find(function (one) { return one.querySelector("[data-mine]"); }) || links[0];
  }

  function search() { window.registrySearch.open(); }
  function tick() { box(rows[place()]).click(); }
  function help() {
    dialog.querySelectorAll("[data-keys-for]").forEach(function (line) {
      const what = line.dataset.keysFor, to = what.startsWith("g") ? target(what[1]) : null;
      line.hidden = !(to || works(what));
      if (to) line.querySelector("dd").textContent = to.querySelector("span").textContent;
    });
    dialog.showModal();
  }

  function works(key) {
    if (key === "j" || key === "k") return rows.length > 0;
    if (key === "x") return rows.some(box);
    if (key === "/") return Boolean(window.registrySearch);
    return key === "?";
  }

  const acts = { j: function () { move(1); }, k: function () { move(-1); }, x: tick, "/": search, "?": help };

  function isTyping(element) {
    return element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
  }

  document.addEventListener("keydown", function (event) {
    if (root.classList.contains("keys-off") || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const wasPrefixed = event.timeStamp - prefixed < PREFIX_MILLISECONDS && prefixed > 0;
    prefixed = 0;
    if (wasPrefixed) {
      const to = target(event.key);
      if (!to) return;
      event.preventDefault();
      to.click();
    } else if (event.key === "g") {
      prefixed = event.timeStamp;
    } else if (acts[event.key] && works(event.key) && !(event.key === "x" && (place() < 0 || !box(rows[place()])))) {
      event.preventDefault();
      acts[event.key]();
    }
  });
  document.querySelectorAll("[data-keys-help]").forEach(function (button) { button.addEventListener("click", help); });
})();
