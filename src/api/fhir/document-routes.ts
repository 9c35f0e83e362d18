/** Documents by FHIR: publication (IHE MHD ITI-65 and ITI-105), search (ITI-67) and retrieval (ITI-68), PDSm 3.1. */
import type { Bundle, DocumentReference } from 'fhir/r4.js';
import { z } from 'zod';
import { VISIBILITY_CODES, type VisibilityCode } from '../../codes/confidentiality-codes.ts';
import { formOf, submission, submitDocument } from '../../documents/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { feedRules } from '../../rules/feed.ts';
import { fhirRules } from '../../rules/fhir.ts';
import { listDocuments } from '../../store/document-list.ts';
import { type DocumentRecord, documentById, standingOf } from '../../store/documents.ts';
import { findIdentities } from '../../store/identity-query.ts';
import { type PublishedDocument, readProvideBundle, readSimplifiedPublish } from '../../wire/fhir/document-read.ts';
import { statusOf, writeDocumentReference } from '../../wire/fhir/document-write.ts';
import { tokenOf } from '../../wire/fhir/patient-search.ts';
import { sees } from '../access.ts';
import { unstorableText } from '../issues.ts';
import { ApiRefusal, settled } from '../problem.ts';
import type { FhirAnswer, FhirCall, FhirRoute } from './door.ts';
import { numberOf } from './patients.ts';
import { localNumberOf } from './published-patient.ts';

const PUBLISHING = { permission: 'documents.submit', scope: 'establishment', subject: 'documents' } as const;
const READING = { permission: 'documents.read', scope: 'establishment', subject: 'documents' } as const;
/** A search without pages: what one patient has here fits. */
const MOST_FOUND = 200;

export function documentRoutes(gateway: UseCaseContext): FhirRoute[] {
  return [
    {
      ...PUBLISHING,
      method: 'POST',
      path: '/fhir',
      summary: 'Publier un lot de documents (ITI-65)',
      large: true,
      handle: (call) => provide(gateway, call),
    },
    {
      ...PUBLISHING,
      method: 'POST',
      path: '/fhir/DocumentReference',
      summary: 'Publier un document qui porte son contenu (ITI-105)',
      large: true,
      handle: (call) => publishOne(gateway, call),
    },
    {
      ...READING,
      method: 'GET',
      path: '/fhir/DocumentReference/{id}',
      summary: 'Décrire un document',
      handle: async (call) => ({ resource: resourceOf(await visible(gateway, call), call) }),
    },
    {
      ...READING,
      method: 'GET',
      path: '/fhir/DocumentReference',
      summary: 'Rechercher des documents (ITI-67)',
      handle: (call) => search(gateway, call),
    },
    {
      ...READING,
      method: 'POST',
      path: '/fhir/DocumentReference/_search',
      summary: 'Rechercher des documents sans rien écrire dans l’adresse',
      handle: (call) => search(gateway, call),
    },
    {
      method: 'GET',
      path: '/fhir/Binary/{id}',
      permission: 'documents.open',
      scope: 'establishment',
      subject: 'documents',
      summary: "Ouvrir le contenu d'un document (ITI-68)",
      native: true,
      handle: (call) => open(gateway, call),
    },
  ];
}

async function publishOne(gateway: UseCaseContext, call: FhirCall): Promise<FhirAnswer> {
  const wanted = await submissionOf(gateway, call, settled(readSimplifiedPublish(call.body)));
  const record = await submit(gateway, call, wanted);
  const location = `${call.base}/DocumentReference/${record.id}`;
  return { status: 201, resource: resourceOf(record, call), headers: { location } };
}

/** Everything is read and judged before anything is stored; sent again, the same set is the same documents. */
async function provide(gateway: UseCaseContext, call: FhirCall): Promise<FhirAnswer> {
  const documents = settled(readProvideBundle(call.body));
  const wanted = [];
  for (const document of documents) wanted.push(await submissionOf(gateway, call, document));
  const records: DocumentRecord[] = [];
  for (const one of wanted) records.push(await submit(gateway, call, one));
  const given = z.object({ entry: z.array(z.object({ resource: z.object({ resourceType: z.string() }) })) });
  const kept = [...records];
  const entry = given.parse(call.body).entry.map(({ resource }) => {
    // What the set and the contents become is in the documents.
    const record = resource.resourceType === 'DocumentReference' ? kept.shift() : undefined;
    const location = record === undefined ? {} : { location: `DocumentReference/${record.id}` };
    return { response: { status: '201 Created', ...location } };
  });
  return { resource: { resourceType: 'Bundle', type: 'transaction-response', entry } satisfies Bundle };
}

type Wanted = Parameters<typeof submitDocument>[1];

async function submissionOf(gateway: UseCaseContext, call: FhirCall, document: PublishedDocument): Promise<Wanted> {
  const restricted = document.labels.find((code) => code === 'R' || code === 'V');
  if (restricted !== undefined) throw new ApiRefusal(feedRules.restricted, { location: 'securityLabel' });
  const establishment = call.actor.eg ?? undefined;
  const { ipp, ippDomain } = settled(await localNumberOf(gateway, document.patient, establishment));
  const { content, mimeType, typeCode, title, author, createdAt, serviceStart, serviceStop, replaces } = document;
  const body = submission.safeParse({
    ...{ content, mimeType, typeCode, title, ipp, ippDomain, author, createdAt, serviceStart, serviceStop, replaces },
    requestId: document.uniqueId,
  });
  if (!body.success || unstorableText({ ...body.data, content: '' })) {
    const fields = body.success ? 'caractère interdit' : body.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new ApiRefusal(fhirRules.invalidResource, { detail: fields });
  }
  const visibility = document.labels.filter((code): code is VisibilityCode => Object.hasOwn(VISIBILITY_CODES, code));
  return { ...body.data, establishment, ...(visibility.length === 0 ? {} : { visibility }) };
}

async function submit(gateway: UseCaseContext, { actor }: FhirCall, wanted: Wanted): Promise<DocumentRecord> {
  const id = settled(await submitDocument(gateway, wanted, actor.name));
  const record = await documentById(gateway.pool, id);
  if (record === undefined) throw new ApiRefusal(apiRules.notFound);
  return record;
}

async function visible(gateway: UseCaseContext, { id, actor }: FhirCall): Promise<DocumentRecord> {
  const record = z.uuid().safeParse(id).success ? await documentById(gateway.pool, id) : undefined;
  if (record === undefined || !sees(actor, record.eg)) throw new ApiRefusal(apiRules.notFound);
  return record;
}

async function open(gateway: UseCaseContext, call: FhirCall): Promise<FhirAnswer> {
  const record = await visible(gateway, call);
  // A person states why; a machine's purpose is the name of its token (practice 24).
  const stated = call.parameters.some(([name, value]) => name === 'reason' && value.trim() !== '');
  if (!stated && !call.actor.name.startsWith('token:')) throw new ApiRefusal(apiRules.reasonRequired);
  const { mimeType, bytes } = settled(await formOf(gateway.pool, record, 'original'));
  return { resource: { mimeType, bytes }, headers: { 'content-disposition': 'inline' } };
}

/** Criteria that are served; another one is refused, because to ignore it would give other documents than those asked for. */
const CRITERIA = ['patient', 'patient.identifier', 'identifier', '_id', 'status', 'type', '_count', '_format'];

async function search(gateway: UseCaseContext, call: FhirCall): Promise<FhirAnswer> {
  const asked = new Map(call.parameters);
  const unknown = call.parameters.find(([name]) => !CRITERIA.includes(name));
  const twice = asked.size < call.parameters.length;
  if (unknown !== undefined || twice || unstorableText([...asked]))
    throw new ApiRefusal(fhirRules.searchNotUnderstood, { detail: unknown?.[0] ?? 'critère répété' });
  const patient = await patientAsked(gateway, asked);
  const uniqueId = tokenOf(asked.get('identifier') ?? '').value?.replace(/^urn:oid:/i, '') ?? null;
  const id = asked.get('_id');
  if (patient === null && uniqueId === null && id === undefined)
    throw new ApiRefusal(fhirRules.searchNotUnderstood, { detail: 'patient, identifier ou _id est attendu' });
  const rows = await rowsOf(gateway, call, { id, uniqueId, patient });
  const wanted = (name: string, value: string) => {
    const given = asked
      .get(name)
      ?.split(',')
      .map((token) => tokenOf(token).value);
    return given === undefined || given.includes(value);
  };
  const found = rows.filter(
    (row) =>
      row.action !== 'delete' && wanted('type', row.typeCode) && wanted('status', statusOf(standingOf(row).state)),
  );
  const resources = found.map((row) => resourceOf(row, call));
  return {
    resource: {
      resourceType: 'Bundle',
      type: 'searchset',
      total: resources.length,
      link: [{ relation: 'self', url: `${call.base}/DocumentReference` }],
      entry: resources.map((resource) => ({
        fullUrl: `${call.base}/DocumentReference/${resource.id}`,
        resource,
        search: { mode: 'match' as const },
      })),
    } satisfies Bundle,
  };
}

async function rowsOf(
  { pool }: UseCaseContext,
  { actor }: FhirCall,
  asked: { readonly id: string | undefined; readonly uniqueId: string | null; readonly patient: string | null },
): Promise<DocumentRecord[]> {
  const { id, uniqueId, patient } = asked;
  if (patient === 'nobody') return [];
  if (id === undefined) {
    const list = (filter: Partial<Parameters<typeof listDocuments>[1]>) =>
      listDocuments(pool, {
        ...{ eg: actor.eg, uniqueId: null, controlId: null, ipp: null, state: null, ruleId: null, after: null },
        ...{ identityId: patient, limit: MOST_FOUND, ...filter },
      });
    const found = await list({ uniqueId });
    // A document that we wrap bears an identifier of ours in the DMP: the caller knows it by its own.
    return found.length > 0 || uniqueId === null ? found : list({ controlId: uniqueId });
  }
  const record = z.uuid().safeParse(id).success ? await documentById(pool, id) : undefined;
  const isAsked = record !== undefined && sees(actor, record.eg) && (uniqueId ?? record.uniqueId) === record.uniqueId;
  return isAsked && (patient ?? record.identityId) === record.identityId ? [record] : [];
}

/** Null when no patient is asked for. */
async function patientAsked(gateway: UseCaseContext, asked: ReadonlyMap<string, string>): Promise<string | null> {
  const patient = asked.get('patient')?.replace(/^Patient\//, '');
  if (patient !== undefined) return z.uuid().safeParse(patient).success ? patient : 'nobody';
  const token = asked.get('patient.identifier');
  if (token === undefined) return null;
  const [identity, another] = await findIdentities(
    gateway.pool,
    {
      ...{ ids: [], families: [], givens: [], birthDates: [], sexes: [], active: true },
      numbers: [[numberOf(gateway.config, tokenOf(token))]],
    },
    { limit: 2, after: null },
  );
  return identity === undefined || another !== undefined ? 'nobody' : identity.id;
}

function resourceOf(record: DocumentRecord, { base }: FhirCall): DocumentReference {
  const { visibility, author } = record.notice;
  return writeDocumentReference(
    {
      ...record,
      state: standingOf(record).state,
      patientId: record.identityId,
      author,
      replaces: record.action === 'replace' ? record.targetId : null,
      visibility: [
        ...(visibility.maskedFromProfessionals ? ['MASQUE_PS'] : []),
        ...(visibility.invisibleToPatient ? ['INVISIBLE_PATIENT'] : []),
        ...(visibility.invisibleToRepresentatives ? ['INVISIBLE_REPRESENTANTS_LEGAUX'] : []),
      ],
    },
    base,
  );
}
