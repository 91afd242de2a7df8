// The picture puzzle: a range input (mouse, touch, arrow keys) moves the piece; where it stands, in pixels of the image,
// goes into the hidden field. Enlarging shows the picture bigger and changes no number.
(function () {
  "use strict";

  document.querySelectorAll("[data-puzzle]").forEach(function (block) {
    const find = function (name) { return block.querySelector("[data-puzzle-" + name + "]"); };
    const background = find("background");
    const piece = find("piece");
    const range = find("range");
    const token = find("token");
    const x = find("x");
    const state = find("state");
    const enlarge = find("enlarge");

    // Percentages of the picture, so that the piece stays in place at any size.
    function place() {
      const width = Number(background.getAttribute("width"));
      const height = Number(background.getAttribute("height"));
      const pieceWidth = piece.naturalWidth || 0;
      range.max = Math.max(1, width - pieceWidth);
      piece.style.left = (100 * range.value) / width + "%";
      piece.style.top = (100 * piece.dataset.y) / height + "%";
      piece.style.width = (100 * pieceWidth) / width + "%";
    }

    function moved() {
      x.value = range.value;
      place();
    }

    async function refresh(quietly) {
      try {
        const answer = await fetch(block.dataset.puzzleUrl, { headers: { Accept: "application/json" }, cache: "no-store" });
        if (!answer.ok) throw new Error(answer.status);
        const puzzle = await answer.json();
        if (puzzle.width) background.setAttribute("width", puzzle.width);
        if (puzzle.height) background.setAttribute("height", puzzle.height);
        background.src = puzzle.background;
        piece.src = puzzle.piece;
        piece.dataset.y = puzzle.y;
        token.value = puzzle.token;
        x.value = "";
        range.value = 0;
        place();
        state.textContent = state.dataset.fresh;
        if (quietly !== true) range.focus();
      } catch (unreachable) {
        state.textContent = state.dataset.failed;
      }
    }

    range.addEventListener("input", moved);
    piece.addEventListener("load", place);
    find("refresh").addEventListener("click", refresh);
    document.addEventListener("registry:puzzle-spent", function () { refresh(true); });
    enlarge.addEventListener("click", function () {
      enlarge.setAttribute("aria-pressed", block.classList.toggle("is-large"));
    });
    // Until somebody listens they are off: what is done to them would be lost.
    [range, find("refresh"), enlarge].forEach(function (control) { control.disabled = false; });
    place();
  });
})();
