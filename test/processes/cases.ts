/** The reliability cases of several processes; `npm run hostile` runs them with the others. */
import type { HostileCase } from '../hostile/hostile-case.ts';
import { fairness } from './fairness.ts';
import { frozenWorkers } from './frozen.ts';
import { rollingUpgrades } from './rolling.ts';
import { wrongClocks } from './wrong-clock.ts';

export const PROCESS_CASES: readonly HostileCase[] = [fairness, frozenWorkers, wrongClocks, rollingUpgrades];
