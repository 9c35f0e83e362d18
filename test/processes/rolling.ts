/** T-R14: processes replaced one by one under load, by those of the next version and back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../crash/harness/child.ts';
import type { Verdict } from '../crash/harness/verdict.ts';
import { startLoad } from './load.ts';
import { nextVersion } from './next-version.ts';
import { GATEWAY, openSite, type Site } from './site.ts';

export interface RollingReport extends Verdict {
  /** Changes of version, there and back. */
  readonly upgrades: number;
  /** Negative acknowledgements, and connections that nobody took: each in the words of the sender. */
  readonly notTaken: readonly string[];
  /** Messages sent again because their connection ended before they were acknowledged. */
  readonly repeated: number;
}

const SENDERS = 4;
const PATIENTS = 12;
/** Of each sender: the machine has to start processes meanwhile. */
const PACE_MS = 200;
/** Load of one version before the next takes over. */
const BETWEEN_MS = 400;
const REST_WITHIN_MS = 240_000;

/** One turn is N → N+1 → N. */
export async function rollingRun(turns: number, say: (line: string) => void): Promise<RollingReport> {
  const site = await openSite(say, { leaseMs: 15_000 });
  let report: RollingReport | undefined;
  try {
    report = await roll(site, turns, say);
    return report;
  } finally {
    await site.close(report === undefined || report.problems.length > 0);
  }
}

async function roll(site: Site, turns: number, say: (line: string) => void): Promise<RollingReport> {
  const next = await nextVersion(site.installation.folder);
  let running = await startAll(site, GATEWAY);
  const load = await startLoad({
    port: site.installation.mllpPort,
    senders: SENDERS,
    paceMs: PACE_MS,
    patients: PATIENTS,
  });
  for (let change = 0; change < 2 * turns; change++) {
    await sleep(BETWEEN_MS);
    const entry = change % 2 === 0 ? next : GATEWAY;
    running = await replaceAll(site, running, entry);
    say(`change ${change + 1}/${2 * turns}: ${load.sent.length} documents acknowledged, ${load.repeated} sent again`);
  }
  await sleep(BETWEEN_MS);
  await load.stop();
  const verdict = await site.verdict(load, REST_WITHIN_MS);
  return { ...verdict, upgrades: 2 * turns, notTaken: load.refused, repeated: load.repeated };
}

const PROCESSES = ['intake,console', 'worker'];

async function startAll(site: Site, entry: string): Promise<Child[]> {
  const started: Child[] = [];
  for (const roles of PROCESSES) started.push(await site.start(roles, entry));
  return started;
}

/** The new one stands ready before the old one is told to stop. */
async function replaceAll(site: Site, running: readonly Child[], entry: string): Promise<Child[]> {
  const started: Child[] = [];
  for (const [index, roles] of PROCESSES.entries()) {
    started.push(await site.start(roles, entry));
    running[index]?.kill('SIGTERM');
    const how = await running[index]?.ended;
    if (how !== 'code 0') throw new Error(`a process that was told to stop ended with ${how}`);
  }
  return started;
}
