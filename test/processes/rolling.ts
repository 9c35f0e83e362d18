/** T-R14: processes replaced one by one under load, by those of the next version and back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../crash/harness/child.ts';
import { atLeast, type HostileCase, none, noProblem, sizeOf } from '../hostile/hostile-case.ts';
import { startLoad } from './load.ts';
import { nextVersion } from './next-version.ts';
import { GATEWAY, openSite, type Site } from './site.ts';

const SENDERS = 4;
const PATIENTS = 12;
/** Of each sender: the machine has to start processes meanwhile. */
const PACE_MS = 200;
/** Load of one version before the next takes over. */
const BETWEEN_MS = 400;
const REST_WITHIN_MS = 240_000;

export const rollingUpgrades: HostileCase = {
  id: 'T-R14',
  title: 'rolling upgrades N → N+1 → N under load',
  ci: { upgrades: 2 },
  full: { upgrades: 50 },
  async run(sizes, say) {
    const upgrades = sizeOf(sizes, 'upgrades');
    const site = await openSite(say);
    const verdict = await roll(site, upgrades, say);
    return [
      atLeast('acknowledged', verdict.acknowledged, 10 * upgrades),
      noProblem('refused', verdict.refusals),
      none('lost', verdict.lost),
      none('duplicated', verdict.duplicated),
      none('not accepted by the DMP', verdict.acknowledged - verdict.accepted),
      noProblem('verdict', verdict.problems),
    ];
  },
};

async function roll(site: Site, upgrades: number, say: (line: string) => void) {
  return site.during(async () => {
    const next = await nextVersion(site.installation.folder);
    let running = await startAll(site, GATEWAY);
    const load = await startLoad({
      port: site.installation.mllpPort,
      senders: SENDERS,
      paceMs: PACE_MS,
      patients: PATIENTS,
    });
    for (let change = 0; change < 2 * upgrades; change++) {
      await sleep(BETWEEN_MS);
      running = await replaceAll(site, running, change % 2 === 0 ? next : GATEWAY);
      const { sent, repeated } = load;
      say(`change ${change + 1}/${2 * upgrades}: ${sent.length} documents, ${repeated} messages sent again`);
    }
    await sleep(BETWEEN_MS);
    await load.stop();
    return { ...(await site.verdict(load, REST_WITHIN_MS)), refusals: load.refused };
  });
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
