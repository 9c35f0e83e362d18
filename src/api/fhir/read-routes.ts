/** Reading patients: read and search (FHIR R4, IHE PDQm ITI-78). */
import type { Bundle, Patient } from 'fhir/r4.js';
import { z } from 'zod';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { fhirRules } from '../../rules/fhir.ts';
import { type IdentityRecord, identityById } from '../../store/identities.ts';
import { countIdentities, findIdentities } from '../../store/identity-query.ts';
import { MOST_COUNT, type Parameters, type PatientQuery, readSearch } from '../../wire/fhir/patient-search.ts';
import { unstorableText } from '../issues.ts';
import { ApiRefusal, settled } from '../problem.ts';
import type { FhirAnswer, FhirCall, FhirRoute } from './door.ts';
import { criteriaOf, patientResource } from './patients.ts';

const READING = { permission: 'patients.read', scope: 'domain', subject: 'patients' } as const;

export function readRoutes(gateway: UseCaseContext): FhirRoute[] {
  return [
    {
      ...READING,
      method: 'GET',
      path: '/fhir/Patient/{id}',
      summary: 'Lire une identité',
      handle: async ({ id }) => taggedAnswer(await patientResource(gateway, await foundPatient(gateway, id))),
    },
    {
      ...READING,
      method: 'GET',
      path: '/fhir/Patient',
      summary: 'Rechercher des identités',
      handle: (call) => search(gateway, call, 'GET'),
    },
    {
      ...READING,
      method: 'POST',
      path: '/fhir/Patient/_search',
      summary: 'Rechercher des identités sans rien écrire dans l’adresse',
      handle: (call) => search(gateway, call, 'POST'),
    },
  ];
}

export async function foundPatient({ pool }: UseCaseContext, id: string): Promise<IdentityRecord> {
  const record = z.uuid().safeParse(id).success ? await identityById(pool, id) : undefined;
  if (record === undefined) throw new ApiRefusal(apiRules.notFound);
  return record;
}

/** The resource with its version as ETag (FHIR R4 http). */
export function taggedAnswer(resource: Patient, more: Partial<FhirAnswer> = {}): FhirAnswer {
  const { versionId = '', lastUpdated = '' } = resource.meta ?? {};
  const tags = { etag: `W/"${versionId}"`, 'last-modified': new Date(lastUpdated).toUTCString() };
  return { ...more, resource, headers: { ...tags, ...more.headers } };
}

async function search(gateway: UseCaseContext, call: FhirCall, method: 'GET' | 'POST'): Promise<FhirAnswer> {
  const { asked, after } = pageOf(call.parameters);
  const query = settled(readSearch(asked));
  if (unstorableText(asked)) throw new ApiRefusal(fhirRules.searchNotUnderstood, { detail: 'caractère interdit' });
  const criteria = criteriaOf(gateway.config, query);
  const self = selfLink(call, method);
  if (query.count === 0) {
    const total = await countIdentities(gateway.pool, criteria);
    return { resource: { resourceType: 'Bundle', type: 'searchset', total, link: [self] } };
  }
  const count = hasNumber(query) ? MOST_COUNT : query.count;
  const rows = await findIdentities(gateway.pool, criteria, { limit: count + 1, after });
  const page = rows.slice(0, count);
  const resources = await Promise.all(page.map((record) => patientResource(gateway, record)));
  const last = rows.length > count && !hasNumber(query) ? page.at(-1) : undefined;
  return {
    resource: {
      resourceType: 'Bundle',
      type: 'searchset',
      // The number of all matches is not counted for a page: `_summary=count` asks for it.
      ...(after === null && last === undefined ? { total: page.length } : {}),
      link: [self, ...(last === undefined ? [] : [nextLink(call, asked, last.id)])],
      entry: resources.map((resource) => ({
        fullUrl: `${call.base}/Patient/${resource.id}`,
        resource,
        search: { mode: 'match' as const },
      })),
    } satisfies Bundle,
  };
}

const pageToken = z.object({ asked: z.array(z.tuple([z.string(), z.string()])), after: z.uuid() });

/** The criteria and the place of a following page: the link is opaque, and holds all that it needs. */
function pageOf(parameters: Parameters): { asked: Parameters; after: string | null } {
  const token = parameters.find(([name]) => name === '_page')?.[1];
  if (token === undefined) return { asked: parameters, after: null };
  const parsed = pageToken.safeParse(jsonOf(Buffer.from(token, 'base64url').toString('utf8')));
  if (!parsed.success) throw new ApiRefusal(fhirRules.searchNotUnderstood, { detail: '« _page »' });
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Link = { relation: string; url: string };

/** A number of a patient goes into no link that we make: a search by one is answered in one page, whatever `_count`. */
function hasNumber({ identifiers }: PatientQuery): boolean {
  return identifiers.some((tokens) => tokens.some(({ value }) => value !== undefined));
}

function nextLink({ base }: FhirCall, asked: Parameters, after: string): Link {
  const token = Buffer.from(JSON.stringify({ asked, after })).toString('base64url');
  return { relation: 'next', url: `${base}/Patient?_page=${token}` };
}

function selfLink({ base, parameters }: FhirCall, method: 'GET' | 'POST'): Link {
  const said = method === 'GET' ? parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`) : [];
  return {
    relation: 'self',
    url:
      method === 'GET' ? `${base}/Patient${said.length === 0 ? '' : '?'}${said.join('&')}` : `${base}/Patient/_search`,
  };
}
