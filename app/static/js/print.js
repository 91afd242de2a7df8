// A button that opens the browser's own print dialog.
(() => {
  'use strict';
  document.querySelectorAll('[data-print]').forEach((button) => button.addEventListener('click', () => window.print()));
})();
