/**
 * A connector of yesterday: its own keys, its own writing of everything it sends, and no idea of what stands behind its
 * endpoint. Which product it plays is its profile. Each call is one attempt; patience is in outbox.ts.
 */
import { computeInsC } from '../../ins/ins-c.ts';
import { matriculeKey } from '../../ins/matricule.ts';
import { INS_C } from '../dmp/values.ts';
import { writeConnectorCda } from './cda.ts';
import { openLine } from './line.ts';
import { type Described, describeSubmission } from './metadata.ts';
import type {
  ConnectorDocument,
  ConnectorKeys,
  ConnectorPatient,
  ConnectorSite,
  Endpoint,
  NamedPatient,
  Person,
} from './model.ts';
import type { Profile } from './profiles.ts';
import * as questions from './questions.ts';
import { signingKey, signSubmission } from './signing.ts';
import { type Answered, acknowledged, readAnswer, type Said, type SoapCall, writeCall } from './soap.ts';
import { writeVihf } from './vihf.ts';

export interface ConnectorOptions {
  readonly profile: Profile;
  readonly site: ConnectorSite;
  /** Who is responsible for an automated submission; the holder of the card in DIRECTE. */
  readonly user: Person;
  readonly keys: ConnectorKeys;
  readonly endpoint: Endpoint;
  /** Under which a NIR goes as an INS (API V2). */
  readonly insOid: string;
  readonly now: () => Date;
  readonly newUuid: () => string;
  /** Default 60 s. */
  readonly timeoutMs?: number;
}

/** A submission made once: the same bytes and the same identifiers at every attempt. */
export interface Submission {
  readonly document: ConnectorDocument;
  readonly named: NamedPatient;
  readonly metadata: string;
  readonly cda: Buffer;
  readonly signature: Buffer;
}

export interface Connector {
  readonly profile: Profile;
  readonly site: ConnectorSite;
  readonly user: Person;
  endpoint(): Endpoint;
  /** The day of the cut-over: nothing else changes. */
  pointTo(endpoint: Endpoint): void;
  /** TD0.0. */
  certify(patient: ConnectorPatient): Promise<Said<questions.CertifiedIdentity>>;
  /** By what TD0.0 said; by the card alone where it is not known. */
  name(patient: ConnectorPatient, certified: questions.CertifiedIdentity | undefined): NamedPatient;
  /** TD0.2. */
  exists(named: NamedPatient): Promise<Said<questions.Existence>>;
  prepare(document: ConnectorDocument, named: NamedPatient): Submission;
  /** TD2.1a, or TD2.1b for a document that replaces one. */
  feed(submission: Submission): Promise<Said<true>>;
  /** TD3.1b; undefined: not found. */
  find(uniqueId: string, named: NamedPatient): Promise<Said<{ readonly entryUuid: string | undefined }>>;
  /** TD3.1a. */
  list(named: NamedPatient): Promise<Said<readonly questions.ListedEntry[]>>;
  /** TD3.2. */
  read(uniqueId: string, named: NamedPatient): Promise<Said<Buffer>>;
  /** TD3.3c. `setUniqueId`: the same at every attempt. */
  remove(entryUuid: string, named: NamedPatient, setUniqueId: string): Promise<Said<true>>;
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 60_000;

export function createConnector(options: ConnectorOptions): Connector {
  const { profile, site, user, keys, insOid, now, newUuid } = options;
  const signer = signingKey(keys.signer);
  const line = openLine(keys.client, options.endpoint, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);

  async function call<T>(
    { named, ...given }: Omit<SoapCall, 'token' | 'messageId'> & { readonly named: NamedPatient | undefined },
    read: (answered: Answered) => T | undefined,
  ): Promise<Said<T>> {
    const token = writeVihf({ profile, site, user, signer, patient: named?.id, id: newUuid(), at: now() });
    const body = writeCall({ ...given, token, messageId: newUuid() });
    const answer = await line.post(given.service, body);
    if ('broken' in answer) return { kind: 'unreachable', code: answer.broken, reason: 'no answer' };
    return readAnswer(answer, read);
  }

  function describedOf(named: NamedPatient, setUniqueId: string): Described {
    return { named, site, localNumber: profile.localNumber, setUniqueId, at: now(), by: user };
  }

  return {
    profile,
    site,
    user,
    endpoint: line.endpoint,
    pointTo: line.pointTo,
    certify: (patient) =>
      call(
        {
          service: 'patientCertif',
          action: questions.CERTIFY,
          body: questions.certification(patient),
          named: undefined,
        },
        questions.readCertified,
      ),
    name: (patient, certified) => ({ patient, id: idOf(patient, certified, profile, insOid) }),
    exists: (named) =>
      call(
        {
          service: 'patients',
          action: questions.EXISTS,
          body: questions.existence(named.id, site.oid, newUuid(), now()),
          named,
        },
        questions.readExistence,
      ),
    prepare(document, named) {
      const setUniqueId = `${document.uniqueId}.1`;
      const cda = writeConnectorCda(document, named, site, profile.versioned);
      const documents = [{ uniqueId: document.uniqueId, bytes: cda }];
      const metadata = describeSubmission(document, `${document.uniqueId}.2`, describedOf(named, setUniqueId));
      const signature = Buffer.from(signSubmission({ setUniqueId, documents, at: now() }, signer));
      return { document, named, metadata, cda, signature };
    },
    feed: ({ named, metadata, cda, signature }) =>
      call(
        { service: 'repository', action: questions.FEED, ...feedBody(metadata, cda, signature), named },
        acknowledged,
      ),
    find: (uniqueId, named) =>
      call(
        { service: 'registry', action: questions.SEARCH, body: questions.findReference(uniqueId), named },
        (answered) => {
          const entries = questions.readEntries(answered);
          return entries === undefined ? undefined : { entryUuid: entries[0]?.entryUuid };
        },
      ),
    list: (named) =>
      call(
        { service: 'registry', action: questions.SEARCH, body: questions.listDocuments(named.id), named },
        questions.readEntries,
      ),
    read: (uniqueId, named) =>
      call(
        { service: 'repository', action: questions.RETRIEVE, body: questions.retrieval(uniqueId), named },
        questions.readContent,
      ),
    remove: (entryUuid, named, setUniqueId) =>
      call(
        {
          service: 'registry',
          action: questions.UPDATE,
          body: questions.deletion(entryUuid, describedOf(named, setUniqueId)),
          named,
        },
        acknowledged,
      ),
    close: line.close,
  };
}

function idOf(
  { card, firstGivenName, birthDate }: ConnectorPatient,
  certified: questions.CertifiedIdentity | undefined,
  { api }: Profile,
  insOid: string,
): NamedPatient['id'] {
  if (api === 'V2') return { value: certified?.nir ?? withKey(card.nir), oid: insOid };
  const first = certified?.firstGivenName ?? firstGivenName;
  return { value: computeInsC({ firstGivenName: first, birthDate, nir: card.nir }), oid: INS_C };
}

function withKey(nir: string): string {
  return nir.length === 13 ? `${nir}${String(matriculeKey(nir)).padStart(2, '0')}` : nir;
}

function feedBody(metadata: string, cda: Buffer, signature: Buffer): Pick<SoapCall, 'body' | 'parts'> {
  const include = (id: string): string =>
    `<xdsb:Document id="${id}"><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:${id}@connecteur"/></xdsb:Document>`;
  const body =
    `<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb="urn:ihe:iti:xds-b:2007"><lcm:SubmitObjectsRequest ` +
    `xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0">${metadata}</lcm:SubmitObjectsRequest>` +
    `${include('Document01')}${include('Signature01')}</xdsb:ProvideAndRegisterDocumentSetRequest>`;
  const part = (bytes: Buffer) => ({ contentType: 'text/xml', body: bytes });
  return {
    body,
    parts: new Map([
      ['Document01@connecteur', part(cda)],
      ['Signature01@connecteur', part(signature)],
    ]),
  };
}
