// 聘书样式: the preview follows what is typed, and a wording other than the ruled one is pointed out.
(() => {
  'use strict';
  const form = document.querySelector('[data-design]');
  if (!form) return;
  const button = form.querySelector('[data-design-preview]');
  const departed = form.querySelector('[data-departed]');
  const lines = Array.from(form.querySelectorAll('[data-ruled]'));
  const frames = form.querySelector('[data-design-frames]');
  let waiting;
  let count = 0;

  // A new frame each time: an old one would add each preview to what the browser's button goes back through.
  // The one before it stays in sight until it is there.
  const draw = () => {
    const before = Array.from(frames.children);
    const fresh = before[0].cloneNode(false);
    count += 1;
    fresh.removeAttribute('src');
    fresh.name = button.formTarget = `design-preview-${count}`;
    fresh.classList.add('is-coming');
    frames.append(fresh);
    form.requestSubmit(button);
    fresh.addEventListener('load', () => {
      before.forEach((frame) => frame.remove());
      fresh.classList.remove('is-coming');
    });
  };

  form.addEventListener('input', () => {
    departed.hidden = lines.every((line) => line.value.trim() === line.dataset.ruled);
  });

  // A browser that cannot show a PDF on a page (on most phones) opens it beside, when asked to.
  if (!navigator.pdfViewerEnabled) {
    frames.remove();
    button.formTarget = '_blank';
    return;
  }
  button.addEventListener('click', (event) => {
    event.preventDefault();
    draw();
  });
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(draw, 600);
  });
  if ('refused' in form.dataset) draw();
})();
