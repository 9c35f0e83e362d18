/** The path of a document, step by step, with the time that each took. */
import { ruleById } from '../rules/catalogue.ts';
import type { DocumentEvent, DocumentRecord } from '../store/documents.ts';
import { clockSeconds, day, duration } from './format.ts';
import { type Html, html } from './html.ts';
import { toneIcon } from './icons.ts';
import { ANSWER_STATES, actorName, ruleTitle, stepWord, type Word } from './words.ts';

/** States in which time still runs. */
const RUNNING: readonly DocumentRecord['state'][] = ['received', 'waiting', 'ready', 'sending', 'unknown'];

export function timeline(document: DocumentRecord, events: readonly DocumentEvent[], now: Date): Html {
  return html`<ol class="timeline">${events.map((event, index) => {
    const before = events[index - 1];
    const next = events[index + 1];
    const running = next === undefined && RUNNING.includes(document.state);
    const newDay = before === undefined || day(before.at) !== day(event.at);
    return html`${newDay && html`<li class="day"><span>${day(event.at)}</span></li>`}${step(event, before, running ? now : undefined, wordOf(document, event))}`;
  })}</ol>`;
}

/** An old connector is answered once the DMP has, unless the site decided otherwise: its reception says nothing of it. */
function wordOf({ notice }: DocumentRecord, { step: name }: DocumentEvent): Word {
  return name === 'received' && notice.legacy !== undefined
    ? { tone: 'ok', label: 'Reçu et conservé' }
    : stepWord(name);
}

function step(
  event: DocumentEvent,
  before: DocumentEvent | undefined,
  now: Date | undefined,
  { label, tone }: Word,
): Html {
  const rule = event.ruleId === null ? undefined : ruleById(event.ruleId);
  const taken = before === undefined ? undefined : event.at.getTime() - before.at.getTime();
  return html`<li class="step ${tone}"><time datetime="${event.at.toISOString()}">${clockSeconds(event.at)}</time>
<span class="dot">${toneIcon(tone)}</span>
<div><p class="strong">${label}</p>${rule !== undefined && html`<p>${ruleTitle(rule)}</p>`}${event.detail !== null && html`<p class="mut">${detailOf(event)}</p>`}${
    now !== undefined && html`<p class="mut">depuis ${duration(now.getTime() - event.at.getTime())}</p>`
  }</div>
<span class="taken">${taken !== undefined && html`<span class="unseen">durée : </span>${duration(taken)}`}</span></li>`;
}

/** What the answer's step keeps is the state of the answer. */
function detailOf({ step: name, detail }: DocumentEvent): string {
  const states: Readonly<Record<string, { label: string }>> = ANSWER_STATES;
  return name === 'answered' ? (states[detail ?? '']?.label ?? detail ?? '') : actorName(detail ?? '');
}
