// The box at the top: form[data-search] asks that address while one types, by the ARIA combobox pattern. Without script it
// is a form that leads to the page of results. An ID number or a mobile never gets into an address: it is posted.
(function () {
  "use strict";
  const PAUSE = 250;
  const NONE = "没有找到，或者不在您的数据范围内。";
  const DIGITS = "按 Enter 查找这个编号。";
  const PERSONAL = "这像是身份证号或手机号。为保护个人信息，这里不按号码查找。";
  const LOOK_UP = "这像是身份证号或手机号。按 Enter 按号码查找；谁在何时查找过会记入操作日志。";

  const form = document.querySelector("form[data-search]");
  if (!form) return;
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

  function draw(groups, words) {
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
    tell(words || (options.length ? "" : NONE));
    said.textContent = options.length ? "找到 " + options.length + " 条，用上下键选择。" : words || NONE;
    active = -1;
    show(true);
  }

  function tell(words) {
    hint.textContent = words;
    hint.hidden = !words;
  }

  function forget() {
    clearTimeout(timer);
    if (asking) asking.abort();
    asking = null;
  }

  function ask(words) {
    asking = new AbortController();
    fetch(form.dataset.search + "?" + new URLSearchParams({ q: words }), {
      signal: asking.signal, redirect: "manual", headers: { Accept: "application/json" },
    }).then(function (answer) { return answer.ok ? answer.json() : null; }).then(function (found) {
      if (found && words === box.value.trim()) draw(found.groups, found.hint);
    }).catch(function () { /* Typed further, or no network: Enter still leads to the page. */ });
  }

  function typed() {
    const words = box.value.trim();
    forget();
    if (!words) return show(false);
    if (isPersonal(words)) return draw([], form.dataset.lookUp ? LOOK_UP : PERSONAL);
    if (isDigits(words)) return draw([], DIGITS);
    timer = setTimeout(ask, PAUSE, words);
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
    const words = box.value.trim();
    if (words && !isPersonal(words)) return;
    event.preventDefault();
    if (words && form.dataset.lookUp) post(words);
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
