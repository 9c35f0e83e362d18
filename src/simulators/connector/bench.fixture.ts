/** A connector before a DMP of the day before, over real TLS, and the patient that both know. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { optionsIn, temporaryDirectory } from '../dmp/bench.fixture.ts';
import { INS_OID, MATRICULE } from '../dmp/cda.fixture.ts';
import { certificates, EG, PERSON } from '../dmp/certificates.fixture.ts';
import { freshUniqueId } from '../dmp/message.fixture.ts';
import type { DmpSimulatorOptions } from '../dmp/options.ts';
import { createDmpSimulator, type DmpSimulator } from '../dmp/simulator.ts';
import { type Connector, type ConnectorOptions, createConnector } from './connector.ts';
import type { ConnectorDocument, ConnectorPatient } from './model.ts';
import { type Order, type Outbox, type OutboxOptions, openOutbox } from './outbox.ts';
import { PROFILES, type Profile } from './profiles.ts';

export const PATIENT: ConnectorPatient = {
  ipp: 'IPP42',
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  givenNames: 'DOMINIQUE MARIE-LOUISE',
  sex: 'F',
  birthDate: '1979-03-28',
  birthPlace: '51215',
  card: { nir: MATRICULE.slice(0, 13), birthRank: 1 },
};

export const AUTHOR = { id: PERSON, family: 'DAVID', given: 'Charles' };
const CONTENTS: Readonly<Record<string, string>> = {
  'application/pdf': '%PDF-1.4\n%fiction\n%%EOF\n',
  'text/rtf': '{\\rtf1 fiction}',
  'text/plain': 'Fiction.',
};

export interface DayBefore {
  readonly dmp: DmpSimulator;
  readonly ca: string;
  control(route: string, body?: unknown): Promise<unknown>;
}

export async function dayBefore(t: TestContext, change: Partial<DmpSimulatorOptions> = {}): Promise<DayBefore> {
  const options = optionsIn(await temporaryDirectory(t));
  const dmp = await createDmpSimulator({ ...options, apiV1: 'open', td00: 'open', ...change });
  t.after(() => dmp.close());
  const control = async (route: string, body?: unknown): Promise<unknown> => {
    const [method = 'GET', path = '/'] = route.split(' ');
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return (await fetch(`${dmp.control}${path}`, { method, ...sent })).json();
  };
  const { firstGivenName, birthName, sex, birthDate } = PATIENT;
  const traits = { firstGivenName, birthName, sex, birthDate };
  await control('POST /patients', { matricule: MATRICULE, oid: INS_OID, state: 'open', traits });
  return { dmp, ca: certificates().authority.pem, control };
}

export function profileOf(name: string, version?: string): Profile {
  const found = PROFILES.find((profile) => profile.name === name && (version ?? profile.version) === profile.version);
  if (found === undefined) throw new Error(`no profile ${name}`);
  return found;
}

export function connectorOf(
  t: TestContext,
  { dmp, ca }: DayBefore,
  profile: Profile,
  change: Partial<ConnectorOptions> = {},
): Connector {
  const { client, sign, cardAuth, cardSign } = certificates();
  const [auth, signer] = profile.mode === 'DIRECTE' ? [cardAuth, cardSign] : [client, sign];
  const connector = createConnector({
    profile,
    site: {
      eg: EG,
      name: 'Hôpital fictif',
      oid: '1.2.250.1.999.2',
      ippDomain: '1.2.250.1.999.7',
      sector: 'SA01',
    },
    user: AUTHOR,
    keys: { client: { cert: auth.pem, key: auth.keyPem }, signer: { cert: signer.pem, key: signer.keyPem } },
    endpoint: { url: profile.api === 'V1' ? dmp.urlV1 : dmp.url, ca },
    insOid: INS_OID,
    now: () => new Date('2026-11-23T10:00:00Z'),
    newUuid: randomUUID,
    ...change,
  });
  t.after(() => connector.close());
  return connector;
}

export function documentOf({ formats }: Profile, change: Partial<ConnectorDocument> = {}): ConnectorDocument {
  const uniqueId = change.uniqueId ?? freshUniqueId();
  const [mediaType = ''] = formats;
  return {
    uniqueId,
    setId: `${uniqueId}.9`,
    version: 1,
    title: 'Compte rendu d’hospitalisation',
    typeCode: '34112-3',
    writtenAt: new Date('2026-11-20T09:15:00Z'),
    author: AUTHOR,
    content: { mediaType, bytes: Buffer.from(CONTENTS[mediaType] ?? '') },
    ...change,
  };
}

export function newOrder(profile: Profile): Extract<Order, { kind: 'new' }> {
  return { kind: 'new', patient: PATIENT, document: documentOf(profile) };
}

/** Its waits pass at once. */
export async function outboxOf(
  t: TestContext,
  connector: Connector,
  change: Partial<OutboxOptions> = {},
): Promise<Outbox & { readonly journal: string }> {
  const journal = join(await temporaryDirectory(t), 'connector.jsonl');
  const outbox = await openOutbox({
    connector,
    journal,
    now: () => new Date('2026-11-23T10:00:00Z'),
    wait: async () => undefined,
    ...change,
  });
  t.after(() => outbox.close());
  return { ...outbox, journal };
}
