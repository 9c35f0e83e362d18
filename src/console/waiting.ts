/** What the waiting documents come down to, in sentences and in one table: reason, who must act, since when. */
import { type WaitingReason, waitingByReason } from '../indicators/feed.ts';
import { feedRules } from '../rules/feed.ts';
import { table } from './components.ts';
import { age, counted, number } from './format.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';
import { asHeading, capital } from './words.ts';

/** Reasons of the gate that qualifying the patient ends, besides the rules of identity and of INSi themselves. */
const IDENTITY_REASONS: readonly string[] = [
  feedRules.identityProvisional.id,
  feedRules.deviceToCheck.id,
  feedRules.insiPending.id,
  feedRules.insiNotAsked.id,
  feedRules.upstreamNotQualified.id,
];

export function isIdentityReason(ruleId: string): boolean {
  return /^TDU-(ID|INSI)-/.test(ruleId) || IDENTITY_REASONS.includes(ruleId);
}

export function waitingReasons(visit: Visit): Promise<WaitingReason[]> {
  return waitingByReason(visit.gateway.pool, { eg: visit.actor.eg });
}

export interface WaitingSum {
  readonly documents: number;
  readonly patients: number;
  readonly oldest: Date;
}

/** Undefined when there is none. */
export function sumOf(reasons: readonly WaitingReason[]): WaitingSum | undefined {
  const [first, ...others] = reasons;
  if (first === undefined) return undefined;
  return others.reduce<WaitingSum>(
    (sum, { documents, patients, oldest }) => ({
      documents: sum.documents + documents,
      patients: sum.patients + patients,
      oldest: oldest < sum.oldest ? oldest : sum.oldest,
    }),
    first,
  );
}

/** « 12 documents attendent la qualification de 5 patients, le plus ancien depuis 3 h. » */
export function waitingSentences(reasons: readonly WaitingReason[], now: Date): string[] {
  const identity = sumOf(reasons.filter(({ ruleId }) => isIdentityReason(ruleId)));
  const other = sumOf(reasons.filter(({ ruleId }) => !isIdentityReason(ruleId)));
  const sentences: string[] = [];
  if (identity !== undefined)
    sentences.push(
      `${waitingDocuments(identity.documents)} la qualification de ${counted(identity.patients, 'patient', 'patients')}, ${since(identity, now)}.`,
    );
  if (other !== undefined)
    sentences.push(
      `${waitingDocuments(other.documents)} une autre décision ou un autre service, ${since(other, now)}.`,
    );
  return sentences;
}

function waitingDocuments(count: number): string {
  return `${counted(count, 'document', 'documents')} ${count < 2 ? 'attend' : 'attendent'}`;
}

function since({ documents, oldest }: WaitingSum, now: Date): string {
  const waited = age(oldest, now);
  return documents < 2 ? `depuis ${waited}` : `le plus ancien depuis ${waited}`;
}

/** The list behind a reason. The state lets the index be used; what the DMP said may also leave an unknown outcome. */
export function listOf(ruleId: string): string {
  return `/console/documents?motif=${ruleId}${ruleId.startsWith('TDU-DMP-') ? '' : '&etat=waiting'}`;
}

export function waitingTable(reasons: readonly WaitingReason[], now: Date): Html {
  return table(
    'Documents en attente, par raison',
    [
      { label: 'Raison', wide: true },
      { label: 'Qui doit agir' },
      { label: 'Documents', align: 'right' },
      { label: 'Patients', align: 'right' },
      { label: 'Le plus ancien', align: 'right' },
      { label: 'Liste', quiet: true, align: 'right' },
    ],
    reasons.map(({ ruleId, title, owner, documents, patients, oldest }) => [
      html`<span class="strong">${asHeading(title)}</span>`,
      owner === 'aucun' ? html`<span class="mut">Personne, c’est automatique</span>` : capital(owner),
      number(documents),
      number(patients),
      age(oldest, now),
      html`<a class="btn small" href="${listOf(ruleId)}">Voir<span class="unseen"> les documents : ${asHeading(title)}</span></a>`,
    ]),
  );
}
