/** Patients whom a received document may speak of, each beside what the document says. */
import { searchPatientsWithErrors } from '../identity/index.ts';
import type { Coherence } from '../ins/coherence.ts';
import type { Sex } from '../ins/types.ts';
import { compareWith } from '../mssante/index.ts';
import { type IdentityRecord, identityById } from '../store/identities.ts';
import type { IncomingDocument } from '../store/incoming-documents.ts';
import { chip, table } from './components.ts';
import { birthDate } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import type { Visit } from './visit.ts';
import { FIELD_NAMES, STATUSES } from './words.ts';

export interface ShownCandidate {
  readonly record: IdentityRecord;
  readonly coherence: Coherence;
}

const MOST = 6;

/** Whom the document named by its INS, then whoever resembles it, or whom the reader typed. */
export async function candidatesFor(visit: Visit, document: IncomingDocument): Promise<readonly ShownCandidate[]> {
  const { gateway, query } = visit;
  const { traits } = document;
  const typed = { familyName: query('nom'), givenName: query('prenom'), born: isoBirth(query('naissance')) };
  const isTyped = Object.values(typed).some((value) => value !== undefined && value !== '');
  const sex = traits?.sex === 'F' || traits?.sex === 'M' ? (traits.sex as Sex) : undefined;
  const asked = isTyped
    ? { familyName: typed.familyName || undefined, givenName: typed.givenName || undefined, born: typed.born }
    : { birthName: traits?.birthName, givenName: traits?.givenNames?.split(' ')[0], born: traits?.birthDate, sex };
  const named = document.identityId === null ? undefined : await identityById(gateway.pool, document.identityId);
  const found = Object.values(asked).some((value) => value !== undefined)
    ? await searchPatientsWithErrors(gateway, asked, { limit: MOST })
    : [];
  const records = [...(named?.active === true ? [named] : []), ...found.map(({ record }) => record)];
  const unique = [...new Map(records.map((record) => [record.id, record])).values()].slice(0, MOST);
  return Promise.all(
    unique.map(async (record) => ({ record, coherence: await compareWith(gateway.pool, record, traits ?? {}) })),
  );
}

/** JJ/MM/AAAA, or nothing. */
function isoBirth(text: string): string | undefined {
  const [, day, month, year] = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
}

/** What the document says and what is recorded, trait by trait. */
export function comparison({ record, coherence }: ShownCandidate): Html {
  return table(
    `Comparaison avec ${record.birthName} ${record.firstGivenName}`,
    [{ label: 'Trait' }, { label: 'Enregistré ici' }, { label: 'Dit par le document' }, { label: 'Constat' }],
    coherence.traits.map(({ trait, local, insi, outcome }) => [
      FIELD_NAMES[trait] ?? trait,
      shown(trait, local),
      shown(trait, insi),
      chip(
        outcome === 'different'
          ? { tone: 'bad', label: 'Différent' }
          : { tone: 'ok', label: outcome === 'equal' ? 'Identique' : 'Admis' },
      ),
    ]),
  );
}

function shown(trait: string, value: string | undefined): HtmlValue {
  if (value === undefined) return html`<span class="mut">absent</span>`;
  return trait === 'birthDate' ? birthDate(value) : value;
}

/** One choice of the form that attaches a document. */
export function candidateChoice(document: IncomingDocument, { record, coherence }: ShownCandidate): Html {
  const differing = coherence.traits
    .filter(({ outcome }) => outcome === 'different')
    .map(({ trait }) => FIELD_NAMES[trait] ?? trait);
  const field = `patient-${document.part}-${record.id}`;
  return html`<div class="choice"><input type="radio" id="${field}" name="patient" value="${record.id}"><label for="${field}"><span class="strong">${record.birthName} ${record.firstGivenName}</span> · ${birthDate(record.birthDate)} · ${record.sex} ${chip(STATUSES[record.status])}<br><span class="mut">${
    differing.length === 0 ? 'Tous les traits s’accordent.' : `Diffère : ${differing.join(', ').toLowerCase()}.`
  }</span></label> <a href="/console/patients/${record.id}">Dossier<span class="unseen"> de ${record.birthName} ${record.firstGivenName}</span></a></div>`;
}
