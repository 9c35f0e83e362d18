/**
 * T-R2: the gateway is killed at every persistence boundary. A clean run of the scenario lists them as they pass on the
 * wire (commits, requests to the national services, messages); then the scenario runs again for each, and the gateway dies
 * there: before the bytes leave, or after they had their effect and before it hears of it. No hook in the product.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { one, openPool, type Pool } from '../../src/store/db.ts';
import { createMllpClient } from '../../src/wire/hl7v2/mllp-client.ts';
import { command, documentsAtDmp, houseProblems, ourDocuments } from '../crash/harness/evidence.ts';
import { type Installation, type InstallationOptions, startInstallation } from '../crash/harness/installation.ts';
import {
  admissionOf,
  chainOf,
  documentOf,
  establishment,
  letter,
  type Outgoing,
  patient,
} from '../crash/harness/population.ts';
import { noSendings, sendAll, sentDocuments } from '../crash/harness/senders.ts';
import { judge } from '../crash/harness/verdict.ts';
import { atLeast, type Finding, type HostileCase, none, noProblem, type Sizes, sizeOf } from './hostile-case.ts';
import { type Boundary, createGuillotine, type Guillotine, nameOf } from './support/guillotine.ts';
import { startMllpTap } from './support/mllp-tap.ts';
import { startPostgresTap } from './support/postgres-tap.ts';
import { startSoapTap } from './support/soap-tap.ts';

const CLEAN_RUNS = 3;
const CALM_WITHIN_MS = 90_000;
/** A boundary that a run did not meet, by its timing, is tried again. */
const TRIES = 6;
/** Of one label: beyond, the same thing happens again. */
const MOST_ORDINAL = 3;
const DOCUMENTS_PER_RUN = 2;

export const boundaries: HostileCase = {
  id: 'T-R2',
  title: 'the gateway killed at every persistence boundary',
  // 0 boundaries: all of them.
  ci: { boundaries: 10, repeats: 1 },
  full: { boundaries: 0, repeats: 50 },
  async run(sizes, say) {
    const guillotine = createGuillotine(async () => installation.gateway.kill());
    const installation: Installation = await startInstallation({
      say,
      establishments: [establishment(0)],
      between: (peers, pki) => startTaps(peers, pki, guillotine),
    });
    const intake = await startMllpTap(installation.mllpPort, 'intake', guillotine);
    const pool = openPool(installation.postgres.url, 2, () => undefined);
    try {
      return await killEverywhere({ installation, guillotine, pool, port: intake.port, sizes, say });
    } finally {
      await pool.end();
      await intake.close();
      await installation.close(false);
    }
  },
};

const startTaps: (
  ...parts: [...Parameters<NonNullable<InstallationOptions['between']>>, Guillotine]
) => ReturnType<NonNullable<InstallationOptions['between']>> = async (peers, pki, guillotine) => {
  const database = await startPostgresTap(peers.databaseUrl, guillotine);
  const soap = (service: string, target: string, client: typeof pki.authCli) =>
    startSoapTap({
      pki,
      client,
      target,
      treat: async ({ action }) => ((await guillotine.reach(`${service} ${action}`, 'before')) ? 'cut-before' : 'pass'),
      answered: async ({ action }) =>
        (await guillotine.reach(`${service} ${action}`, 'after')) ? 'cut-after' : 'pass',
    });
  const dmp = await soap('DMP', peers.dmpUrl, pki.authCli);
  const insi = await soap('INSi', peers.insiUrl, pki.insiAuto);
  const answers = await startMllpTap(peers.answersPort, 'answer', guillotine);
  return {
    databaseUrl: database.databaseUrl,
    dmpUrl: dmp.url,
    insiUrl: insi.url,
    answersPort: answers.port,
    async close() {
      for (const tap of [answers, insi, dmp, database]) await tap.close();
    },
  };
};

interface Stage {
  readonly installation: Installation;
  readonly guillotine: Guillotine;
  readonly pool: Pool;
  /** Of the tap before the intake. */
  readonly port: number;
  readonly sizes: Sizes;
  readonly say: (line: string) => void;
}

async function killEverywhere(stage: Stage): Promise<Finding[]> {
  const { installation, guillotine, sizes, say } = stage;
  const sendings = noSendings();
  const sent: Outgoing[] = [];
  const pdf = await letter();
  let runs = 0;
  const play = async (target: Boundary | undefined): Promise<void> => {
    const acts = scenario(runs, pdf);
    sent.push(...acts.flat());
    runs += 1;
    await installation.gateway.whenReady();
    await command(`${installation.insi}/identities`, 'POST', { identities: [patient(runs - 1).person] });
    guillotine.arm(target);
    const client = createMllpClient({ host: '127.0.0.1', port: stage.port, timeoutMs: 5_000 });
    for (const messages of acts) {
      await sendAll(
        client,
        messages,
        sendings,
        async () => undefined,
        () => false,
      );
      await calm(stage);
    }
    await client.close();
  };
  const cleanRuns: (readonly Boundary[])[] = [];
  for (let run = 0; run < CLEAN_RUNS; run++) {
    await play(undefined);
    cleanRuns.push(guillotine.passed());
  }
  const known = listed(cleanRuns);
  const targets = chosen(known, sizeOf(sizes, 'boundaries'));
  say(`${known.length} boundaries, the gateway dies at ${targets.length} of them`);
  const missed: string[] = [];
  for (const target of targets)
    for (let repeat = 0; repeat < sizeOf(sizes, 'repeats'); repeat++) {
      let tries = 0;
      do {
        await play(target);
        tries += 1;
      } while (!guillotine.fell() && tries < TRIES);
      if (!guillotine.fell()) missed.push(nameOf(target));
      say(`${guillotine.fell() ? 'killed' : 'not met'} ${nameOf(target)}`);
    }
  const planned = targets.length * sizeOf(sizes, 'repeats');
  return conclude(stage, sentDocuments(sent, sendings), { known: known.length, planned, missed });
}

/**
 * One admission, which makes INSi be called; a document that we build; one that we let through, replaced once it is in the
 * DMP, then deleted. Each act begins when the one before has come to rest.
 */
function scenario(run: number, pdf: Uint8Array): Outgoing[][] {
  const of = patient(run);
  const first = run * DOCUMENTS_PER_RUN;
  const [original, ...later] = chainOf(of, first + 1, pdf);
  if (original === undefined) throw new Error('a chain has an original');
  return [[admissionOf(of), documentOf(of, first, pdf), original], ...later.map((message) => [message])];
}

/**
 * Every boundary that any clean run met, and its repetitions up to `MOST_ORDINAL` where all runs met them: how often a lease
 * is renewed or a task claimed is a matter of timing.
 */
function listed(runs: readonly (readonly Boundary[])[]): Boundary[] {
  const known = new Map<string, Boundary>();
  for (const boundary of runs.flat()) {
    const always = runs.every((run) => run.some((each) => nameOf(each) === nameOf(boundary)));
    if (boundary.ordinal === 1 || (always && boundary.ordinal <= MOST_ORDINAL)) known.set(nameOf(boundary), boundary);
  }
  return [...known.values()];
}

/** All of them, or a sample that always holds the two sides of a submission and of what INSi says. */
function chosen(known: readonly Boundary[], count: number): readonly Boundary[] {
  const sorted = known.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  if (count === 0 || count >= sorted.length) return sorted;
  const vital = sorted.filter(({ label, ordinal }) => ordinal === 1 && /^(DMP Provide|INSi|intake)/.test(label));
  const others = sorted.filter((each) => !vital.includes(each));
  const step = others.length / Math.max(1, count - vital.length);
  const sample = Array.from({ length: Math.max(0, count - vital.length) }, (_, n) => others[Math.floor(n * step)]);
  return [...vital, ...sample.filter((each) => each !== undefined)];
}

async function calm({ pool }: Stage): Promise<void> {
  const question = `select (select count(*) from task) + (select count(*) from ledger) - (select count(*) from ledger_seal)
    + (select count(*) from audit) - (select count(*) from audit_seal) as left`;
  const startedAt = performance.now();
  while ((await one<{ left: number }>(pool, question)).left > 0) {
    if (performance.now() - startedAt > CALM_WITHIN_MS) throw new Error('the gateway did not come to rest in time');
    await sleep(20);
  }
}

async function conclude(
  { installation, pool }: Stage,
  sent: ReturnType<typeof sentDocuments>,
  { known, planned, missed }: { known: number; planned: number; missed: readonly string[] },
): Promise<Finding[]> {
  const verdict = judge({
    sent,
    ours: await ourDocuments(pool),
    atDmp: await documentsAtDmp(installation.dmp),
    heard: installation.answers.heard,
  });
  return [
    atLeast('boundaries listed', known, 30),
    atLeast('kills', planned - missed.length, planned),
    noProblem('boundaries not met', missed),
    none('lost', verdict.lost),
    none('duplicated', verdict.duplicated),
    atLeast('accepted, or replaced or deleted as asked', verdict.accepted + verdict.superseded, sent.length),
    noProblem('verdict', [...verdict.problems, ...(await houseProblems(pool, []))]),
  ];
}
