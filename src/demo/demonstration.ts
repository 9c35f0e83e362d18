/** The demonstration that `npm start` runs: keys, database, simulators, gateway, sample traffic, and their clean stop. */
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { issueToken, revokeTokens } from '../api/tokens.ts';
import { checkConfig } from '../config/load.ts';
import { openLog } from '../config/log.ts';
import type { Config, ConfigInput } from '../config/schema.ts';
import { createConsoleUser } from '../console/users.ts';
import { type Gateway, startGateway } from '../main.ts';
import { createStops, type Stops } from '../queue/stops.ts';
import type { PscSimulator } from '../simulators/psc/simulator.ts';
import { listDocuments } from '../store/document-list.ts';
import { claimFolder } from '../store/embedded/claim.ts';
import { startEmbeddedPostgres } from '../store/embedded/embedded-postgres.ts';
import { grantRight } from '../store/professionals.ts';
import { fillDmp } from './dmp-content.ts';
import { type DemoPki, ensureDemoPki } from './pki.ts';
import { DEMO_READER } from './professionals.ts';
import { startRegion } from './region.ts';
import { createReplayDesk } from './replay-desk.ts';
import { type Runtime, removeRuntime, writeRuntime } from './runtime-file.ts';
import { connectSender, startAnswerListener } from './sender.ts';
import { startDmp, startInsi, startMailServer, startPsc, startSmtp } from './simulators.ts';
import { DEMO_EG, DEMO_EJ, DEMO_MAILBOX, DEMO_OTHER_EJ, DEMO_PSC_CLIENT, demoConfig } from './structure.ts';
import { admitSamplePatients, playSampleTraffic } from './traffic.ts';

const COUNT_EVERY_MS = 10_000;

export interface DemonstrationOptions {
  readonly data: string;
  /** 0: any free port, and so for everything else. */
  readonly port: number;
  readonly mllpPort: number;
  readonly context: 1 | 2 | 3;
  readonly quietFeed: boolean;
  readonly databaseUrl: string | undefined;
  readonly version: string;
  /** Last word on the demonstration's settings: a test shortens delays, or installs the wrong certificates. */
  readonly adjust?: (config: ConfigInput) => ConfigInput;
  /** One line for whoever watches the start. */
  readonly say: (line: string) => void;
}

export interface Demonstration {
  readonly runtime: Runtime;
  readonly login: { readonly login: string; readonly password: string };
  /** Milliseconds from the start to the first document accepted by the DMP; undefined without sample traffic. */
  readonly firstAcceptance: Promise<number | undefined>;
  stop(): Promise<void>;
}

export async function startDemonstration(options: DemonstrationOptions): Promise<Demonstration> {
  const startedAt = Date.now();
  const stops = createStops((error) =>
    options.say(`Arrêt incomplet : ${error instanceof Error ? error.message : String(error)}`),
  );
  try {
    return await start(options, stops, startedAt);
  } catch (error) {
    await stops.run();
    throw error;
  }
}

async function start(options: DemonstrationOptions, stops: Stops, startedAt: number): Promise<Demonstration> {
  const { data, say } = options;
  await mkdir(packsOf(data), { recursive: true });
  // The embedded server's own account has to cross this folder; what is secret inside is 0600 or 0700.
  await chmod(data, 0o711);
  // Before anything is touched: what a running demonstration wrote here is its own. The claim reads Linux's /proc.
  if (process.platform === 'linux') stops.add(await claimFolder(data));
  await removeRuntime(data);
  stops.add(() => removeRuntime(data));
  // The log of a demonstration is a file: the terminal is for people.
  const log = openLog('info', { file: join(data, 'traitdunion.log') });
  say('Clés de démonstration…');
  const pki = await ensureDemoPki(join(data, 'pki'), { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, () => new Date());
  say('PostgreSQL…');
  const databaseUrl = options.databaseUrl ?? (await embedded(data, log, stops));
  say('Simulateurs INSi, DMP, MSSanté et Pro Santé Connect…');
  const place = {
    directory: join(data, 'simulators'),
    port: 0,
    controlPort: 0,
    pki,
    log: (line: string) => log.info(line),
  };
  const insi = await startInsi(place);
  stops.add(() => insi.close());
  const dmp = await startDmp(place);
  stops.add(() => dmp.close());
  // Who asks for no sample traffic counts what the DMP holds.
  if (!options.quietFeed) await fillDmp(dmp.control);
  const mail = await startMailServer(place);
  stops.add(() => mail.close());
  const smtp = await startSmtp({ ...place, deliver: mail.store.deliver });
  stops.add(() => smtp.close());
  const psc = await startPsc(place);
  stops.add(() => psc.close());
  const answers = await startAnswerListener(() => new Date(), randomUUID);
  stops.add(() => answers.close());
  say('Passerelle…');
  const config = configOf(options, pki, {
    insi: insi.url,
    dmp: dmp.url,
    smtp: smtp.port,
    imap: mail.port,
    psc: psc.url,
    answers: answers.port,
    databaseUrl,
  });
  const replay = createReplayDesk(data, () => new Date());
  stops.add(() => replay.close());
  const gateway = await startGateway(config, databaseUrl, log, { replay });
  stops.add(() => gateway.stop());
  stops.add(await writeConfig(data, config));
  if (options.quietFeed) await admitSamplePatients(gateway.context);
  // Who asks for no sample traffic starts its region from nothing.
  else await startRegion(gateway.context);
  const login = await ensureLogin(gateway);
  await welcomeProfessionals(gateway, psc);
  const runtime = {
    ...(await describe(gateway, pki, { insi, dmp, psc })),
    mssante: { host: 'localhost', port: smtp.port, control: smtp.control },
    imap: { port: mail.port, control: mail.control, address: DEMO_MAILBOX.address },
  };
  await writeRuntime(data, runtime);
  let stopping = false;
  stops.add(async () => {
    stopping = true;
  });
  const firstAcceptance = options.quietFeed
    ? Promise.resolve(undefined)
    : feedSamples(options, gateway, pki, () => stopping, startedAt);
  // Whoever waits for it sees the failure; nobody waiting must not end the process.
  firstAcceptance.catch((error: unknown) => log.error({ err: error }, 'sample traffic failed'));
  return { runtime, login, firstAcceptance, stop: () => stops.run() };
}

/** For the processes that join this one while it runs (`--config DIR/gateway.json --roles worker`). Gives its removal. */
async function writeConfig(data: string, config: Config): Promise<() => Promise<void>> {
  const file = join(data, 'gateway.json');
  await writeFile(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  return () => rm(file, { force: true });
}

async function embedded(data: string, log: Logger, stops: Stops): Promise<string> {
  const server = await startEmbeddedPostgres({ directory: join(data, 'postgres'), log: (line) => log.info(line) });
  stops.add(() => server.stop());
  return server.url;
}

/** Empty at first: rule packs are not shipped, whoever has one lays it there. */
function packsOf(data: string): string {
  return join(data, 'packs');
}

function configOf(
  options: DemonstrationOptions,
  pki: DemoPki,
  places: { insi: string; dmp: string; psc: string; smtp: number; imap: number; answers: number; databaseUrl: string },
) {
  const settings = demoConfig(pki, {
    data: options.data,
    context: options.context,
    version: options.version,
    databaseUrl: places.databaseUrl,
    httpPort: options.port,
    mllpPort: options.mllpPort,
    mllpTlsPort: 0,
    insiUrl: places.insi,
    // The simulator gives the base of its services; the path is a setting of ours.
    dmpUrl: new URL(places.dmp).origin,
    smtpPort: places.smtp,
    answersPort: places.answers,
    imapPort: places.imap,
    legacyPort: 0,
    pscUrl: places.psc,
  });
  const asked: ConfigInput = {
    ...settings,
    conformance: { packs: packsOf(options.data) },
    // A visitor sees a document counted while it is still the subject.
    region: { countEveryMs: COUNT_EVERY_MS },
  };
  const checked = checkConfig(options.adjust?.(asked) ?? asked);
  if (!checked.ok) throw new Error(`configuration de démonstration : ${checked.errors.join(' ; ')}`);
  return checked.config;
}

/** A new password at each start: only its Argon2id digest is kept. */
async function ensureLogin(gateway: Gateway): Promise<{ login: string; password: string }> {
  const password = randomBytes(9).toString('base64url');
  await createConsoleUser(gateway.context.pool, {
    login: 'demo',
    displayName: 'Démonstration',
    role: 'administrator',
    eg: null,
    password,
  });
  return { login: 'demo', password };
}

/** The console is a client of the simulator, and one of its physicians may read; the other shows what a refusal is. */
async function welcomeProfessionals({ context, http }: Gateway, psc: PscSimulator): Promise<void> {
  psc.declare({
    ...DEMO_PSC_CLIENT,
    redirectUri: `${http.url}/console/connexion/retour`,
    afterLogout: `${http.url}/console/connexion`,
  });
  await grantRight(context.pool, {
    person: DEMO_READER.id,
    displayName: `${DEMO_READER.given} ${DEMO_READER.family}`,
    role: 'professional',
    eg: DEMO_EG,
    regulation: true,
    grantedBy: 'user:demo',
    grantedAt: context.now(),
  });
}

interface Reachable {
  readonly url: string;
  readonly control: string;
}

async function describe(
  gateway: Gateway,
  pki: DemoPki,
  { insi, dmp, psc }: { insi: Reachable; dmp: Reachable; psc: Reachable },
): Promise<Omit<Runtime, 'mssante' | 'imap'>> {
  const { pool, now } = gateway.context;
  await revokeTokens(pool, 'runtime', now());
  const token = await issueToken(pool, { name: 'runtime', role: 'administrator', eg: null, now: now() });
  const { mllp, mllps, legacy } = gateway;
  if (mllp === undefined || mllps === undefined || legacy === undefined)
    throw new Error('the demonstration always opens its doors');
  return {
    console: `${gateway.http.url}/console/`,
    api: `${gateway.http.url}/api/v1`,
    fhir: `${gateway.http.url}/fhir`,
    token,
    mllp,
    mllps,
    legacy: { url: `https://localhost:${legacy.port}` },
    insi: { url: insi.url, control: insi.control },
    dmp: { url: dmp.url, control: dmp.control },
    psc: { url: psc.url, control: psc.control },
    tls: { ca: pki.caFile, cert: pki.sender.certFile, key: pki.sender.keyFile },
    pid: process.pid,
  };
}

async function feedSamples(
  options: DemonstrationOptions,
  gateway: Gateway,
  pki: DemoPki,
  stopped: () => boolean,
  startedAt: number,
): Promise<number | undefined> {
  const { mllps, context } = gateway;
  if (mllps === undefined) return undefined;
  const client = await connectSender(pki, mllps);
  try {
    const traffic = playSampleTraffic({
      client,
      now: context.now,
      newUuid: context.newUuid,
      context: options.context,
      paceMs: 400,
      onProgress: options.say,
      stopped,
    });
    const [first] = await Promise.all([waitForAcceptance(gateway, stopped, startedAt), traffic]);
    return first ? Date.now() - startedAt : undefined;
  } finally {
    await client.close();
  }
}

/** Of this start: a kept data folder already holds accepted documents. */
async function waitForAcceptance(gateway: Gateway, stopped: () => boolean, startedAt: number): Promise<boolean> {
  const filter = {
    eg: null,
    controlId: null,
    uniqueId: null,
    ipp: null,
    identityId: null,
    ruleId: null,
    after: null,
    limit: 1,
  };
  while (!stopped()) {
    const accepted = await listDocuments(gateway.context.pool, { ...filter, state: 'accepted' });
    if (accepted.some((document) => document.receivedAt.getTime() >= startedAt)) return true;
    await sleep(100);
  }
  return false;
}
