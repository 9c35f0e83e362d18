/** Search of identities over REST: by parameters where they may stand in a URL, by a body for what may not (promise 9). */
import { z } from 'zod';
import { type PatientQuery, searchPatients, searchPatientsWithErrors } from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { identifiersOfAll } from '../../store/console-lists.ts';
import type { IdentityRecord } from '../../store/identities.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, patientView, viewPatient } from '../views.ts';

/** Absent from the answer to an exact search. */
const matchView = z.object({
  /** 0 to 1. */
  score: z.number(),
  /** It bears the asked INS or local number. */
  byNumber: z.boolean(),
  traits: z.array(z.object({ trait: z.string(), agreement: z.number(), reason: z.string() })),
});
const foundPatients = listOf(patientView.extend({ match: matchView.optional() }));

const text = z.string().min(1).max(200).optional();
const asked = {
  /** First letters of the birth name or of the used name. */
  name: text,
  birthName: text,
  usedName: text,
  givenName: text,
  /** AAAA-MM-JJ, AAAA-MM or AAAA. */
  birthDate: z
    .string()
    .regex(/^\d{4}(-\d{2}){0,2}$/)
    .optional(),
  sex: z.enum(['M', 'F', 'I']).optional(),
  birthPlace: z
    .string()
    .regex(/^(\d\d|2[AB])\d{3}$/)
    .optional(),
  ipp: text,
  /** OID of the domain of `ipp`. */
  domain: text,
  status: z.enum(['PROV', 'VALI', 'RECUP', 'QUAL']).optional(),
  insiState: z
    .enum(['none', 'queued', 'settled', 'not-found', 'several', 'discrepancy', 'blocked', 'failed'])
    .optional(),
  attribute: z.enum(['homonyme', 'douteuse', 'fictive']).optional(),
};
/** Most answers to a search with errors: who is not among them is asked with more traits. */
const MOST_APPROXIMATE = 100;

type Asked = z.output<z.ZodObject<typeof asked>>;

interface Wanted {
  readonly query: PatientQuery;
  readonly approximate: boolean;
  readonly limit: number;
  readonly after: number;
}

async function answer(gateway: UseCaseContext, { query, approximate, limit, after }: Wanted) {
  if (approximate) {
    const found = await searchPatientsWithErrors(gateway, query, { limit: Math.min(limit, MOST_APPROXIMATE) });
    const views = await viewsOf(
      gateway,
      found.map(({ record }) => record),
    );
    const items = views.map((view, index) => {
      const { score = 0, byNumber = false, agreements = [] } = found[index] ?? {};
      const traits = agreements.map(({ trait, value, reason }) => ({ trait, agreement: rounded(value), reason }));
      return { ...view, match: { score: rounded(score), byNumber, traits } };
    });
    return { items, next: null };
  }
  const rows = await searchPatients(gateway, query, { limit: limit + 1, offset: after });
  const items = await viewsOf(gateway, rows.slice(0, limit));
  return { items, next: rows.length > limit ? String(after + limit) : null };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

async function viewsOf({ pool }: UseCaseContext, records: readonly IdentityRecord[]) {
  const identifiers = await identifiersOfAll(
    pool,
    records.map(({ id }) => id),
  );
  return records.map((record) => viewPatient(record, identifiers.get(record.id) ?? []));
}

function queryOf({ name, birthDate, ipp, domain, ...traits }: Asked): PatientQuery {
  return {
    ...traits,
    familyName: name,
    born: birthDate,
    ...(ipp === undefined ? {} : { identifier: { value: ipp, domain } }),
  };
}

function listPatientsRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/patients',
    summary:
      'Identités : par traits ou premières lettres, de la dernière modifiée à la plus ancienne sans trait demandé',
    permission: 'patients.read',
    scope: 'domain',
    query: z.object({
      ...asked,
      approximate: z.enum(['true', 'false']).default('false'),
      limit: z.coerce.number().int().min(1).max(500).default(50),
      after: z.coerce.number().int().min(0).max(100_000).default(0),
    }),
    response: foundPatients,
    handle: ({ query: { approximate, limit, after, ...traits } }) =>
      answer(gateway, { query: queryOf(traits), approximate: approximate === 'true', limit, after }),
  });
}

function searchPatientsRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients/search',
    summary:
      'Chercher des identités, aussi par INS ; avec `approximate`, malgré une ou deux erreurs, la plus probable d’abord',
    permission: 'patients.read',
    scope: 'domain',
    body: z.object({
      ...asked,
      /** Fifteen characters; here and never in an address. */
      matricule: text,
      oid: text,
      approximate: z.boolean().default(false),
      limit: z.int().min(1).max(500).default(20),
      after: z.int().min(0).max(100_000).default(0),
    }),
    response: foundPatients,
    handle: ({ body: { approximate, limit, after, matricule, oid, ...traits } }) => {
      const ins =
        matricule === undefined ? {} : { ins: { matricule: matricule.replaceAll(' ', '').toUpperCase(), oid } };
      return answer(gateway, { query: { ...queryOf(traits), ...ins }, approximate, limit, after });
    },
  });
}

export function patientSearchRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [listPatientsRoute(gateway), searchPatientsRoute(gateway)];
}
