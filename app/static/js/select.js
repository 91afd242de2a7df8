// A box that asks the server while one types, over a plain <select data-choices-url="...">, which keeps the value and
// is what is posted. The server answers ?q=words with [{id, text}]. data-choices-with="id ..." sends those fields too.
// Keyboard and reading aloud follow the ARIA combobox pattern. Works for one choice and for several (multiple).
(function () {
  "use strict";
  const PAUSE = 200;

  function element(tag, properties, attributes) {
    const made = Object.assign(document.createElement(tag), properties);
    Object.entries(attributes || {}).forEach(function (pair) { made.setAttribute(pair[0], pair[1]); });
    return made;
  }

  function enhance(select) {
    if (select.dataset.enhanced) return;
    select.dataset.enhanced = "yes";
    const many = select.multiple, words = select.dataset;
    const id = select.id;
    const box = element("div", { className: "combo" });
    const chips = element("div", { className: "combo-chips" });
    const input = element("input", { type: "text", id: id, className: "form-control", autocomplete: "off", placeholder: many ? words.sayHint : "" },
      { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": id + "-list" });
    const list = element("ul", { id: id + "-list", className: "combo-list", hidden: true }, { role: "listbox" });
    ["aria-describedby", "aria-invalid", "aria-required"].forEach(function (name) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    });
    const label = document.querySelector('label[for="' + id + '"]');
    list.setAttribute("aria-label", label ? label.textContent : words.sayHint);
    select.id = id + "-value";
    select.hidden = true;
    select.required = false;
    select.before(box);
    box.append(chips, input, list, select);

    let active = -1;
    let timer = 0;
    let asked = 0;

    function chosen() {
      return Array.from(select.options).filter(function (option) { return option.selected && option.value !== ""; });
    }

    function show() {
      chips.replaceChildren();
      if (!many) {
        const one = chosen()[0];
        input.value = one ? one.text : "";
        input.title = input.value;
        input.placeholder = one ? "" : select.options[0] && select.options[0].value === "" ? select.options[0].text : words.sayHint;
        return;
      }
      chosen().forEach(function (option) {
        const chip = element("button", { type: "button", className: "chip", textContent: option.text + " ×" }, { "aria-label": words.sayRemove.replace("{name}", function () { return option.text; }) });
        chip.addEventListener("click", function () {
          option.remove();
          changed();
          input.focus();
        });
        chips.append(chip);
      });
      input.value = "";
    }

    function changed() {
      show();
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function choose(value, text) {
      if (many) {
        if (!chosen().some(function (option) { return option.value === String(value); })) select.append(new Option(text, value, true, true));
      } else {
        Array.from(select.options).forEach(function (option) { if (option.value !== "") option.remove(); });
        if (value !== "") select.append(new Option(text, value, true, true));
        else select.value = "";
      }
      close();
      changed();
    }

    function close() {
      asked += 1;
      clearTimeout(timer);
      list.hidden = true;
      list.replaceChildren();
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function point(to) {
      const options = list.querySelectorAll("[data-value]");
      if (!options.length) return;
      active = (to + options.length) % options.length;
      options.forEach(function (option, number) { option.setAttribute("aria-selected", number === active); });
      options[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[active].id);
    }

    function open(entries, note) {
      list.replaceChildren();
      entries.forEach(function (entry, number) {
        const option = element("li", { id: id + "-option-" + number, textContent: entry.text }, { role: "option", "aria-selected": "false", "data-value": entry.id });
        option.addEventListener("pointerdown", function (event) {
          event.preventDefault();
          choose(entry.id, entry.text);
        });
        list.append(option);
      });
      if (note) list.append(element("li", { className: "combo-note", textContent: note }, { role: "option", "aria-disabled": "true", "aria-selected": "false" }));
      list.hidden = false;
      active = -1;
      input.setAttribute("aria-expanded", "true");
    }

    async function ask(typed) {
      const turn = ++asked;
      const url = new URL(select.dataset.choicesUrl, location.href);
      url.searchParams.set("q", typed);
      (select.dataset.choicesWith || "").split(" ").filter(Boolean).forEach(function (name) {
        const other = document.getElementById(name + "-value") || document.getElementById(name);
        if (other) url.searchParams.set(other.name, other.value);
      });
      try {
        const answer = await fetch(url, { headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(answer.status);
        const entries = await answer.json();
        // A slow answer to an older question is dropped.
        if (turn === asked) open(entries, entries.length ? "" : words.sayNone);
      } catch (unreachable) {
        if (turn === asked) open([], words.sayFailed);
      }
    }

    input.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(function () { ask(input.value.trim()); }, PAUSE);
    });
    input.addEventListener("click", function () { if (list.hidden) ask(""); });
    input.addEventListener("keydown", function (event) {
      const options = list.querySelectorAll("[data-value]");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) ask("");
        else point(active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1));
      } else if (event.key === "Enter" && !list.hidden) {
        event.preventDefault();
        if (active >= 0) choose(options[active].dataset.value, options[active].textContent);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
        show();
      } else if (event.key === "Backspace" && many && input.value === "" && chips.lastElementChild) {
        chips.lastElementChild.click();
      }
    });
    // Words that were not chosen are not a value: emptied means none, anything else falls back to what was chosen.
    input.addEventListener("blur", function () {
      close();
      if (!many && input.value.trim() === "" && chosen().length) choose("", "");
      else show();
    });
    show();
  }

  function enhanceAll(part) {
    part.querySelectorAll("select[data-choices-url]").forEach(enhance);
  }

  enhanceAll(document);
  document.addEventListener("registry:added", function (event) { enhanceAll(event.target); });
})();
