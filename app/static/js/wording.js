// A message's wording: the preview follows what is typed.
(() => {
  'use strict';
  const shown = document.querySelector('[data-wording-preview]');
  const text = document.querySelector('textarea[name="text"]');
  if (!shown || !text) return;
  const samples = JSON.parse(shown.dataset.samples);
  text.addEventListener('input', () => {
    const filled = text.value.trim().replace(/\{([a-z]+)\}/g, (whole, name) => samples[name] ?? whole);
    shown.textContent = `【${shown.dataset.signature}】${filled}`;
  });
})();
