/** The few pictures of the console, drawn here. All are decoration beside a word: hidden from assistive technology. */
import { type Html, html } from './html.ts';
import type { Tone } from './words.ts';

const TONE_PATHS: Readonly<Record<Tone, Html>> = {
  ok: html`<path d="M2.5 6.5 5 9l4.5-6" />`,
  wait: html`<circle cx="6" cy="6" r="4.5" /><path d="M6 3.5V6l1.7 1.2" />`,
  bad: html`<path d="m3 3 6 6M9 3 3 9" />`,
  doubt: html`<path d="M4 4.3a2 2 0 1 1 2.9 1.8C6.2 6.5 6 6.8 6 7.4M6 9.7v.1" />`,
  idle: html`<path d="M2.5 6h7" />`,
};

export function toneIcon(tone: Tone): Html {
  return html`<svg class="icon" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">${TONE_PATHS[tone]}</svg>`;
}

/** Two squares and the stroke that joins them. */
export function brandMark(): Html {
  return html`<svg class="mark" viewBox="0 0 28 28" width="28" height="28" aria-hidden="true" focusable="false"><rect class="mark-ground" width="28" height="28" rx="7" /><path class="mark-line" d="M6 9v10M22 9v10M9.5 14h9" /></svg>`;
}
