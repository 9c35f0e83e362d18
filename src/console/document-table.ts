/** Documents as rows. */
import { ruleById } from '../rules/catalogue.ts';
import type { DocumentFilter } from '../store/document-list.ts';
import { type DocumentRecord, standingOf } from '../store/documents.ts';
import { chip, table } from './components.ts';
import { birthDate, clock, day } from './format.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';
import { documentWord, ruleTitle } from './words.ts';

export const NO_FILTER: Omit<DocumentFilter, 'limit'> = {
  eg: null,
  controlId: null,
  uniqueId: null,
  ipp: null,
  identityId: null,
  state: null,
  ruleId: null,
  after: null,
};

/** Name as the sender wrote it. */
function patientName({ notice: { patient } }: DocumentRecord): string {
  return `${patient.birthName} ${patient.firstGivenName}`.trim();
}

export function patientLine(document: DocumentRecord): string {
  const { sex, birthDate: born } = document.notice.patient;
  return [patientName(document), sex, `né(e) le ${birthDate(born)}`].filter((part) => part !== '').join(', ');
}

/** A sender may name its patient by INS alone: the number itself is not for a list. */
export function localNumber({ ipp }: DocumentRecord): string {
  return ipp === '' ? 'patient désigné par son INS' : `IPP ${ipp}`;
}

/** MSH-3 and MSH-4 as one name. */
export function senderName(sender: string): string {
  return sender === ''
    ? 'émetteur illisible'
    : sender
        .split('|')
        .filter((part) => part !== '')
        .join('\u00a0· ');
}

/** `ofOnePatient`: the page already says whose they are. */
export function documentTable(
  visit: Visit,
  documents: readonly DocumentRecord[],
  { ofOnePatient = false }: { ofOnePatient?: boolean } = {},
): Html {
  const columns = [
    { label: 'Reçu' },
    { label: 'Document', wide: true },
    ...(ofOnePatient ? [] : [{ label: 'Patient' }]),
    { label: 'Émetteur' },
    { label: 'État' },
  ];
  return table(
    'Documents, du plus récent au plus ancien',
    columns,
    documents.map((document) => [
      receivedCell(document, visit.now),
      html`<a class="strong" href="/console/documents/${document.id}">${document.title === '' ? document.typeCode : document.title}</a>`,
      ...(ofOnePatient
        ? []
        : [html`${patientName(document)} <span class="mut nowrap">${localNumber(document)}</span>`]),
      html`<span class="mut">${senderName(document.sender)}</span>`,
      stateCell(document),
    ]),
  );
}

function receivedCell({ receivedAt }: DocumentRecord, now: Date): Html {
  return html`<time class="nowrap" datetime="${receivedAt.toISOString()}">${day(receivedAt) !== day(now) && html`<span class="mut">${day(receivedAt)}</span> `}${clock(receivedAt)}</time>`;
}

function stateCell(document: DocumentRecord): Html {
  const { state, ruleId } = standingOf(document);
  const rule = ruleId === null || state === 'accepted' ? undefined : ruleById(ruleId);
  return html`<div class="state">${chip(documentWord(document))}${rule !== undefined && html`<span class="mut">${ruleTitle(rule)}</span>`}</div>`;
}
