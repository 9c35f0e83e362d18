/**
 * Search of identities, for every door: REST, console, FHIR (search, `$match`, PIXm, PDQm), import. Two questions:
 *
 * - `searchPatients`: who has these traits, exactly or by their first letters, accents, hyphens and case apart; a page of a
 *   list in a stable order. Without any trait, the last changed first.
 * - `searchPatientsWithErrors`: who may be this person, although one or two traits are wrong; the most likely first, each
 *   with a score of 0 to 1 and the agreement of each trait. Give all that is known: what is not asked does not count.
 *
 * Merged identities are never answered. Both read only; the caller audits the access as its door does (promise 8), and
 * must not put a matricule in a URL (promise 9). Neither decides that two identities are one person: that is `matching`.
 * At ten million identities each is a few milliseconds (`npm run bench -- identity`, decision 0026).
 */
import { bornNumber, probesOf, signatureOf } from '../ins/search-keys.ts';
import { type Agreement, type Asked, scorerOf } from '../ins/search-score.ts';
import type { IdentityAttribute, IdentityStatus, Sex } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { type IdentityRecord, type InsiState, identitiesById } from '../store/identities.ts';
import { candidatesOf, type ExactTraits, findExactly, type IdentityFilter } from '../store/identity-search.ts';

/** What is known of a person; every part may be absent. Texts as a person types them. */
export interface PatientQuery {
  /** Of birth or used. */
  readonly familyName?: string | undefined;
  /** Of birth only, used only: instead of `familyName`. */
  readonly birthName?: string | undefined;
  readonly usedName?: string | undefined;
  readonly givenName?: string | undefined;
  /** `AAAA-MM-JJ`, `AAAA-MM` or `AAAA`. */
  readonly born?: string | undefined;
  readonly sex?: Sex | undefined;
  /** INSEE code. */
  readonly birthPlace?: string | undefined;
  /** With or without its OID. */
  readonly ins?: { readonly matricule: string; readonly oid?: string | undefined } | undefined;
  /** A local number, of any domain when none is given. */
  readonly identifier?: { readonly value: string; readonly domain?: string | undefined } | undefined;
  readonly status?: IdentityStatus | undefined;
  readonly insiState?: InsiState | undefined;
  readonly attribute?: IdentityAttribute | undefined;
}

export interface FoundPatient {
  readonly record: IdentityRecord;
  /** 0 to 1; 1 for one that bears the asked INS or local number and contradicts no asked trait. */
  readonly score: number;
  readonly agreements: readonly Agreement[];
  /** It bears the asked INS or local number. */
  readonly byNumber: boolean;
}

type Context = Pick<UseCaseContext, 'pool'>;

export async function searchPatients(
  { pool }: Context,
  query: PatientQuery,
  page: { readonly limit: number; readonly offset: number },
): Promise<IdentityRecord[]> {
  return findExactly(pool, exactTraits(query), filterOf(query), page);
}

/** Below this score nobody would call it the same person. */
const LEAST_SCORE = 0.5;

export async function searchPatientsWithErrors(
  { pool }: Context,
  query: PatientQuery,
  { limit, leastScore = LEAST_SCORE }: { readonly limit: number; readonly leastScore?: number },
): Promise<FoundPatient[]> {
  const asked = askedTraits(query);
  const scored = scorerOf(asked);
  const numbered = await bearers(pool, query, limit);
  const probes = probesOf(asked);
  const candidates = probes.length === 0 ? [] : await candidatesOf(pool, probes, nearness(asked), filterOf(query));
  const known = new Set(numbered.map(({ id }) => id));
  const best = candidates
    .filter(({ id }) => !known.has(id))
    .map((candidate) => ({ id: candidate.id, ...scored(candidate) }))
    .filter(({ score }) => score >= leastScore)
    .sort((one, other) => other.score - one.score || (one.id < other.id ? -1 : 1))
    .slice(0, Math.max(limit - numbered.length, 0));
  const records = new Map(
    (
      await identitiesById(
        pool,
        best.map(({ id }) => id),
      )
    ).map((record) => [record.id, record]),
  );
  return [
    ...numbered.map((record) => ({ record, ...certain(scored(record)), byNumber: true })),
    ...best.flatMap(({ id, score, agreements }) => {
      const record = records.get(id);
      return record === undefined ? [] : [{ record, score, agreements, byNumber: false }];
    }),
  ];
}

/** A number alone is an agreement on all that was asked. */
function certain({ score, agreements }: { score: number; agreements: readonly Agreement[] }) {
  return { score: agreements.length === 0 ? 1 : score, agreements };
}

/** Those who bear the asked INS or local number, whatever their traits. */
async function bearers(pool: Context['pool'], query: PatientQuery, limit: number): Promise<IdentityRecord[]> {
  const { ins, identifier } = query;
  const found = [];
  for (const number of [{ ins }, { identifier }])
    if (Object.values(number).some((value) => value !== undefined))
      found.push(...(await findExactly(pool, exactTraits(number), filterOf(query), { limit, offset: 0 })));
  return [...new Map(found.map((record) => [record.id, record])).values()].slice(0, limit);
}

function askedTraits({ familyName, birthName, usedName, givenName, born, sex, birthPlace }: PatientQuery): Asked {
  return { familyName: familyName ?? birthName ?? usedName, givenName, born, sex, birthPlace };
}

function nearness({ familyName, givenName, born }: Asked) {
  const names = [familyName, givenName].filter((name) => name !== undefined);
  return { signature: signatureOf(names), born: born === undefined ? 0 : bornNumber(born.padEnd(10, '0')) };
}

function filterOf({ status, insiState, attribute }: PatientQuery): IdentityFilter {
  return { status: status ?? null, insiState: insiState ?? null, attribute: attribute ?? null };
}

function exactTraits(query: PatientQuery): ExactTraits {
  const { familyName, birthName, usedName } = query;
  return {
    name: familyName ?? birthName ?? usedName ?? null,
    nameIs: familyName !== undefined ? 'either' : birthName !== undefined ? 'birth' : 'used',
    givenName: query.givenName ?? null,
    born: query.born ?? null,
    sex: query.sex ?? null,
    birthPlace: query.birthPlace ?? null,
    matricule: query.ins?.matricule ?? null,
    oid: query.ins?.oid ?? null,
    identifier: query.identifier?.value ?? null,
    domain: query.identifier?.domain ?? null,
  };
}
