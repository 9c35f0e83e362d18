/** What a replay runs in: a folder, keys, PostgreSQL, INSi and the DMP of before and after, and one gateway for the region. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { checkConfig } from '../../config/load.ts';
import { openLog } from '../../config/log.ts';
import type { ConfigInput } from '../../config/schema.ts';
import { type Gateway, startGateway } from '../../main.ts';
import type { Stops } from '../../queue/stops.ts';
import { type Connector, createConnector } from '../../simulators/connector/connector.ts';
import type { ConnectorKeys, Endpoint } from '../../simulators/connector/model.ts';
import { createDmpSimulator, type DmpSimulator } from '../../simulators/dmp/simulator.ts';
import { createInsiSimulator } from '../../simulators/insi/insi-simulator.ts';
import { startEmbeddedPostgres } from '../../store/embedded/embedded-postgres.ts';
import type { MllpClient } from '../../wire/hl7v2/mllp-client.ts';
import { type DemoPki, ensureConnectorKeys, ensureDemoPki } from '../pki.ts';
import { connectSender, startAnswerListener } from '../sender.ts';
import { DEMO_EJ, DEMO_INSI_AUTHORISATION, DEMO_OTHER_EJ, demoConfig } from '../structure.ts';
import type { Calendar } from './calendar.ts';
import { type Hospital, REPLAY_DOMAIN, TEST_OID } from './world.ts';

export interface InstallationOptions {
  /** Emptied first. */
  readonly data: string;
  readonly databaseUrl: string | undefined;
  readonly version: string;
  readonly hospitals: readonly Hospital[];
  readonly calendar: Calendar;
  /** Last days of API V1 and of TD0.0, in the calendar of the replay. */
  readonly closings: { readonly apiV1: string; readonly td00: string };
  readonly say: (line: string) => void;
}

export interface Installation {
  readonly gateway: Gateway;
  readonly dmp: DmpSimulator;
  readonly insiControl: string;
  /** CN of the certificate with which the gateway calls the DMP. */
  readonly gatewayCertificate: string;
  readonly door: (hospital: Hospital) => Endpoint;
  readonly admissions: MllpClient;
  readonly connectors: ReadonlyMap<string, Connector>;
}

export async function startInstallation(options: InstallationOptions, stops: Stops): Promise<Installation> {
  const { data, hospitals, calendar, say } = options;
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { recursive: true });
  // The embedded server's own account has to cross this folder.
  await chmod(data, 0o711);
  const log = openLog('warn', { file: join(data, 'traitdunion.log') });
  say('Clés des établissements');
  // Old enough for the first wave, and still valid today.
  const { now } = calendar;
  const pki = await ensureDemoPki(join(data, 'pki'), { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, now);
  const keys = await keysOf(hospitals, join(data, 'pki'), now);
  say('PostgreSQL');
  const databaseUrl = options.databaseUrl ?? (await embedded(data, log, stops));
  say('INSi et DMP de la veille');
  const { dmp, insi } = await startSimulators(options, pki, log, stops);
  const answers = await startAnswerListener(now, randomUUID);
  stops.add(() => answers.close());
  say('Passerelle');
  const settings = configOf(options, pki, { databaseUrl, insi: insi.url, dmp: dmp.url, answers: answers.port });
  const gateway = await startGateway(settings, databaseUrl, log, { calendar: calendar.shifted });
  stops.add(() => gateway.stop());
  const { mllps, legacy } = gateway;
  if (mllps === undefined || legacy === undefined) throw new Error('the replay needs both doors');
  const admissions = await connectSender(pki, mllps);
  stops.add(async () => admissions.close());
  const old = (hospital: Hospital): Endpoint => ({
    url: hospital.profile.api === 'V1' ? dmp.urlV1 : dmp.url,
    ca: pki.caPem,
  });
  return {
    gateway,
    dmp,
    insiControl: insi.control,
    gatewayCertificate: 'TRAITDUNION AUTH_CLI',
    door: ({ profile }) => ({
      url: `https://localhost:${legacy.port}/si-dmp-server/${profile.api.toLowerCase()}/services`,
      ca: pki.caPem,
    }),
    admissions,
    connectors: new Map(
      hospitals.map((hospital) => [hospital.eg, connectorOf(hospital, keys.get(hospital.eg), old(hospital), now)]),
    ),
  };
}

async function keysOf(
  hospitals: readonly Hospital[],
  directory: string,
  now: () => Date,
): Promise<Map<string, ConnectorKeys>> {
  const made = hospitals.map(async ({ eg, facility, clientName, signerName }): Promise<[string, ConnectorKeys]> => {
    const names = { name: facility.toLowerCase(), client: clientName, sign: signerName };
    const { client, signer } = await ensureConnectorKeys(directory, DEMO_EJ, names, now);
    const pair = ({ certPem, keyPem }: typeof client) => ({ cert: certPem, key: keyPem });
    return [eg, { client: pair(client), signer: pair(signer) }];
  });
  return new Map(await Promise.all(made));
}

async function embedded(data: string, log: Logger, stops: Stops): Promise<string> {
  const server = await startEmbeddedPostgres({ directory: join(data, 'postgres'), log: (line) => log.info(line) });
  stops.add(() => server.stop());
  return server.url;
}

async function startSimulators(options: InstallationOptions, pki: DemoPki, log: Logger, stops: Stops) {
  const { data, hospitals, calendar, closings } = options;
  const tls = { ca: pki.caPem, cert: pki.server.certPem, key: pki.server.keyPem };
  const own = {
    tls,
    port: 0,
    controlPort: 0,
    now: calendar.now,
    newUuid: randomUUID,
    log: (line: string) => log.info(line),
  };
  const directory = (name: string): string => join(data, 'simulators', name);
  for (const name of ['insi', 'dmp']) await mkdir(directory(name), { recursive: true });
  const insi = await createInsiSimulator({
    ...own,
    directory: directory('insi'),
    acceptedIdam: [DEMO_INSI_AUTHORISATION],
  });
  stops.add(() => insi.close());
  const dmp = await createDmpSimulator({
    ...own,
    ...closings,
    directory: directory('dmp'),
    structures: [{ ej: DEMO_EJ, egs: hospitals.map(({ eg }) => eg) }],
    profile: 'test',
    nia: true,
    trustedSignerCa: pki.caPem,
  });
  stops.add(() => dmp.close());
  return { insi, dmp };
}

interface Places {
  readonly databaseUrl: string;
  readonly insi: string;
  readonly dmp: string;
  readonly answers: number;
}

/** The settings of the demonstration, for a region: quick to retry, as a replay has minutes for months. */
function configOf({ data, version, hospitals, calendar }: InstallationOptions, pki: DemoPki, places: Places) {
  const settings = demoConfig(pki, {
    data,
    context: 1,
    version,
    databaseUrl: places.databaseUrl,
    httpPort: 0,
    mllpPort: 0,
    mllpTlsPort: 0,
    insiUrl: places.insi,
    dmpUrl: new URL(places.dmp).origin,
    answersPort: places.answers,
    legacyPort: 0,
  });
  const [legal] = settings.legalEntities ?? [];
  const [model] = settings.sources;
  const { insi, dmp, legacy } = settings;
  if (legal === undefined || model === undefined || insi === undefined || dmp === undefined || legacy === undefined)
    throw new Error('the demonstration declares all of it');
  const checked = checkConfig({
    ...settings,
    legalEntities: [
      { ...legal, geographicEntities: hospitals.map(({ eg, name }) => ({ finess: eg, name, sector: 'SA01' })) },
    ],
    sources: hospitals.flatMap((hospital) => [
      { ...model, application: 'GAM', facility: hospital.facility, eg: hospital.eg },
      connectorSource(hospital, calendar.now().toISOString().slice(0, 10)),
    ]),
    insi: { ...insi, ratePerSecond: 100, circuit: { failures: 3, probeAfterMs: 300 } },
    dmp: {
      ...dmp,
      connections: 4,
      circuit: { failures: 5, probeAfterMs: 300 },
      retry: { firstMs: 100, maxMs: 1_000 },
      reconciliation: { askAfterMs: 100, asksBeforeResend: 2 },
    },
    legacy: { ...legacy, acceptanceWaitMs: 3_000 },
  });
  if (!checked.ok) throw new Error(`configuration du rejeu : ${checked.errors.join(' ; ')}`);
  return checked.config;
}

function connectorSource(
  { profile, facility, eg, clientName, signerName }: Hospital,
  on: string,
): ConfigInput['sources'][number] {
  const decision = { by: 'Direction du système d’information', on };
  return {
    application: `${profile.name} ${profile.version}`,
    facility,
    eg,
    ippDomain: REPLAY_DOMAIN,
    legacy: {
      certificateName: clientName,
      signatureNames: [signerName],
      api: profile.api,
      replaceInsInHeader: decision,
      ...(profile.mode === 'DIRECTE' ? { cardsBecomeStructure: decision } : {}),
    },
    migration: { startsIn: 'shadow' },
  };
}

function connectorOf(
  { profile, eg, name, oid, user }: Hospital,
  keys: ConnectorKeys | undefined,
  endpoint: Endpoint,
  now: () => Date,
): Connector {
  if (keys === undefined) throw new Error(`no keys for ${eg}`);
  return createConnector({
    profile,
    site: { eg, name, oid, ippDomain: REPLAY_DOMAIN, sector: 'SA01' },
    user,
    keys,
    endpoint,
    insOid: TEST_OID,
    now,
    newUuid: randomUUID,
    timeoutMs: 20_000,
  });
}
