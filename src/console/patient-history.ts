/** History of an identity, the last change first: what changed, from what to what, who, on what ground. */
import { type IdentityDevice, identityDevice } from '../codes/identity-devices.ts';
import type { HistoryEntry } from '../store/identity-history.ts';
import { table } from './components.ts';
import { birthDate, dateTime } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { actorName, capital, FIELD_NAMES, french, INSI_STATES, STATUSES } from './words.ts';

/** A number that may no longer be this person's is not shown again: only that it was written or cleared (promise 3). */
const HIDDEN: readonly string[] = ['matricule', 'oid'];

export function history(entries: readonly HistoryEntry[], devices: readonly IdentityDevice[]): Html {
  return table(
    'Historique de l’identité',
    [{ label: 'Date' }, { label: 'Événement' }, { label: 'Changements' }, { label: 'Par' }],
    entries
      .toReversed()
      .map(({ at, event, requirement, actor, source, before, after }) => [
        html`<time class="nowrap" datetime="${at.toISOString()}">${dateTime(at)}</time>`,
        html`<span class="strong">${capital(french(event))}</span>${requirement !== null && html` <span class="mut nowrap">${requirement}</span>`}`,
        html`<ul class="changes">${changes(before, after, devices)}</ul>`,
        html`${actorName(actor)}<br><span class="mut">${source}</span>`,
      ]),
  );
}

function changes(before: unknown, after: unknown, devices: readonly IdentityDevice[]): HtmlValue {
  const now = entriesOf(after);
  const then = new Map(entriesOf(before));
  return now
    .filter(([name]) => Object.hasOwn(FIELD_NAMES, name) && name !== 'insiRuleId')
    .map(
      ([name, value]) =>
        html`<li><span class="mut">${FIELD_NAMES[name]} :</span> ${change(name, then.get(name), value, devices)}</li>`,
    );
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function change(name: string, before: unknown, after: unknown, devices: readonly IdentityDevice[]): HtmlValue {
  if (HIDDEN.includes(name)) return isNothing(after) ? 'effacé' : 'enregistré';
  if (isNothing(before)) return shown(name, after, devices);
  return html`${shown(name, before, devices)} <span aria-label="devient" role="img">→</span> ${shown(name, after, devices)}`;
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

const INSTANTS: ReadonlySet<string> = new Set(['deviceCheckedAt', 'insObtainedAt', 'frozenAt', 'informedAt']);

function shown(name: string, value: unknown, devices: readonly IdentityDevice[]): string {
  if (isNothing(value)) return 'aucun';
  if (typeof value === 'boolean') return value ? 'oui' : 'non';
  const text = String(value);
  const words: Readonly<Record<string, Readonly<Record<string, { label: string }>>>> = {
    status: STATUSES,
    insiState: INSI_STATES,
  };
  if (name === 'deviceType') return identityDevice(text, devices)?.label ?? text;
  if (name === 'deviceCheckedBy') return actorName(text);
  if (INSTANTS.has(name)) return dateTime(new Date(text));
  if (name === 'birthDate' || name === 'birthDateAsGiven') return birthDate(text);
  return words[name]?.[text]?.label ?? text;
}
