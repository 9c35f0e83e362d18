/** The floor of the intake as a process: `floor-process.ts DATABASE_URL`. Prints its port and pid. */
import { obeyHarness } from '../../test/crash/harness/child.ts';
import { startMllpFloor } from '../support/mllp-floor.ts';

const { port } = await startMllpFloor(process.argv[2] ?? '');
obeyHarness(async () => undefined);
console.log(JSON.stringify({ port, pid: process.pid }));
