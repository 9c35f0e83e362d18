/** What the DMP lists of a patient: criteria in the address, documents with who sees them. */
import { confidentialityCode } from '../codes/confidentiality-codes.ts';
import { documentType, documentTypes } from '../codes/document-types.ts';
import { dmpPracticeSettings } from '../codes/practice-settings.ts';
import { type Consultation, obstacleTo, searchDocuments } from '../consultation/index.ts';
import type { ListedDocument } from '../wire/xds/listed-document.ts';
import type { AvailabilityStatus, DocumentCriteria } from '../wire/xds/stored-query.ts';
import { chip, empty, explanation, fields, filterForm, filterSelect, notice, table } from './components.ts';
import type { DmpVisit } from './dmp-visit.ts';
import { bytes, counted, day } from './format.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';
import { ruleTitle, type Word } from './words.ts';

/** The first search goes no further back (dmp.md 3.3). */
const FIRST_YEARS = 2;
const STATUSES: Readonly<Record<string, Word>> = {
  Approved: { tone: 'ok', label: 'En vigueur' },
  Archived: { tone: 'idle', label: 'Archivé' },
  Deprecated: { tone: 'idle', label: 'Ancienne version' },
};

interface Search {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly practice: string;
  readonly status: AvailabilityStatus;
}

/** Without a choice of dates, the last two years; a cleared date goes back to the beginning. */
function searchOf({ query, now }: Visit): Search {
  const asked = query('recherche') !== '';
  const first = new Date(now);
  first.setUTCFullYear(first.getUTCFullYear() - FIRST_YEARS);
  const status = query('statut');
  return {
    from: asked ? dayOf(query('du')) : first.toISOString().slice(0, 10),
    to: dayOf(query('au')),
    type: query('type'),
    practice: query('cadre'),
    status: status === 'Archived' || status === 'Deprecated' ? status : 'Approved',
  };
}

/** As a date field sends it; empty for anything else. */
function dayOf(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : '';
}

function criteriaOf({ from, to, type, practice, status }: Search): DocumentCriteria {
  const known = documentType(type);
  const setting = dmpPracticeSettings().find(({ code }) => code === practice);
  const until = to === '' ? undefined : new Date(`${to}T00:00:00Z`);
  until?.setUTCDate(until.getUTCDate() + 1);
  const period = {
    ...(from !== '' && { from: new Date(`${from}T00:00:00Z`) }),
    ...(until !== undefined && { to: until }),
  };
  return {
    statuses: [status],
    ...(known !== undefined && { typeCodes: [known] }),
    ...(setting !== undefined && { practiceSettingCodes: [setting] }),
    ...((from !== '' || to !== '') && { creationTime: period }),
  };
}

export async function searchSection(dmp: DmpVisit, consultation: Consultation): Promise<Html> {
  const obstacle = obstacleTo(consultation);
  if (obstacle !== undefined)
    return notice('wait', ruleTitle(obstacle.rule), explanation(obstacle.rule, obstacle.detail));
  const search = searchOf(dmp.visit);
  const found = await searchDocuments(dmp.context, dmp.reading, criteriaOf(search));
  return html`${searchForm(dmp, search)}${
    found.ok
      ? listCard(dmp, search, found.value)
      : notice('bad', ruleTitle(found.refusal.rule), explanation(found.refusal.rule, found.refusal.detail))
  }`;
}

function searchForm({ url, visit }: DmpVisit, search: Search): Html {
  const types = documentTypes()
    .filter(({ feedable }) => feedable)
    .map(({ code, label }) => ({ value: code, label }))
    .toSorted((a, b) => a.label.localeCompare(b.label, 'fr'));
  const date = (name: string, label: string, value: string): Html =>
    html`<div class="field"><label for="filtre-${name}">${label}</label><input id="filtre-${name}" name="${name}" type="date" value="${value}"></div>`;
  return filterForm(
    url,
    visit.query('recherche') !== '',
    html`<input type="hidden" name="recherche" value="oui">${filterSelect('type', 'Type', 'Tous les types', types, search.type)}${date('du', 'Établi du', search.from)}${date('au', 'au', search.to)}${filterSelect(
      'cadre',
      'Cadre de prise en charge',
      'Tous',
      dmpPracticeSettings().map(({ code, label }) => ({ value: code, label })),
      search.practice,
    )}${filterSelect(
      'statut',
      'Statut',
      'En vigueur',
      [
        { value: 'Archived', label: 'Archivés' },
        { value: 'Deprecated', label: 'Anciennes versions' },
      ],
      search.status,
    )}`,
  );
}

function listCard({ url }: DmpVisit, search: Search, documents: readonly ListedDocument[]): Html {
  const span = search.from === '' ? '' : `, depuis le ${search.from.split('-').reverse().join('/')}`;
  return html`<section class="card list"><h2>${counted(documents.length, 'document', 'documents')} dans le DMP${span}</h2>${
    documents.length === 0
      ? empty('Aucun document visible pour cette recherche', 'Élargir les dates ou retirer un critère.')
      : table(
          'Documents du DMP',
          [
            { label: 'Date' },
            { label: 'Document', wide: true },
            { label: 'Auteur' },
            { label: 'Visibilité' },
            { label: 'Statut' },
          ],
          documents.map((document) => [
            utcDay(document.creationTime),
            html`${opening(url, document)}<br><span class="mut">${document.typeCode?.label}</span>`,
            html`${authorOf(document)}`,
            html`<span class="chips">${visibilities(document).map(chip)}</span>`,
            chip(statusOf(document)),
          ]),
        )
  }</section>`;
}

function opening(url: string, { entryUuid, title, mimeType }: ListedDocument): Html {
  const name = title ?? 'Document sans titre';
  return mimeType === 'application/dicom'
    ? html`<span class="strong">${name}</span> <span class="mut">(images, non consultables ici)</span>`
    : html`<a class="strong" href="${url}/document?entree=${encodeURIComponent(entryUuid)}">${name}</a>`;
}

function authorOf({ authors }: ListedDocument): string {
  return authors
    .map(({ person, institution, specialty }) =>
      [[person?.given, person?.family].filter(Boolean).join(' '), specialty?.label, institution?.name]
        .filter(Boolean)
        .join(', '),
    )
    .join(' ; ');
}

/** N says nothing; masked and invisible documents are told. */
function visibilities({ confidentialityCodes }: ListedDocument): Word[] {
  const special = confidentialityCodes.filter(({ code }) => code !== 'N');
  if (special.length === 0) return [{ tone: 'idle', label: 'Visible' }];
  return special.map(({ code, label }) => ({ tone: 'wait', label: confidentialityCode(code)?.label ?? label }));
}

function statusOf({ status = '' }: ListedDocument): Word {
  const known = Object.hasOwn(STATUSES, status) ? STATUSES[status] : undefined;
  return known ?? { tone: 'doubt', label: status === '' ? 'Inconnu' : status };
}

export function documentFacts(document: ListedDocument): Html {
  return html`<p class="chips">${visibilities(document).map(chip)}${chip(statusOf(document))}</p>${fields([
    ['Déposé par', authorOf(document)],
    ['Prise en charge', document.practiceSettingCode?.label],
    ['Taille', document.size === undefined ? undefined : bytes(document.size)],
    ['Contrôles', 'Empreinte, taille et patient conformes à ce que le DMP et la fiche annoncent'],
  ])}`;
}

/** XDS times are UTC; local ones are shown (EX_3.1-1070). */
function utcDay(text: string | undefined): string {
  const [, year, month, date, hour = '00', minute = '00'] =
    /^(\d{4})(\d{2})(\d{2})(\d{2})?(\d{2})?/.exec(text ?? '') ?? [];
  return year === undefined ? '' : day(new Date(`${year}-${month}-${date}T${hour}:${minute}:00Z`));
}
