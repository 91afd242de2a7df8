// The reviewer's form: shows the half that is chosen, proposes the title of a speciality, keeps the preview in step.
(() => {
  'use strict';
  const form = document.querySelector('[data-review]');
  if (!form) return;
  const picked = (name) => form.querySelector(`[name="${name}"]:checked`);
  const show = (name, text) => form.querySelectorAll(`[data-preview="${name}"]`).forEach((spot) => { spot.textContent = text; });
  const day = (iso) => iso.replace(/^(\d+)-0?(\d+)-0?(\d+)$/, '$1年$2月$3日');
  const label = (input) => input.closest('label').textContent.trim();

  const preview = () => {
    const outcome = picked('outcome')?.value;
    form.querySelectorAll('[data-outcome]').forEach((half) => { half.hidden = !half.dataset.outcome.split(' ').includes(outcome); });
    const term = picked('term');
    form.elements.ends_on.closest('.field').hidden = term?.value !== 'until';
    show('title', form.elements.title.value.trim().replace(/专家$/, '') || '（聘任名称）');
    const body = picked('appointing_body');
    show('body', body ? label(body) : '（聘用单位）');
    show('from', day(form.elements.starts_on.value) || '备案之日');
    const until = day(form.elements.ends_on.value) || '（截止日期）';
    show('to', !term ? '（有效期）' : term.value === 'until' ? until : term.value === 'long' ? '长期' : `满${term.value} 年前一日`);
  };

  // select.js puts a box of the same name beside the select, so the form's collection would give both.
  const speciality = form.querySelector('select[name="speciality"]');
  speciality.addEventListener('change', async () => {
    const chosen = speciality.value;
    if (!chosen) return;
    const answer = await fetch(`${form.dataset.titleUrl}?speciality=${encodeURIComponent(chosen)}`, { headers: { Accept: 'application/json' } });
    if (answer.ok) form.elements.title.value = (await answer.json()).title;
    preview();
  });
  form.addEventListener('input', preview);
  form.addEventListener('change', preview);
  preview();
})();
