/** The gateway's door alone, as a process: `door-process.ts DATABASE_URL`. No worker runs. Prints its port and pid. */
import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { checkConfig } from '../../src/config/load.ts';
import { createCommitter, type Door, keepRefusal, receiveFrame } from '../../src/intake/index.ts';
import { startRecorder } from '../../src/observatory/index.ts';
import type { UseCaseContext } from '../../src/queue/context.ts';
import { openPool } from '../../src/store/db.ts';
import { migrate } from '../../src/store/migrate.ts';
import { startMllpServer } from '../../src/wire/hl7v2/mllp-server.ts';
import { obeyHarness } from '../../test/crash/harness/child.ts';
import { nowhereConfig } from '../../test/support/nowhere.ts';

/** The demonstration's hospital: nothing leaves and the door is in plain. */
const checked = checkConfig(nowhereConfig({ databaseUrl: process.argv[2] }));
if (!checked.ok) throw new Error(checked.errors.join('\n'));
const { config } = checked;
/** As many connections as `main.ts` gives to a process with its defaults. */
const pool = openPool(config.databaseUrl ?? '', 24, (error) => console.error(error));
await migrate(pool);
const observer = startRecorder(pool, 1_000, (error) => console.error(error));
const context: UseCaseContext = {
  config,
  pool,
  now: () => new Date(),
  newUuid: randomUUID,
  log: pino({ level: 'warn' }, pino.destination(2)),
  observer,
};
const door: Door = { transport: 'mllp', committer: createCommitter(pool) };
const server = await startMllpServer({
  host: '127.0.0.1',
  port: 0,
  maxFrameBytes: config.mllp.maxFrameBytes,
  idleMs: config.mllp.idleMs,
  maxConnections: config.mllp.maxConnections,
  now: context.now,
  newControlId: context.newUuid,
  onFrame: (frame, peer) => receiveFrame(context, door, frame, peer),
  onRefused: (refusal, peer, about) => void keepRefusal(context, door, refusal, peer, about?.frame),
});
obeyHarness(async () => {
  await server.close();
  await door.committer.stop();
  await observer.stop();
  await pool.end();
});
console.log(JSON.stringify({ port: server.port, pid: process.pid }));
