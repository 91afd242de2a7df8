// A preview that stands in the page itself is asked for at once; without this, by its button.
(() => {
  'use strict';
  const button = document.querySelector('[data-click-at-once]');
  if (button) button.form.requestSubmit(button);
})();
