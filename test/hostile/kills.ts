/** T-R1: kill -9 of each process at random points. `npm run crash` is the same run with its own options and output. */
import { crashRun, INTAKE_WITHIN_MS, RESUME_WITHIN_MS } from '../crash/harness/crash.ts';
import { atLeast, atMost, type HostileCase, none, noProblem, sizeOf } from './hostile-case.ts';

export const kills: HostileCase = {
  id: 'T-R1',
  title: 'kill -9 of each process at random points',
  ci: { kills: 2, postgresKills: 3, simulatorKills: 2, documents: 20, establishments: 4, seed: 3 },
  full: { kills: 800, postgresKills: 100, simulatorKills: 100, documents: 100_000, establishments: 400, seed: 1 },
  async run(sizes, say) {
    const size = (name: string): number => sizeOf(sizes, name);
    const report = await crashRun({
      kills: size('kills'),
      postgresKills: size('postgresKills'),
      simulatorKills: size('simulatorKills'),
      documents: size('documents'),
      establishments: size('establishments'),
      seed: size('seed'),
      say,
    });
    return [
      atLeast('acknowledged', report.acknowledged, size('documents')),
      none('lost', report.lost),
      none('duplicated', report.duplicated),
      atMost('intake back, ms', report.slowestIntakeMs, INTAKE_WITHIN_MS),
      atMost('work resumed, ms', report.slowestResumeMs, RESUME_WITHIN_MS),
      noProblem('verdict', report.problems),
    ];
  },
};
