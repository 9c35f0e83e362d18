/**
 * T-R1: kill -9 of each process at random points, the gateway first as one process, then as one for each of its roles.
 * `npm run crash` is the first half with its own options and output.
 */
import { crashRun, INTAKE_WITHIN_MS, RESUME_WITHIN_MS } from '../crash/harness/crash.ts';
import {
  atLeast,
  atMost,
  type Finding,
  type HostileCase,
  none,
  noProblem,
  type Sizes,
  sizeOf,
} from './hostile-case.ts';

export const kills: HostileCase = {
  id: 'T-R1',
  title: 'kill -9 of each process at random points',
  ci: { kills: 3, postgresKills: 3, simulatorKills: 2, documents: 20, establishments: 4, seed: 3 },
  // Each half.
  full: { kills: 400, postgresKills: 50, simulatorKills: 50, documents: 50_000, establishments: 400, seed: 1 },
  async run(sizes, say) {
    return [...(await half(sizes, false, say)), ...(await half(sizes, true, say))];
  },
};

async function half(sizes: Sizes, apart: boolean, say: (line: string) => void): Promise<Finding[]> {
  const size = (name: string): number => sizeOf(sizes, name);
  const report = await crashRun({
    kills: size('kills'),
    postgresKills: size('postgresKills'),
    simulatorKills: size('simulatorKills'),
    documents: size('documents'),
    establishments: size('establishments'),
    seed: size('seed'),
    apart,
    say,
  });
  const findings = [
    atLeast('acknowledged', report.acknowledged, size('documents')),
    none('lost', report.lost),
    none('duplicated', report.duplicated),
    atMost('intake back, ms', report.slowestIntakeMs, INTAKE_WITHIN_MS),
    atMost('work resumed, ms', report.slowestResumeMs, RESUME_WITHIN_MS),
    noProblem('verdict', report.problems),
  ];
  return findings.map((finding) => ({ ...finding, what: `${apart ? 'by role' : 'in one'}: ${finding.what}` }));
}
