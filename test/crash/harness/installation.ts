/** A whole installation for one run: PostgreSQL, keys, simulators in their own process, gateway under a supervisor. */

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type DemoPki, ensureDemoPki } from '../../../src/demo/pki.ts';
import { DEMO_EJ, DEMO_OTHER_EJ, demoConfig } from '../../../src/demo/structure.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/store/embedded/embedded-postgres.ts';
import { startChild } from './child.ts';
import { type Listener, listenForAnswers } from './senders.ts';
import { type SupervisedGateway, superviseGateway } from './supervised-gateway.ts';

export interface Installation {
  readonly folder: string;
  readonly pki: DemoPki;
  readonly postgres: EmbeddedPostgres;
  /** Control APIs. */
  readonly insi: string;
  readonly dmp: string;
  readonly gateway: SupervisedGateway;
  readonly gatewayLog: string;
  /** The same from one gateway to the next, as senders have them in their settings. */
  readonly mllpPort: number;
  readonly mllpTlsPort: number;
  readonly answers: Listener;
  /** Stops everything in reverse order, and removes the folder unless it is worth keeping. */
  close(keepFolder: boolean): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const SIMULATORS = join(import.meta.dirname, 'simulators-process.ts');
const place = z.object({ url: z.string(), control: z.string() });
const simulatorsReady = z.object({ insi: place, dmp: place });

export async function startInstallation(say: (line: string) => void): Promise<Installation> {
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
    return { ...(await start(folder, stops, say)), folder, close };
  } catch (error) {
    await close(true);
    throw error;
  }
}

async function start(
  folder: string,
  stops: (() => Promise<unknown>)[],
  say: (line: string) => void,
): Promise<Omit<Installation, 'folder' | 'close'>> {
  // The embedded server's own account has to cross this folder.
  await chmod(folder, 0o711);
  const pki = await ensureDemoPki(join(folder, 'pki'), { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, () => new Date());
  const postgres = await startEmbeddedPostgres({ directory: join(folder, 'postgres'), log: say });
  stops.push(async () => {
    await postgres.stop();
    if (!postgres.directory.startsWith(folder)) await rm(postgres.directory, { recursive: true, force: true });
  });
  const simulators = await startChild(
    SIMULATORS,
    [folder, join(folder, 'simulators.log')],
    join(folder, 'simulators.err'),
  );
  stops.push(() => {
    simulators.kill('SIGTERM');
    return simulators.ended;
  });
  const { insi, dmp } = simulatorsReady.parse(await simulators.ready);
  const answers = await listenForAnswers();
  stops.push(() => answers.close());
  const [mllpPort, mllpTlsPort] = [await freeFixedPort(), await freeFixedPort()];
  const configFile = join(folder, 'gateway.json');
  const demonstration = demoConfig(pki, {
    data: join(folder, 'data'),
    context: 1,
    version: '0-crash',
    databaseUrl: postgres.url,
    httpPort: 0,
    mllpPort,
    mllpTlsPort,
    insiUrl: insi.url,
    dmpUrl: new URL(dmp.url).origin,
    answersPort: answers.port,
  });
  await writeFile(configFile, JSON.stringify(hurried(demonstration)), { mode: 0o600 });
  const gatewayLog = join(folder, 'gateway.log');
  const gateway = await superviseGateway(configFile, gatewayLog);
  stops.push(() => gateway.stop());
  return { pki, postgres, insi: insi.control, dmp: dmp.control, gateway, gatewayLog, mllpPort, mllpTlsPort, answers };
}

/** Same behaviour, shorter pauses: a run of minutes has to see what a hospital sees in a week. Leases stay as they are. */
function hurried(config: ReturnType<typeof demoConfig>) {
  return {
    ...config,
    insi: { ...config.insi, ratePerSecond: 50, circuit: { failures: 5, probeAfterMs: 500 } },
    dmp: {
      ...config.dmp,
      circuit: { failures: 5, probeAfterMs: 500 },
      retry: { firstMs: 200, maxMs: 2_000 },
      reconciliation: { askAfterMs: 500, asksBeforeResend: 2 },
    },
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
