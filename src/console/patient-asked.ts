/** What the patients page is asked, read from its address, and the identities that answer. */
import { type PatientQuery, searchPatients, searchPatientsWithErrors } from '../identity/index.ts';
import { parseCogCode } from '../ins/cog.ts';
import type { Agreement } from '../ins/search-score.ts';
import type { IdentityAttribute, IdentityStatus, Sex } from '../ins/types.ts';
import type { IdentityRecord, InsiState } from '../store/identities.ts';
import { isoDate } from './format.ts';
import type { Visit } from './visit.ts';
import { ATTRIBUTES, INSI_STATES, STATUSES } from './words.ts';

const PAGE = 50;

/** As typed; empty when not asked. */
export interface Asked {
  readonly nom: string;
  readonly prenom: string;
  readonly naissance: string;
  readonly sexe: string;
  readonly lieu: string;
  readonly ipp: string;
  readonly statut: string;
  readonly insi: string;
  readonly attribut: string;
  /** `oui`: with one or two errors. */
  readonly approche: string;
}

export function askedOf({ query }: Visit): Asked {
  return {
    nom: query('nom'),
    prenom: query('prenom'),
    naissance: query('naissance'),
    sexe: query('sexe'),
    lieu: query('lieu'),
    ipp: query('ipp'),
    statut: query('statut'),
    insi: query('insi'),
    attribut: query('attribut'),
    approche: query('approche') === 'oui' ? 'oui' : '',
  };
}

/** Undefined when the birth date is no date. */
export function queryOf(asked: Asked): PatientQuery | undefined {
  const born = bornIn(asked.naissance);
  if (born === undefined) return undefined;
  const place = parseCogCode(asked.lieu);
  return {
    familyName: given(asked.nom),
    givenName: given(asked.prenom),
    born: born ?? undefined,
    sex: known<Sex>({ M: 1, F: 1, I: 1 }, asked.sexe),
    // A place that is no code is one that no identity has.
    birthPlace: given(place.ok ? place.value : asked.lieu),
    identifier: asked.ipp === '' ? undefined : { value: asked.ipp },
    status: known<IdentityStatus>(STATUSES, asked.statut),
    insiState: known<InsiState>(INSI_STATES, asked.insi),
    attribute: known<IdentityAttribute>(ATTRIBUTES, asked.attribut),
  };
}

export interface Shown {
  readonly record: IdentityRecord;
  /** Of a search with errors. */
  readonly match?: { readonly score: number; readonly agreements: readonly Agreement[] };
}

/** The identities of this page of the list, and whether more follow. */
export async function found(
  { gateway }: Visit,
  query: PatientQuery,
  { approximate, page }: { readonly approximate: boolean; readonly page: number },
): Promise<{ readonly shown: readonly Shown[]; readonly more: boolean }> {
  if (approximate) {
    const matches = await searchPatientsWithErrors(gateway, query, { limit: PAGE });
    return { shown: matches.map(({ record, ...match }) => ({ record, match })), more: false };
  }
  const rows = await searchPatients(gateway, query, { limit: PAGE + 1, offset: (page - 1) * PAGE });
  return { shown: rows.slice(0, PAGE).map((record) => ({ record })), more: rows.length > PAGE };
}

/** `JJ/MM/AAAA` or a year; null when none is asked, undefined when what is asked is neither. */
function bornIn(text: string): string | null | undefined {
  if (text === '') return null;
  return /^\d{4}$/.test(text) ? text : isoDate(text);
}

function given(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function known<T extends string>(words: Readonly<Record<T, unknown>>, text: string): T | undefined {
  return Object.hasOwn(words, text) ? (text as T) : undefined;
}
