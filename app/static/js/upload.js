// form[data-upload]: a picture is seen before it is sent, can be turned, and is made smaller where it is larger than
// anybody reads; how far the sending is, is shown. Without this the form sends the file as it is.
(function () {
  "use strict";
  // Pixels of the longer side: A4 at 250 dots an inch.
  const LONGEST = 2900, SHOWN = 360, QUALITY = 0.88;
  const main = document.getElementById("main");
  const words = document.querySelector("[data-upload-words]").dataset;

  const make = function (name, className, text) {
    const found = document.createElement(name);
    found.className = className;
    found.textContent = text || "";
    return found;
  };
  const size = function (count) {
    return count < 1048576 ? Math.max(1, Math.round(count / 1024)) + " KB" : (count / 1048576).toFixed(1) + " MB";
  };

  const draw = function (canvas, bitmap, turns, longest) {
    const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
    const width = Math.round(bitmap.width * scale), height = Math.round(bitmap.height * scale);
    canvas.width = turns % 2 ? height : width;
    canvas.height = turns % 2 ? width : height;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.translate(canvas.width / 2, canvas.height / 2);
    context.rotate(turns * Math.PI / 2);
    context.drawImage(bitmap, -width / 2, -height / 2, width, height);
  };

  const watch = function (input) {
    const panel = make("div", "upload-preview");
    panel.hidden = true;
    const canvas = make("canvas", "");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", words.sayPreview);
    const note = make("p", "field-help");
    note.setAttribute("role", "status");
    const buttons = make("div", "upload-turn");
    panel.append(canvas, buttons, note);
    (input.closest(".field") || input).append(panel);
    let original = null, bitmap = null, turns = 0;

    const submit = input.form.querySelector("button[type=submit]");

    const take = function (file) {
      const chosen = new DataTransfer();
      chosen.items.add(file);
      input.files = chosen.files;
      submit.disabled = false;
    };
    const prepare = function () {
      draw(canvas, bitmap, turns, SHOWN);
      if (!turns && Math.max(bitmap.width, bitmap.height) <= LONGEST) {
        note.textContent = size(original.size);
        return take(original);
      }
      const whole = document.createElement("canvas");
      draw(whole, bitmap, turns, LONGEST);
      const asked = turns;
      // What is seen is what is sent: not before it is ready.
      submit.disabled = true;
      whole.toBlob(function (blob) {
        if (asked !== turns) return;
        if (!blob) return take(original);
        const name = original.name.replace(/\.[^.]*$/, "") + ".jpg";
        take(new File([blob], name, { type: "image/jpeg" }));
        note.textContent = words.sayShrunk.replace("{from}", size(original.size)).replace("{to}", size(blob.size));
      }, "image/jpeg", QUALITY);
    };
    [[words.sayLeft, 3], [words.sayRight, 1]].forEach(function (pair) {
      const button = make("button", "btn btn-default btn-sm", pair[0]);
      button.type = "button";
      button.addEventListener("click", function () {
        turns = (turns + pair[1]) % 4;
        prepare();
      });
      buttons.append(button);
    });
    input.addEventListener("change", function () {
      panel.hidden = true;
      submit.disabled = false;
      turns = 0;
      original = input.files[0];
      if (!original || !/^image\/(jpeg|png)$/.test(original.type) || !window.createImageBitmap) return;
      createImageBitmap(original).then(function (found) {
        bitmap = found;
        panel.hidden = false;
        prepare();
      }).catch(function () { /* The server says what is wrong with it. */ });
    });
  };

  const show = function (request) {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const found = page.getElementById("main");
    // The session has ended, or the server has no page for this.
    if (!found || !page.querySelector("form[data-upload]")) return location.assign(request.responseURL || location.href);
    main.replaceChildren(...found.childNodes);
    begin();
    (main.querySelector(".error-summary") || main).focus();
    scrollTo(0, 0);
  };

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (event.defaultPrevented || !form.hasAttribute("data-upload")) return;
    event.preventDefault();
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", words.sayProgress);
    const said = make("p", "field-help", words.saySending);
    said.setAttribute("role", "status");
    // The page that comes takes the place of the forms, and of what would be chosen or typed meanwhile.
    const wait = function (on) { main.querySelectorAll("form").forEach(function (one) { one.inert = on; }); };
    const progress = make("div", "upload-progress");
    progress.append(bar, said);
    const former = form.nextElementSibling;
    if (former && former.className === "upload-progress") former.remove();
    form.after(progress);
    // What is inert has no focus.
    progress.tabIndex = -1;
    progress.focus();
    wait(true);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", function (step) {
      if (!step.lengthComputable) return;
      bar.value = step.loaded / step.total;
      if (step.loaded === step.total) said.textContent = words.sayChecking;
    });
    request.addEventListener("load", function () { show(request); });
    request.addEventListener("error", function () {
      bar.remove();
      wait(false);
      said.textContent = words.sayFailed;
    });
    request.send(new FormData(form));
  });

  const begin = function () {
    document.querySelectorAll("form[data-upload] input[type=file]").forEach(watch);
  };
  begin();
})();
