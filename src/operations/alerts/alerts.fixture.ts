/** A watch on a database of its own, at a time that tests move, with recipients that take what they are told. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import pino from 'pino';
import { createTestDatabase } from '../../../test/support/database.ts';
import { nowhereConfig } from '../../../test/support/nowhere.ts';
import { checkConfig } from '../../config/load.ts';
import type { ConfigInput } from '../../config/schema.ts';
import { DEMO_SECOND_EG } from '../../demo/structure.ts';
import { claimTasks } from '../../queue/claims.testing.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { openPool } from '../../store/db.ts';
import { migrateUrl } from '../../store/migrate.testing.ts';
import type { Channels } from './channels.ts';
import { noticeTaskHandler } from './notice-task.ts';

export interface AlertBench {
  readonly context: UseCaseContext;
  readonly channels: Channels;
  /** `start mail alice@… TDU-ALR-001 INSi`, in the order of delivery. */
  readonly told: string[];
  /** Every recipient refuses with these words, until undefined. */
  refuseWith(error: string | undefined): void;
  advance(ms: number): void;
  /** Runs the `notice` tasks that are there, once each. */
  deliver(): Promise<void>;
}

const START = new Date('2026-11-23T08:00:00Z');

export async function createAlertBench(
  t: TestContext,
  alerts: NonNullable<ConfigInput['alerts']> = {},
  change: (config: ConfigInput) => ConfigInput = (config) => config,
): Promise<AlertBench> {
  const [database, data] = await Promise.all([createTestDatabase(migrateUrl), mkdtemp(join(tmpdir(), 'tdu-alerts-'))]);
  const pool = openPool(database.url, 6, () => undefined);
  t.after(async () => {
    await pool.end();
    await database.drop();
    await rm(data, { recursive: true, force: true });
  });
  const { insi: _, dmp: __, mssante: ___, mllp, ...rest } = nowhereConfig({ data });
  const checked = checkConfig(
    change({
      ...rest,
      mllp: { ...mllp, tls: undefined },
      alerts: {
        mail: { host: 'localhost', security: 'none', from: 'passerelle@ch-demo.example' },
        recipients: [
          { address: 'alice@ch-demo.example' },
          { address: 'urgences@ch-demo.example', minimumSeverity: 'critical' },
          { address: 'canal@ch-demo.example', establishments: [DEMO_SECOND_EG] },
        ],
        endAfterMs: 60_000,
        delivery: { attempts: 3 },
        ...alerts,
      },
    }),
  );
  if (!checked.ok) throw new Error(checked.errors.join(' ; '));
  let now = START;
  let error: string | undefined;
  const told: string[] = [];
  const context: UseCaseContext = {
    config: checked.config,
    pool,
    now: () => now,
    newUuid: randomUUID,
    log: pino({ level: 'silent' }),
  };
  const channels: Channels = {
    send: async ({ channel, target }, { event, alert }) => {
      if (error === undefined) told.push([event, channel, target, alert.ruleId, alert.subject].join(' '));
      return error;
    },
  };
  const handler = noticeTaskHandler(context, channels);
  return {
    context,
    channels,
    told,
    refuseWith: (words) => {
      error = words;
    },
    advance: (ms) => {
      now = new Date(now.getTime() + ms);
    },
    deliver: async () => {
      await pool.query(`update task set run_at = now() where kind = 'notice'`);
      const claim = { kinds: ['notice'], worker: 1, limit: 1, leaseMs: 60_000 } as const;
      for (let [task] = await claimTasks(pool, claim); task !== undefined; [task] = await claimTasks(pool, claim))
        await handler(task);
    },
  };
}
