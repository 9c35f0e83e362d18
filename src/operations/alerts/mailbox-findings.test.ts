import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mssanteInRules } from '../../rules/mssante-in.ts';
import { createAlertBench } from './alerts.fixture.ts';
import { sharedFindings } from './shared-findings.ts';

const FILES = { ca: 'none', cert: 'none', key: 'none' };

test('a mailbox that is not read any more is told of after the time that the site set, and no longer once it is', async (t) => {
  const bench = await createAlertBench(t, {}, (config) => ({
    ...config,
    incomingMail: {
      mailboxes: [
        {
          name: 'dpi',
          address: 'dpi@ch.mssante.fr',
          eg: '990000028',
          host: 'localhost',
          tls: FILES,
          user: 'x',
          password: 'x',
        },
      ],
    },
  }));
  const { pool, now } = bench.context;
  await pool.query(
    `insert into mailbox (name, enabled, failing_since, last_error) values ('dpi', true, $1, 'ECONNREFUSED')`,
    [now()],
  );
  const told = async () =>
    (await sharedFindings(bench.context)).filter(({ subject }) => subject === 'Boîte dpi').map(({ rule }) => rule.id);
  bench.advance(9 * 60_000);
  assert.deepEqual(await told(), []);
  bench.advance(2 * 60_000);
  assert.deepEqual(await told(), [mssanteInRules.mailboxAway.id]);
  await pool.query('update mailbox set failing_since = null');
  assert.deepEqual(await told(), []);
});
