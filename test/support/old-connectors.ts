/** The products of the catalogue as old connectors, written apart from the product, before the real door over real TLS. */
import assert from 'node:assert/strict';
import { randomUUID, X509Certificate } from 'node:crypto';
import type { ConfigInput } from '../../src/config/schema.ts';
import { DEMO_EG, DEMO_IPP_DOMAIN } from '../../src/demo/structure.ts';
import { createLegacyDesk, sourcesOfCertificate } from '../../src/legacy/index.ts';
import { type Connector, createConnector } from '../../src/simulators/connector/connector.ts';
import type { ConnectorPatient } from '../../src/simulators/connector/model.ts';
import { PROFILES, type Profile } from '../../src/simulators/connector/profiles.ts';
import { startHttpsDoor } from '../../src/wire/legacy/https-door.ts';
import { createTestAuthority, type TestAuthority } from '../../src/wire/soap/certificates.fixture.ts';
import { PAT_TROIS, PAT_TROIS_INS, type UseCaseBench } from './use-case-bench.ts';

/** PAT-TROIS, as the hospital of the connector captured her. */
export const CONNECTOR_PATIENT: ConnectorPatient = {
  ipp: PAT_TROIS.ipp,
  birthName: PAT_TROIS.birthName,
  firstGivenName: 'DOMINIQUE',
  givenNames: 'DOMINIQUE MARIE',
  sex: 'F',
  birthDate: '1979-03-28',
  birthPlace: '63220',
  card: { nir: PAT_TROIS_INS.matricule.slice(0, 13), birthRank: 1 },
};
/** Holder of the card in DIRECTE. */
const PERSON = { id: '801234567897', family: 'MARTIN', given: 'CLAIRE' };
const SIGNER = 'HOPITAL DES ESSAIS SIGN';
const DECIDED = { by: 'Dr Martin, DIM', on: '2026-11-20' };

/** Name of the source, and of the certificate, of a product. */
export function applicationOf({ name, version }: Profile): string {
  return `${name} ${version}`;
}

/** Every profile is a declared connector whose flow migrates. */
export function withProfiles(config: ConfigInput): ConfigInput {
  const [first] = config.sources;
  assert.ok(first);
  const sources = PROFILES.map((profile) => ({
    ...first,
    application: applicationOf(profile),
    facility: 'CH-DEMO',
    migration: {},
    legacy: {
      certificateName: applicationOf(profile),
      signatureNames: [SIGNER],
      api: profile.api,
      replaceInsInHeader: DECIDED,
      cardsBecomeStructure: DECIDED,
    },
  }));
  const tls = { ca: 'unused', cert: 'unused', key: 'unused' };
  return { ...config, legacy: { tls, acceptanceWaitMs: 0 }, sources: [first, ...sources] };
}

/** What closes the door: a test, or a suite. */
interface Ends {
  after(close: () => Promise<void>): void;
}

export interface OldConnectors {
  /** The product, its endpoint and trusted authority changed and nothing else. */
  connector(profile: Profile): Promise<Connector>;
}

/** The door of old connectors, for a bench whose configuration went through `withProfiles`. */
export async function openOldConnectors(t: Ends, { context, dmp }: UseCaseBench): Promise<OldConnectors> {
  const authority: TestAuthority = await createTestAuthority('CN=AUTORITE DES ESSAIS');
  const authorities = [new X509Certificate(authority.ca)];
  const asking = { dmp, dmpConfig: context.dmpConfig };
  const desk = createLegacyDesk({
    ...context,
    ...{ authorities, asking },
    // Nobody sleeps: what the DMP has not accepted yet is asked for again.
    wait: async () => undefined,
    stopping: new AbortController().signal,
  });
  const server = await authority.issue('CN=localhost');
  const door = await startHttpsDoor({
    host: '127.0.0.1',
    port: 0,
    tls: { ca: authority.ca, cert: server.cert, key: server.key },
    sharedPort: false,
    maxBodyBytes: 10_000_000,
    maxConnections: 50,
    idleMs: 60_000,
    requestMs: 60_000,
    finishMs: 100,
    isKnown: (name) => sourcesOfCertificate(context.config, name).length > 0,
    onPost: (post) => desk.answer(post),
    refuse: (refusal) => desk.refuse(refusal),
    onRefused: () => undefined,
  });
  t.after(() => door.close());
  const [structure, card] = await Promise.all([authority.issue(`CN=${SIGNER}`), authority.issue(`CN=${PERSON.id}`)]);
  return {
    connector: async (profile) => {
      const connector = createConnector({
        profile,
        site: {
          eg: DEMO_EG,
          name: 'Hôpital des Essais',
          oid: '1.2.250.1.999.2',
          ippDomain: DEMO_IPP_DOMAIN,
          sector: 'SA01',
        },
        user: PERSON,
        keys: {
          client: await authority.issue(`CN=${applicationOf(profile)}`),
          signer: profile.mode === 'DIRECTE' ? card : structure,
        },
        endpoint: {
          url: `https://localhost:${door.port}/si-dmp-server/${profile.api.toLowerCase()}/services`,
          ca: authority.ca,
        },
        insOid: PAT_TROIS_INS.oid,
        now: context.now,
        newUuid: randomUUID,
      });
      t.after(async () => connector.close());
      return connector;
    },
  };
}
