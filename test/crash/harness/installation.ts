/** A whole installation for one run: PostgreSQL, keys, simulators and gateway, each in a process of its own. */

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ConfigInput } from '../../../src/config/schema.ts';
import type { DemoPki } from '../../../src/demo/pki.ts';
import { DEMO_IPP_DOMAIN, demoConfig } from '../../../src/demo/structure.ts';
import type { Role } from '../../../src/roles/role.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/store/embedded/embedded-postgres.ts';
import { demoKeysIn } from '../../support/demo-keys.ts';
import type { Establishment } from './population.ts';
import { type Listener, listenForAnswers } from './senders.ts';
import { type Supervised, supervise, together } from './supervised.ts';

export interface Installation {
  readonly folder: string;
  readonly pki: DemoPki;
  readonly postgres: EmbeddedPostgres;
  /** Control APIs. */
  readonly insi: string;
  readonly dmp: string;
  readonly simulators: Supervised;
  /** All of it. */
  readonly gateway: Supervised;
  /** By role where each has a process of its own. */
  readonly roles: ReadonlyMap<Role, Supervised>;
  readonly gatewayLog: string;
  /** The same from one gateway to the next, as senders have them in their settings. */
  readonly mllpPort: number;
  readonly mllpTlsPort: number;
  readonly answers: Listener;
  /** Stops everything in reverse order, and removes the folder unless it is worth keeping. */
  close(keepFolder: boolean): Promise<void>;
}

/** Where the gateway finds what it talks to. */
export interface Peers {
  readonly databaseUrl: string;
  readonly insiUrl: string;
  /** Without the path of its services. */
  readonly dmpUrl: string;
  readonly answersPort: number;
}

export interface InstallationOptions {
  readonly say: (line: string) => void;
  readonly establishments: readonly Establishment[];
  /** Each role of the gateway in a process of its own. */
  readonly apart?: boolean;
  readonly adjust?: (config: ConfigInput) => ConfigInput;
  /** Puts something between the gateway and its peers. */
  readonly between?: (peers: Peers, pki: DemoPki) => Promise<Peers & { close(): Promise<void> }>;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const SIMULATORS = join(import.meta.dirname, 'simulators-process.ts');
const GATEWAY = join(import.meta.dirname, 'gateway-process.ts');
const place = z.object({ url: z.string(), control: z.string() });
const simulatorsReady = z.object({ insi: place, dmp: place });

export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-crash-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (keepFolder: boolean): Promise<void> => {
    for (const signal of SIGNALS) process.off(signal, interrupted);
    for (const stop of stops.splice(keepFolder ? 1 : 0).reverse()) await stop();
  };
  // The server lives in a session of its own: without this it would outlive an interrupted run.
  const interrupted = (): void => {
    close(false).finally(() => process.exit(130));
  };
  for (const signal of SIGNALS) process.once(signal, interrupted);
  try {
    return { ...(await start(folder, stops, options)), folder, close };
  } catch (error) {
    await close(true);
    throw error;
  }
}

type Stops = (() => Promise<unknown>)[];

async function start(
  folder: string,
  stops: Stops,
  options: InstallationOptions,
): Promise<Omit<Installation, 'folder' | 'close'>> {
  // The embedded server's own account has to cross this folder.
  await chmod(folder, 0o711);
  const pki = await demoKeysIn(join(folder, 'pki'));
  const postgres = await startEmbeddedPostgres({ directory: join(folder, 'postgres'), log: options.say });
  stops.push(async () => {
    await postgres.stop();
    if (!postgres.directory.startsWith(folder)) await rm(postgres.directory, { recursive: true, force: true });
  });
  const simulators = await startSimulators(folder, options.establishments);
  stops.push(() => simulators.stop());
  const { insi, dmp } = simulatorsReady.parse(await simulators.whenReady());
  const answers = await listenForAnswers();
  stops.push(() => answers.close());
  const direct: Peers = {
    databaseUrl: postgres.url,
    insiUrl: insi.url,
    dmpUrl: new URL(dmp.url).origin,
    answersPort: answers.port,
  };
  const between = await options.between?.(direct, pki);
  if (between !== undefined) stops.push(() => between.close());
  const [mllpPort, mllpTlsPort] = [await freeFixedPort(), await freeFixedPort()];
  const configFile = join(folder, 'gateway.json');
  const demonstration = demoConfig(pki, {
    data: join(folder, 'data'),
    context: 1,
    version: '0-crash',
    httpPort: 0,
    mllpPort,
    mllpTlsPort,
    ...(between ?? direct),
  });
  const config = withEstablishments(hurried(demonstration), options.establishments);
  await writeFile(configFile, JSON.stringify(options.adjust?.(config) ?? config), { mode: 0o600 });
  const gatewayLog = join(folder, 'gateway.log');
  const started = await startGateways(configFile, gatewayLog, options.apart === true);
  stops.push(() => started.gateway.stop());
  const controls = { insi: insi.control, dmp: dmp.control };
  return { pki, postgres, ...controls, simulators, ...started, gatewayLog, mllpPort, mllpTlsPort, answers };
}

async function startGateways(
  configFile: string,
  log: string,
  apart: boolean,
): Promise<Pick<Installation, 'gateway' | 'roles'>> {
  const start = (...roles: Role[]): Promise<Supervised> =>
    supervise(GATEWAY, [configFile, log, ...roles], `${log}.err`);
  if (!apart) return { gateway: await start(), roles: new Map() };
  const [worker, intake, console] = [await start('worker'), await start('intake'), await start('console')];
  const roles = new Map<Role, Supervised>([
    ['worker', worker],
    ['intake', intake],
    ['console', console],
  ]);
  return { gateway: together([worker, intake, console]), roles };
}

/** On ports of their own, the same after a kill. */
async function startSimulators(folder: string, establishments: readonly Establishment[]): Promise<Supervised> {
  const ports = async () => ({ port: await freeFixedPort(), controlPort: await freeFixedPort() });
  const places = { insi: await ports(), dmp: await ports(), egs: establishments.map(({ eg }) => eg) };
  return supervise(
    SIMULATORS,
    [folder, join(folder, 'simulators.log'), JSON.stringify(places)],
    join(folder, 'simulators.err'),
  );
}

/** Same behaviour, shorter pauses: a run of minutes has to see what a hospital sees in a week. Leases stay as they are. */
function hurried(config: ConfigInput): ConfigInput {
  return {
    ...config,
    ...(config.insi && {
      insi: { ...config.insi, ratePerSecond: 50, circuit: { failures: 5, probeAfterMs: 500 } },
    }),
    ...(config.dmp && {
      dmp: {
        ...config.dmp,
        circuit: { failures: 5, probeAfterMs: 500 },
        retry: { firstMs: 200, maxMs: 2_000 },
        reconciliation: { askAfterMs: 500, asksBeforeResend: 2 },
      },
    }),
  };
}

/** Each hospital with its own software, known by its MSH-4; what it answers to is the same listener. */
function withEstablishments(config: ConfigInput, establishments: readonly Establishment[]): ConfigInput {
  const [legal] = config.legalEntities;
  const [model] = config.sources;
  if (legal === undefined || model === undefined) throw new Error('the demonstration has a hospital');
  const others = establishments.slice(1);
  const known = new Set(legal.geographicEntities.map(({ finess }) => finess));
  return {
    ...config,
    legalEntities: [
      {
        ...legal,
        geographicEntities: [
          ...legal.geographicEntities,
          ...others
            .filter(({ eg }) => !known.has(eg))
            .map(({ eg, facility }) => ({ finess: eg, name: `Hôpital ${facility}`, sector: 'SA01' })),
        ],
      },
    ],
    sources: [
      ...config.sources,
      ...others.map(({ eg, facility }) => ({ ...model, facility, eg, ippDomain: DEMO_IPP_DOMAIN })),
    ],
  };
}

/** Below the ports that the system gives to outgoing connections: nobody takes it while the gateway is dead. */
async function freeFixedPort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port between 12000 and 30000');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
