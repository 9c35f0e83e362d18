/** A gateway of the benches with the services that it calls: configured like the demonstration, on files of its own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type DemoPki, ensureDemoPki } from '../../src/demo/pki.ts';
import { DEMO_EJ, DEMO_OTHER_EJ, demoConfig } from '../../src/demo/structure.ts';
import type { Role } from '../../src/roles/role.ts';
import { one, openPool, type Pool } from '../../src/store/db.ts';
import { createMllpClient } from '../../src/wire/hl7v2/mllp-client.ts';
import type { Child } from '../../test/crash/harness/child.ts';
import { command } from '../../test/crash/harness/evidence.ts';
import { admissionOf, type Patient } from '../../test/crash/harness/population.ts';
import { type Listener, listenForAnswers } from '../../test/crash/harness/senders.ts';
import type { Target } from './load.ts';
import type { Place } from './place.ts';

const SIMULATORS = join(import.meta.dirname, '../../test/crash/harness/simulators-process.ts');
const GATEWAY = join(import.meta.dirname, 'gateway-process.ts');
const simulators = z.object({
  insi: z.object({ url: z.string(), control: z.string() }),
  dmp: z.object({ url: z.string() }),
});
const running = z.object({ port: z.number().optional(), pid: z.number() });

export interface Services {
  readonly pki: DemoPki;
  readonly insiUrl: string;
  readonly dmpUrl: string;
  /** Who hears the answers of the gateway. */
  readonly answers: Listener;
}

/** INSi knows these patients. The simulators end with the place, the listener when it is closed. */
export async function startServices(place: Place, patients: readonly Patient[]): Promise<Services> {
  const pki = await ensureDemoPki(join(place.folder, 'pki'), { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, () => new Date());
  const { insi, dmp } = simulators.parse(
    await place.start(SIMULATORS, [place.folder, join(place.folder, 'simulators.log')]),
  );
  await command(`${insi.control}/identities`, 'POST', { identities: patients.map(({ person }) => person) });
  return { pki, insiUrl: insi.url, dmpUrl: new URL(dmp.url).origin, answers: await listenForAnswers() };
}

export interface Gateway {
  readonly databaseUrl: string;
  /** Of the process with the door. */
  readonly target: Target;
  readonly pool: Pool;
  /** One more process of the same installation. */
  join(roles: readonly Role[]): Promise<Child>;
}

export interface GatewayOptions {
  /** Of its database and its files. */
  readonly name: string;
  /** All by default. */
  readonly roles?: readonly Role[];
  /** The simulator by default. */
  readonly dmpUrl?: string;
}

export async function startGateway(
  place: Place,
  services: Services,
  { name, roles, dmpUrl }: GatewayOptions,
): Promise<Gateway> {
  const databaseUrl = await place.database(name);
  const config = demoConfig(services.pki, {
    data: join(place.folder, name),
    context: 1,
    version: '0-bench',
    databaseUrl,
    httpPort: 0,
    mllpPort: 0,
    mllpTlsPort: 0,
    insiUrl: services.insiUrl,
    dmpUrl: dmpUrl ?? services.dmpUrl,
    answersPort: services.answers.port,
  });
  const file = join(place.folder, `${name}.json`);
  // The patients are admitted before anything is counted: the pace of INSi is nobody's subject here.
  await writeFile(file, JSON.stringify({ ...config, insi: { ...config.insi, ratePerSecond: 100 } }), { mode: 0o600 });
  const args = (of: readonly Role[] | undefined): string[] => [
    file,
    join(place.folder, `${name}.log`),
    ...(of === undefined ? [] : [of.join(',')]),
  ];
  const { port, pid } = running.parse(await place.start(GATEWAY, args(roles)));
  if (port === undefined) throw new Error('the first process of a gateway has the door');
  return {
    databaseUrl,
    target: { port, pid },
    pool: openPool(databaseUrl, 2, () => undefined),
    join: (more) => place.run(GATEWAY, args(more)),
  };
}

const ADMITTED_WITHIN_MS = 60_000;

/** The patients are QUAL when it resolves. */
export async function admit({ target, pool }: Gateway, patients: readonly Patient[]): Promise<void> {
  const client = createMllpClient({ host: '127.0.0.1', port: target.port, timeoutMs: ADMITTED_WITHIN_MS });
  for (const patient of patients) {
    const outcome = await client.send(admissionOf(patient).make().bytes);
    if (outcome.kind !== 'answered' || !outcome.message.includes('MSA|AA|')) throw new Error(`${patient.ipp} refused`);
  }
  await client.close();
  const question = `select count(*) as count from identity where status = 'QUAL'`;
  await untilCount(pool, question, patients.length, 'the patients were not qualified in time');
}

/** Waits until this question, asked again and again, gives at least so many. */
export async function untilCount(pool: Pool, question: string, least: number, otherwise: string): Promise<void> {
  for (const startedAt = Date.now(); ; await sleep(50)) {
    if ((await one<{ count: number }>(pool, question)).count >= least) return;
    if (Date.now() - startedAt > ADMITTED_WITHIN_MS) throw new Error(otherwise);
  }
}
