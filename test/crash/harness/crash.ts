/** One run: load from several senders, kills, calm, verdict. Source: design 6, promises 1, 2 and 9; issue 2 step 7. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectSender } from '../../../src/demo/sender.ts';
import { seededRandom } from '../../../src/ins/seeded-random.fixture.ts';
import { one, openPool, type Pool } from '../../../src/store/db.ts';
import { createMllpClient, type MllpClient } from '../../../src/wire/hl7v2/mllp-client.ts';
import { command, documentsAtDmp, houseProblems, ourDocuments, reconciledDocuments } from './evidence.ts';
import { type Installation, startInstallation } from './installation.ts';
import { drawKills, type Kill, killOnce } from './killer.ts';
import {
  admissionOf,
  documentOf,
  type Establishment,
  establishment,
  letter,
  type Outgoing,
  type Patient,
  patient,
} from './population.ts';
import { noSendings, type Sendings, sendAll, sentDocuments } from './senders.ts';
import { judge, type Verdict } from './verdict.ts';

export interface CrashOptions {
  /** kill -9 of the gateway. */
  readonly kills: number;
  /** kill -9 of PostgreSQL, besides. */
  readonly postgresKills: number;
  /** kill -9 of the process of INSi and the DMP, besides. */
  readonly simulatorKills: number;
  readonly documents: number;
  readonly establishments: number;
  /** Each role of the gateway in a process of its own; its kills strike each in turn. */
  readonly apart?: boolean;
  /** The same seed draws the same kills. */
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface CrashReport extends Verdict {
  /** Longest time from a kill until the gateway was ready and all that the kill interrupted was taken up again. */
  readonly slowestResumeMs: number;
  /** Longest time from a kill until the doors were open again. */
  readonly slowestIntakeMs: number;
  /** Messages that were sent more than once before their acknowledgement came. */
  readonly repeated: number;
  /** Documents of which the DMP had to be asked whether it holds them, because the answer to their sending was lost. */
  readonly reconciled: number;
  readonly kills: readonly (Pick<Kill, 'victim' | 'moment' | 'held'> & { resumedMs: number; intakeMs: number })[];
}

const SENDERS = 4;
const DOCUMENTS_PER_PATIENT = 2;
const FAULTS = [
  { fault: 'lost-answer', rate: 0.06 },
  { fault: 'reset', rate: 0.03 },
] as const;
/** In one call of the control API. */
const IDENTITIES_AT_A_TIME = 5_000;

/** T-R1, milliseconds. */
export const INTAKE_WITHIN_MS = 10_000;
export const RESUME_WITHIN_MS = 30_000;

/** What came back later than T-R1 allows. */
export function lateness({ slowestIntakeMs, slowestResumeMs }: CrashReport): string[] {
  return [
    ...(slowestIntakeMs <= INTAKE_WITHIN_MS ? [] : [`intake was back after ${slowestIntakeMs} ms`]),
    ...(slowestResumeMs <= RESUME_WITHIN_MS ? [] : [`work resumed after ${slowestResumeMs} ms`]),
  ];
}

export async function crashRun(options: CrashOptions): Promise<CrashReport> {
  const establishments = Array.from({ length: options.establishments }, (_, index) => establishment(index));
  const installation = await startInstallation({
    say: options.say,
    establishments,
    apart: options.apart === true,
  });
  const pool = openPool(installation.postgres.url, 4, () => undefined);
  let report: CrashReport | undefined;
  try {
    report = await run(options, installation, pool, establishments);
    return report;
  } finally {
    await pool.end();
    const failed = report === undefined || report.problems.length > 0;
    if (failed) options.say(`kept for inspection: ${installation.folder}`);
    await installation.close(failed);
  }
}

interface Load {
  readonly patients: readonly Patient[];
  readonly messages: readonly Outgoing[];
  readonly sendings: Sendings;
}

async function run(
  options: CrashOptions,
  installation: Installation,
  pool: Pool,
  establishments: readonly Establishment[],
): Promise<CrashReport> {
  const { gateway, insi, dmp } = installation;
  const patients = Array.from({ length: Math.ceil(options.documents / DOCUMENTS_PER_PATIENT) }, (_, i) =>
    patient(i, establishments[i % establishments.length]),
  );
  for (let from = 0; from < patients.length; from += IDENTITIES_AT_A_TIME)
    await command(`${insi}/identities`, 'POST', {
      identities: patients.slice(from, from + IDENTITIES_AT_A_TIME).map(({ person }) => person),
    });
  await setFaults(dmp);
  const queues = await messagesOf(patients, options.documents);
  const load: Load = { patients, messages: queues.flat(), sendings: noSendings() };
  await gateway.whenReady();
  let killed = 0;
  let givenUp = false;
  const planned = options.kills + options.postgresKills + options.simulatorKills;
  // Documents leave in step with the kills, so that each of them finds work.
  const mayGo = async ({ document }: Outgoing): Promise<void> => {
    while (document !== undefined && !givenUp && document.number >= (options.documents * (killed + 1)) / planned)
      await sleep(25);
  };
  const sending = sendFrom(installation, queues, load.sendings, mayGo, () => givenUp);
  const kills: Kill[] = [];
  const random = seededRandom(options.seed);
  const counts = { gateway: options.kills, postgres: options.postgresKills, simulators: options.simulatorKills };
  for (const plan of drawKills(random, counts, options.apart === true)) {
    const kill = await killOnce(random, pool, installation, plan);
    // Faults are in the memory of the process that commits them.
    if (plan.victim === 'simulators') await setFaults(dmp);
    kills.push(kill);
    killed += 1;
    options.say(`kill ${killed}/${planned}: ${kill.victim}, ${kill.moment}, ${kill.held} tasks in progress`);
  }
  await command(`${dmp}/faults`, 'DELETE');
  const calm = await Promise.race([
    calmOf(sending, pool),
    sleep(calmWithinMs(options.documents), false, { ref: false }),
  ]);
  givenUp = true;
  await sending;
  return conclude(options, installation, pool, load, kills, calm ? [] : ['the gateway did not come to rest in time']);
}

async function setFaults(dmp: string): Promise<void> {
  for (const fault of FAULTS) await command(`${dmp}/faults`, 'POST', fault);
}

/** After the last kill; a tenth of what one document costs on two cores is left to each. */
function calmWithinMs(documents: number): number {
  return 240_000 + documents * 10;
}

/** By sender: each keeps its patients, in the order of a hospital; one patient in four has a document before the admission. */
async function messagesOf(patients: readonly Patient[], documents: number): Promise<Outgoing[][]> {
  const pdf = await letter();
  const queues: Outgoing[][] = Array.from({ length: SENDERS }, () => []);
  patients.forEach((of, index) => {
    const first = index * DOCUMENTS_PER_PATIENT;
    const numbers = Array.from({ length: DOCUMENTS_PER_PATIENT }, (_, i) => first + i).filter((n) => n < documents);
    const own = [admissionOf(of), ...numbers.map((number) => documentOf(of, number, pdf))];
    const [admission, early] = own;
    if (index % 4 === 3 && admission !== undefined && early !== undefined) own.splice(0, 2, early, admission);
    queues[index % SENDERS]?.push(...own);
  });
  return queues;
}

/** Half of the senders over mutual TLS, half in plain on the loopback. */
async function sendFrom(
  { pki, mllpPort, mllpTlsPort }: Installation,
  queues: readonly Outgoing[][],
  sendings: Sendings,
  mayGo: (message: Outgoing) => Promise<void>,
  stopped: () => boolean,
): Promise<void> {
  const host = '127.0.0.1';
  const clients: MllpClient[] = [];
  for (const index of queues.keys())
    clients.push(
      index % 2 === 0
        ? await connectSender(pki, { host, port: mllpTlsPort })
        : createMllpClient({ host, port: mllpPort, timeoutMs: 10_000 }),
    );
  await Promise.all(
    clients.map(async (client, index) => {
      await sendAll(client, queues[index] ?? [], sendings, mayGo, stopped);
      await client.close();
    }),
  );
}

/** Everything sent, no task left, every proof sealed. */
async function calmOf(sending: Promise<void>, pool: Pool): Promise<true> {
  await sending;
  const question = `select (select count(*) from task) + (select count(*) from ledger) - (select count(*) from ledger_seal)
    + (select count(*) from audit) - (select count(*) from audit_seal) as left`;
  while ((await one<{ left: number }>(pool, question)).left > 0) await sleep(100);
  return true;
}

async function conclude(
  options: CrashOptions,
  installation: Installation,
  pool: Pool,
  { patients, messages, sendings }: Load,
  kills: readonly Kill[],
  found: readonly string[],
): Promise<CrashReport> {
  const { gateway, gatewayLog, answers, dmp } = installation;
  const resumed = await Promise.all(
    kills.map(async (kill) => ({
      ...kill,
      resumedMs: Math.round(await kill.resumedMs),
      intakeMs: Math.round(await kill.intakeMs),
    })),
  );
  const ended = await gateway.stop();
  const verdict = judge({
    sent: sentDocuments(messages, sendings),
    ours: await ourDocuments(pool),
    atDmp: await documentsAtDmp(dmp),
    heard: answers.heard,
  });
  const admissions = patients.map((of) => ({ controlId: admissionOf(of).controlId, ipp: of.ipp }));
  const log = await readFile(gatewayLog, 'utf8');
  const problems = [
    ...found,
    ...verdict.problems,
    ...(await houseProblems(
      pool,
      admissions.filter(({ controlId }) => sendings.acknowledged.has(controlId)),
    )),
    ...[...sendings.refused].map(([controlId, said]) => `${controlId} was never acknowledged: ${said}`),
    ...gateway.ownEnds().map((how) => `the gateway ended by itself (${how})`),
    ...(options.postgresKills === 0 && gateway.failedStarts() > 0 ? [`${gateway.failedStarts()} starts failed`] : []),
    ...(ended === 'code 0' ? [] : [`the last stop was not clean (${ended})`]),
    ...patients
      .filter(({ person }) => log.includes(person.matricule.slice(0, 13)))
      .map(({ ipp }) => `the log names the INS of ${ipp}`),
  ];
  return {
    ...verdict,
    problems,
    slowestResumeMs: Math.max(0, ...resumed.map(({ resumedMs }) => resumedMs)),
    slowestIntakeMs: Math.max(0, ...resumed.map(({ intakeMs }) => intakeMs)),
    repeated: [...sendings.acknowledged.values()].filter((attempts) => attempts > 1).length,
    reconciled: await reconciledDocuments(pool),
    kills: resumed,
  };
}
