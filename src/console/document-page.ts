/** One document: where it is and why, its path with durations, its deliveries, the messages exchanged, its content. */
import { may, sees } from '../api/access.ts';
import { documentType } from '../codes/document-types.ts';
import { availableForms } from '../documents/index.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Refusal } from '../rules/rule.ts';
import { type AnswerRecord, answersOf } from '../store/answers.ts';
import { chainOf } from '../store/chains.ts';
import { type DeliveryRecord, deliveriesOf } from '../store/deliveries.ts';
import {
  type DocumentEvent,
  type DocumentRecord,
  type DocumentState,
  documentById,
  eventsOf,
} from '../store/documents.ts';
import { type IdentityRecord, identityById } from '../store/identities.ts';
import { mailsOf } from '../store/mails.ts';
import { type MessageSummary, messageSummary } from '../store/messages.ts';
import { legalHoldOf } from '../store/retention.ts';
import { judgementsOf } from '../store/rule-packs.ts';
import { chip, explanation, fields, notice } from './components.ts';
import { judgementsCard } from './conformance-words.ts';
import { deletionForm, openingForm, safeAction, suspension, withdrawal } from './document-actions.ts';
import { exchanges } from './document-exchanges.ts';
import { holdCard } from './document-hold.ts';
import { incidentCard } from './document-incident.ts';
import { laneCard } from './document-lane.ts';
import { legacyCard } from './document-legacy.ts';
import { mailCards } from './document-mails.ts';
import { localNumber, patientLine, senderName } from './document-table.ts';
import { versionsCard } from './document-versions.ts';
import { establishmentName } from './establishments.ts';
import { dateTime, duration } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { documentRecall } from './recall-table.ts';
import { timeline } from './timeline.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { DELIVERY_STATES, DOCUMENT_STATES, documentWord, french, ruleTitle, STATUSES } from './words.ts';

/** The document, if this person may see it: another establishment's does not exist for them. */
export async function visibleDocument(visit: Visit): Promise<DocumentRecord | undefined> {
  if (!isUuid(visit.id)) return undefined;
  const document = await documentById(visit.gateway.pool, visit.id);
  return document !== undefined && sees(visit.actor, document.eg) ? document : undefined;
}

export const documentPage: PageDefinition = {
  method: 'GET',
  path: '/console/documents/:id',
  permission: 'documents.read',
  audited: 'documents',
  answer: (visit) => showDocument(visit),
};

/** `problem`: why the action just asked for was refused. */
export async function showDocument(visit: Visit, problem?: Refusal): Promise<Answer> {
  const document = await visibleDocument(visit);
  if (document === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const { pool } = visit.gateway;
  const [events, deliveries, mails, answers, message, identity, forms, chain, hold, judgements] = await Promise.all([
    eventsOf(pool, document.id),
    deliveriesOf(pool, document.id),
    document.overallState === null ? [] : mailsOf(pool, document.id),
    answersOf(pool, document.id),
    messageSummary(pool, document.messageId),
    document.identityId === null ? undefined : identityById(pool, document.identityId),
    availableForms(pool, document),
    document.chainKey === null ? [] : chainOf(pool, document.chainKey),
    legalHoldOf(pool, document.id),
    judgementsOf(pool, document.id),
  ]);
  const body = html`${documentHeading(visit, document)}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<div class="columns wide-left">
<div class="stack">
<div class="stack" id="direct-etat" data-live>${where(visit, document, events)}${timelineCard(document, events, visit)}</div>
${incidentCard(visit, document)}${versionsCard(document, chain)}${suspension(visit, document)}${withdrawal(visit, document)}${deletionForm(visit, document)}${documentRecall(visit, document)}
${exchangeCard(visit, message, answers)}
</div>
<div class="stack">
${patientCard(visit, document, identity)}
<div class="stack" id="direct-envois" data-live>${deliveries.map(deliveryCard)}${await mailCards(visit, mails)}</div>
${may(visit.actor, 'documents.open') && openingForm(visit, document, forms)}
${judgementsCard(judgements)}${await laneCard(visit, document)}${legacyCard(visit, document, forms)}${identifiersCard(visit, document)}${holdCard(visit, document, hold)}
</div>
</div>`;
  return {
    kind: 'page',
    title: document.title,
    section: 'documents',
    body,
    live: `document:${document.id}`,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

function documentHeading(visit: Visit, document: DocumentRecord): Html {
  const label = typeLabel(document);
  return heading(
    document.title,
    html`<p class="chips">${chip(documentWord(document))}</p><p>${patientLine(document)} · ${localNumber(document)} · reçu de ${senderName(document.sender)} le ${dateTime(document.receivedAt)} · ${establishmentName(visit.gateway.config, document.eg)}</p>
${label !== undefined && label !== document.title && html`<p class="mut">${label}</p>`}`,
    html`<a href="/console/documents">Documents</a>`,
  );
}

/** « Pourquoi ? », asked in the words of the state. */
const QUESTIONS: Partial<Record<DocumentState, string>> = {
  received: 'Pourquoi ce document n’est-il pas encore parti ?',
  waiting: 'Pourquoi ce document attend-il ?',
  ready: 'Pourquoi l’envoi est-il remis à plus tard ?',
  unknown: 'Pourquoi l’issue de l’envoi est-elle inconnue ?',
  refused: 'Pourquoi ce document est-il refusé ?',
  unreadable: 'Pourquoi ce document est-il illisible ?',
  withdrawn: 'Pourquoi ce document n’est-il pas transmis ?',
  // By others: what a version or a deletion of ours did has no reason to give.
  replaced: 'Pourquoi ce document n’est-il plus la version en cours ?',
  deleted: 'Pourquoi ce document n’est-il plus dans le DMP ?',
};

/** The first thing to read: it went; or it waits or stopped, why, and the safe action. */
function where(visit: Visit, document: DocumentRecord, events: readonly DocumentEvent[]): Html {
  const { label, tone } = DOCUMENT_STATES[document.state];
  const rule = document.ruleId === null ? undefined : ruleById(document.ruleId);
  const question = QUESTIONS[document.state];
  if (rule !== undefined && question !== undefined)
    return notice(
      tone,
      question,
      html`<p class="answer">${ruleTitle(rule)}</p>${explanation(rule, document.detail)}${safeAction(visit, document)}`,
    );
  const accepted = events.find(({ step }) => step === 'accepted' || step === 'reconciled');
  const at = accepted?.at ?? events.at(-1)?.at ?? document.updatedAt;
  const taken =
    accepted === undefined
      ? ''
      : `, ${duration(accepted.at.getTime() - document.receivedAt.getTime())} après sa réception`;
  return notice(tone, label, html`<p>Le ${dateTime(at)}${taken}. ${sentenceOf(document)}</p>`);
}

function sentenceOf({ state }: DocumentRecord): string {
  const sentences: Partial<Record<DocumentRecord['state'], string>> = {
    received: 'Le document va être rapproché de son patient.',
    waiting: 'Le document sera envoyé automatiquement.',
    ready: 'Le document sera envoyé automatiquement.',
    sending: 'La réponse du DMP est attendue.',
    accepted: 'Aucune action n’est attendue.',
  };
  return sentences[state] ?? '';
}

function timelineCard(document: DocumentRecord, events: readonly DocumentEvent[], visit: Visit): Html {
  return html`<section class="card"><h2>Parcours</h2>${timeline(document, events, visit.now)}</section>`;
}

function exchangeCard(
  visit: Visit,
  message: MessageSummary | undefined,
  answers: readonly AnswerRecord[],
): Html | false {
  return (
    may(visit.actor, 'messages.read') &&
    html`<section class="card"><h2>Messages échangés</h2>${exchanges(visit, message, answers)}</section>`
  );
}

function patientCard(visit: Visit, document: DocumentRecord, identity: IdentityRecord | undefined): Html {
  if (identity === undefined)
    return html`<section class="card"><h2>Patient</h2><p>Aucune identité ne correspond encore à ce patient (${localNumber(document)}). Le document sera rapproché à l’arrivée de l’admission.</p></section>`;
  const name = `${identity.birthName} ${identity.firstGivenName}`;
  return html`<section class="card"><div class="card-head"><h2>Patient</h2>${chip(STATUSES[identity.status])}</div>
<p>${may(visit.actor, 'patients.read') ? html`<a class="strong" href="/console/patients/${identity.id}">${name}</a>` : html`<span class="strong">${name}</span>`}</p>
<p class="mut">${localNumber(document)}</p></section>`;
}

function deliveryCard(delivery: DeliveryRecord): Html {
  const { destination, state, attempts, firstSentAt, settledAt, submissionUniqueId, outcome } = delivery;
  const said = outcome === null || outcome === undefined ? undefined : JSON.stringify(outcome, undefined, 2);
  return html`<section class="card"><div class="card-head"><h2>Envoi au ${destination}</h2>${chip(DELIVERY_STATES[state])}</div>${fields(
    [
      ['Tentatives', attempts > 0 && attempts],
      ['Premier envoi', firstSentAt !== null && dateTime(firstSentAt)],
      ['Terminé', settledAt !== null && dateTime(settledAt)],
      ['Lot de soumission', submissionUniqueId !== null && html`<code>${submissionUniqueId}</code>`],
    ],
  )}${said !== undefined && html`<details class="behind"><summary>Réponse du ${destination}, telle quelle</summary><pre tabindex="0">${said}</pre></details>`}</section>`;
}

function identifiersCard(visit: Visit, document: DocumentRecord): Html {
  const { notice: declared } = document;
  const actions = { create: 'Nouveau document', replace: 'Version de remplacement', delete: 'Suppression' } as const;
  return html`<section class="card"><h2>Document</h2>${fields([
    ['Type', html`${typeLabel(document) ?? document.typeCode} <span class="mut nowrap">${document.typeCode}</span>`],
    ['Nature', `${actions[document.action]}, ${document.kind === 'cda' ? receivedCdaOf(document) : document.mimeType}`],
    ['Auteur', declared.author && `${declared.author.given} ${declared.author.family}`],
    ['Acte', hl7Day(declared.serviceStart)],
    ['Établissement', establishmentName(visit.gateway.config, document.eg)],
    ['Visibilité', visibilityOf(document)],
    ['Identifiant unique', html`<code>${document.uniqueId}</code>`],
    ['Message', html`<code>${document.controlId}</code>`],
  ])}</section>`;
}

function receivedCdaOf({ notice: { legacy } }: DocumentRecord): string {
  if (legacy === undefined) return 'CDA reçu, transmis tel quel';
  return legacy.entry === undefined ? 'CDA d’un ancien connecteur' : 'objet DICOM (KOS), transmis tel quel';
}

function typeLabel({ typeCode }: DocumentRecord): string | undefined {
  const label = documentType(typeCode)?.label;
  return label === undefined ? undefined : french(label);
}

/** `AAAAMMJJHHMMSS+ZZZZ` as a date. */
function hl7Day(text: string): string {
  const [, year, month, d] = /^(\d{4})(\d{2})(\d{2})/.exec(text) ?? [];
  return year === undefined ? text : `${d}/${month}/${year}`;
}

function visibilityOf({ notice: { visibility } }: DocumentRecord): string {
  const masks = [
    visibility.maskedFromProfessionals && 'masqué aux professionnels',
    visibility.invisibleToPatient && 'non visible du patient',
    visibility.invisibleToRepresentatives && 'non visible des représentants légaux',
  ].filter((mask) => mask !== false);
  return masks.length === 0 ? 'normale' : masks.join(', ');
}
