// Live pages and the keyboard of the chart. Everything reads without this file.

const subject = document.body.dataset.live;
const state = document.querySelector('.live-state');

function say(text) {
  if (state === null) return;
  state.hidden = false;
  if (state.textContent !== text) state.textContent = text;
}

/** Puts fresh parts in place of those that changed, except where somebody is reading or typing. */
function replaceParts(fresh) {
  for (const part of document.querySelectorAll('[data-live][id]')) {
    const next = fresh.getElementById(part.id);
    if (next === null || next.innerHTML === part.innerHTML || part.contains(document.activeElement)) continue;
    const open = [...part.querySelectorAll('details')].map((details) => details.open);
    next.querySelectorAll('details').forEach((details, index) => {
      details.open = open[index] ?? false;
    });
    part.replaceWith(document.adoptNode(next));
  }
  const badge = fresh.querySelector('.side nav ul');
  const shown = document.querySelector('.side nav ul');
  if (badge !== null && shown !== null && !shown.contains(document.activeElement)) shown.innerHTML = badge.innerHTML;
  rove();
}

let pending = false;
async function refresh() {
  if (pending) return;
  pending = true;
  try {
    const response = await fetch(location.href, { credentials: 'same-origin' });
    if (response.redirected) location.reload();
    else if (response.ok) replaceParts(new DOMParser().parseFromString(await response.text(), 'text/html'));
  } finally {
    pending = false;
  }
}

if (subject !== undefined) {
  const source = new EventSource(`/console/direct?sujet=${encodeURIComponent(subject)}`);
  source.addEventListener('open', () => say('Mise à jour en direct'));
  source.addEventListener('changement', () => void refresh());
  source.addEventListener('error', () => say('Direct interrompu, nouvel essai…'));
  addEventListener('pagehide', () => source.close());
}

/** One tab stop for the whole chart; arrows go from hour to hour. */
function rove() {
  const hours = [...document.querySelectorAll('.chart .hour')];
  hours.forEach((hour, index) => {
    hour.setAttribute('tabindex', index === 0 ? '0' : '-1');
  });
}

document.addEventListener('keydown', (event) => {
  const hour = event.target instanceof Element ? event.target.closest('.chart .hour') : null;
  if (hour === null) return;
  const hours = [...document.querySelectorAll('.chart .hour')];
  const at = hours.indexOf(hour);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: hours.length - 1 }[event.key];
  const next = to === undefined ? undefined : hours[to];
  if (next === undefined) return;
  event.preventDefault();
  hour.setAttribute('tabindex', '-1');
  next.setAttribute('tabindex', '0');
  next.focus();
});

rove();

// On a narrow screen the navigation scrolls sideways: the page that one is on must be in sight.
document.querySelector('.side nav a[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

/** A chosen file goes in the field beside it: the form then sends text, and its content can be read first. */
document.addEventListener('change', async (event) => {
  const chooser = event.target instanceof HTMLInputElement ? event.target : null;
  const field = document.getElementById(chooser?.dataset.into ?? '');
  const file = chooser?.files?.[0];
  if (file !== undefined && field instanceof HTMLTextAreaElement) field.value = await file.text();
});
