/** An installation of several processes: each is started and ended on its own, on the same files and ports. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { one, openPool, type Pool } from '../../src/store/db.ts';
import { type Child, startChild } from '../crash/harness/child.ts';
import { command, documentsAtDmp, houseProblems, ourDocuments } from '../crash/harness/evidence.ts';
import { type Installation, startInstallation } from '../crash/harness/installation.ts';
import { establishment, patient } from '../crash/harness/population.ts';
import { judge, type Verdict } from '../crash/harness/verdict.ts';
import type { Load } from './load.ts';

export const GATEWAY = join(import.meta.dirname, '../crash/harness/gateway-process.ts');
const MOST_PATIENTS = 64;

export interface Site {
  readonly installation: Installation;
  readonly pool: Pool;
  /** Ready when it resolves. */
  start(roles: string, entry?: string, environment?: Readonly<Record<string, string>>): Promise<Child>;
  /** When all that was taken in has come to its end. */
  verdict(load: Load, withinMs: number): Promise<Verdict>;
  /** Runs `work` and closes; the folder is kept when the verdict names a problem, or there is none. */
  during<T extends Verdict>(work: () => Promise<T>): Promise<T>;
}

export interface SiteOptions {
  readonly leaseMs?: number;
  /** 1 by default. */
  readonly establishments?: number;
}

/** Without any process of the gateway. */
export async function openSite(
  say: (line: string) => void,
  { establishments = 1, ...workers }: SiteOptions = {},
): Promise<Site> {
  const installation = await startInstallation({
    say,
    establishments: Array.from({ length: establishments }, (_, index) => establishment(index)),
    adjust: (config) => ({ ...config, workers, processes: { sharedPorts: true } }),
  });
  const { folder, gateway, postgres, gatewayLog } = installation;
  await gateway.whenReady();
  await gateway.stop();
  const pool = openPool(postgres.url, 4, () => undefined);
  const children: Child[] = [];
  await command(`${installation.insi}/identities`, 'POST', {
    identities: Array.from({ length: Math.max(MOST_PATIENTS, establishments) }, (_, i) => patient(i).person),
  });
  return {
    installation,
    pool,
    start: async (roles, entry = GATEWAY, environment = {}) => {
      const args = [join(folder, 'gateway.json'), gatewayLog, roles];
      const child = await startChild(entry, args, `${gatewayLog}.err`, environment);
      children.push(child);
      await child.ready;
      return child;
    },
    verdict: async (load, withinMs) => {
      const calm = await comesToRest(pool, withinMs);
      const verdict = judge({
        sent: load.sent,
        ours: await ourDocuments(pool),
        atDmp: await documentsAtDmp(installation.dmp),
        heard: installation.answers.heard,
      });
      const admissions = load.patients.map(({ ipp }) => ({ controlId: `A-${ipp}`, ipp }));
      const house = await houseProblems(pool, admissions);
      const late = calm ? [] : ['work was left when the time was over'];
      return { ...verdict, problems: [...verdict.problems, ...house, ...late] };
    },
    during: async (work) => {
      let keepFolder = true;
      try {
        const report = await work();
        keepFolder = report.problems.length > 0;
        return report;
      } finally {
        for (const child of children) child.kill('SIGTERM');
        await Promise.all(children.map(({ ended }) => ended));
        await pool.end();
        if (keepFolder) say(`kept for inspection: ${folder}`);
        await installation.close(keepFolder);
      }
    },
  };
}

async function comesToRest(pool: Pool, withinMs: number): Promise<boolean> {
  const question = `select (select count(*) from task) + (select count(*) from ledger) - (select count(*) from ledger_seal)
    + (select count(*) from audit) - (select count(*) from audit_seal) as left`;
  for (const startedAt = performance.now(); performance.now() - startedAt < withinMs; await sleep(100))
    if ((await one<{ left: number }>(pool, question)).left === 0) return true;
  return false;
}
