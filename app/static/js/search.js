// The box at the top: form[data-search] asks that address while one types, by the ARIA combobox pattern. Without script it
// is a form that leads to the page of results. An ID number or a mobile never gets into an address: it is posted.
(function () {
  "use strict";
  const PAUSE = 250;

  const form = document.querySelector("form[data-search]");
  if (!form) return;
  const words = form.dataset;
  const box = form.querySelector("input[name=q]");
  const panel = form.querySelector("[data-search-panel]");
  const list = form.querySelector("[role=listbox]");
  const hint = form.querySelector("[data-search-hint]");
  const said = form.querySelector("[role=status]");
  const opener = document.querySelector("[data-search-open]");
  const root = document.documentElement;
  let options = [], active = -1, timer = 0, asking = null;

  // As domain/identity.py has it.
  function isPersonal(text) {
    const plain = text.normalize("NFKC").replace(/[\s\u2010-\u2015\p{Cf}-]/gu, "");
    return /^\+?\d{10,}[Xx]?$/.test(plain) || /(^|\D)([1-9]\d{16}[\dXx]|1[3-9]\d{9})(?!\d)/.test(plain);
  }

  // What may yet become such a number is not asked about letter by letter.
  function isDigits(text) { return /^\+?\d+$/.test(text.normalize("NFKC").replace(/[\s-]/g, "")); }

  function show(isOpen) {
    panel.hidden = !isOpen;
    box.setAttribute("aria-expanded", isOpen && options.length > 0);
    if (!isOpen) mark(-1);
  }

  function mark(index) {
    active = index;
    options.forEach(function (option, place) { option.setAttribute("aria-selected", place === index); });
    if (index < 0) return box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-activedescendant", options[index].id);
    options[index].scrollIntoView({ block: "nearest" });
  }

  function part(kind, text) {
    const made = document.createElement("span");
    made.className = kind;
    made.textContent = text;
    return made;
  }

  function draw(groups, note) {
    options = [];
    list.replaceChildren();
    groups.forEach(function (group, number) {
      const holder = document.createElement("div"), label = part("search-group", group.label);
      label.id = "search-group-" + number;
      holder.setAttribute("role", "group");
      holder.setAttribute("aria-labelledby", label.id);
      holder.append(label);
      group.hits.forEach(function (hit) {
        const option = document.createElement("div");
        option.id = "search-option-" + options.length;
        option.className = "search-option";
        option.dataset.url = hit.url;
        option.setAttribute("role", "option");
        option.append(part("search-name", hit.name), part("search-note", hit.note));
        options.push(option);
        holder.append(option);
      });
      list.append(holder);
    });
    list.hidden = !options.length;
    tell(note || (options.length ? "" : words.sayNone));
    said.textContent = options.length ? words.sayFound.replace("{n}", options.length) : note || words.sayNone;
    active = -1;
    show(true);
  }

  function tell(note) {
    hint.textContent = note;
    hint.hidden = !note;
  }

  function forget() {
    clearTimeout(timer);
    if (asking) asking.abort();
    asking = null;
  }

  function ask(typed) {
    asking = new AbortController();
    fetch(form.dataset.search + "?" + new URLSearchParams({ q: typed }), {
      signal: asking.signal, redirect: "manual", headers: { Accept: "application/json" },
    }).then(function (answer) { return answer.ok ? answer.json() : null; }).then(function (found) {
      if (found && typed === box.value.trim()) draw(found.groups, found.hint);
    }).catch(function () { /* Typed further, or no network: Enter still leads to the page. */ });
  }

  function typed() {
    const text = box.value.trim();
    forget();
    if (!text) return show(false);
    if (isPersonal(text)) return draw([], form.dataset.lookUp ? words.sayLookUp : words.sayPersonal);
    if (isDigits(text)) return draw([], words.sayDigits);
    timer = setTimeout(ask, PAUSE, text);
  }

  function post(number) {
    const sent = document.createElement("form");
    sent.method = "post";
    sent.action = form.dataset.lookUp;
    [["number", number], ["csrf_token", document.querySelector("[name=csrf_token]").value]].forEach(function (pair) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = pair[0];
      field.value = pair[1];
      sent.append(field);
    });
    document.body.append(sent);
    sent.submit();
  }

  function fold() {
    if (root.classList.contains("search-open")) {
      root.classList.remove("search-open");
      opener.focus();
    } else box.blur();
  }

  box.addEventListener("input", typed);
  box.addEventListener("focus", function () { if (options.length && box.value.trim()) show(true); });
  form.addEventListener("focusout", function (event) { if (!form.contains(event.relatedTarget)) show(false); });
  box.addEventListener("keydown", function (event) {
    if (event.isComposing) return;
    const last = options.length - 1, isOpen = !panel.hidden;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
      event.preventDefault();
      if (!isOpen) show(true);
      // Past either end the box itself is next, as the pattern allows.
      mark(event.key === "ArrowDown" ? (active === last ? -1 : active + 1) : active === -1 ? last : active - 1);
    } else if (event.key === "Enter" && isOpen && active >= 0) {
      event.preventDefault();
      location.assign(options[active].dataset.url);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (isOpen) show(false);
      else if (box.value) box.value = "";
      else fold();
    }
  });
  form.addEventListener("submit", function (event) {
    const text = box.value.trim();
    if (text && !isPersonal(text)) return;
    event.preventDefault();
    if (text && form.dataset.lookUp) post(text);
  });
  // The box keeps the focus while a line is clicked.
  list.addEventListener("mousedown", function (event) { event.preventDefault(); });
  list.addEventListener("click", function (event) {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.url);
  });
  if (opener) {
    opener.setAttribute("role", "button");
    opener.addEventListener("click", function (event) {
      event.preventDefault();
      if (root.classList.toggle("search-open")) box.focus();
    });
  }
  window.registrySearch = {
    open: function () {
      // What shows the opener is too narrow for the box.
      if (opener && getComputedStyle(opener).display !== "none") root.classList.add("search-open");
      box.focus();
      box.select();
    },
  };
})();
