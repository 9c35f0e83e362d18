/**
 * The floor of the pipeline as a process: `floor-process.ts DATABASE_URL CONFIG.json`. A message is stored by group
 * commit, claimed, fetched, signed once, posted whole over a kept mutual TLS connection, and marked done. Nothing of it
 * is read: no identity, no stamp, no CDA, no metadata. Prints its MLLP port and pid.
 */
import { createPrivateKey, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { z } from 'zod';
import { openPool } from '../../src/store/db.ts';
import { obeyHarness } from '../../test/crash/harness/child.ts';
import { startMllpFloor } from '../support/mllp-floor.ts';

const WORKERS = 2;
const BATCH = 4;
const CLAIM = `update inbox set state = 1
  where id in (select id from inbox where state = 0 order by id limit $1 for update skip locked) returning id, control_id, body`;

const [databaseUrl = '', configFile = ''] = process.argv.slice(2);
const files = z.object({ sink: z.string(), ca: z.string(), cert: z.string(), key: z.string() });
const { sink, ca, cert, key } = files.parse(JSON.parse(await readFile(configFile, 'utf8')));
const [caPem, certPem, keyPem] = await Promise.all([ca, cert, key].map((file) => readFile(file, 'utf8')));
const signingKey = createPrivateKey(keyPem ?? '');
const agent = new Agent({ keepAlive: true, maxSockets: WORKERS * BATCH, ca: caPem, cert: certPem, key: keyPem });
const pool = openPool(databaseUrl, WORKERS, (error) => console.error(error));

const sleepers: (() => void)[] = [];
const { port } = await startMllpFloor(databaseUrl, () => {
  for (const wake of sleepers.splice(0)) wake();
});

interface Row {
  readonly id: number;
  readonly control_id: string;
  readonly body: Buffer;
}

function post({ control_id, body }: Row): Promise<void> {
  const signature = sign('sha1', body, signingKey).toString('base64');
  const headers = { 'content-length': body.length, 'x-signature': signature, 'x-control-id': control_id };
  return new Promise((resolve, reject) => {
    const sent = request(sink, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve());
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

async function work(): Promise<never> {
  for (;;) {
    // Before the look: what is stored meanwhile ends the sleep at once.
    const asleep = new Promise<void>((resolve) => sleepers.push(resolve));
    const { rows } = await pool.query<Row>({ name: 'claim', text: CLAIM, values: [BATCH] });
    if (rows.length === 0) {
      await asleep;
      continue;
    }
    await Promise.all(rows.map(post));
    await pool.query({
      name: 'done',
      text: 'update inbox set state = 2 where id = any($1)',
      values: [rows.map(({ id }) => id)],
    });
  }
}

const failed = (error: unknown): void => {
  console.error(error);
  process.exit(1);
};
for (let index = 0; index < WORKERS; index++) work().catch(failed);
obeyHarness(async () => undefined);
console.log(JSON.stringify({ port, pid: process.pid }));
