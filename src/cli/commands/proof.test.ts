/** The one command by which a third party judges a proof: no database, no configuration. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEMO_EG, DEMO_EJ } from '../../demo/structure.ts';
import { addLedgerEntry, sealChain } from '../../store/proofs.ts';
import { cli, lastLine, scratch } from '../cli.fixture.ts';
import { startApi } from '../gateway.fixture.ts';

const folder = scratch();

test('an export is asked for and verified by two commands; one byte changed, and the exit code is 1', async (t) => {
  const api = await startApi(folder.path);
  t.after(() => api.close());
  await api.pool.query('alter table ledger drop constraint ledger_document_id_fkey');
  for (const n of [1, 2, 3])
    await addLedgerEntry(api.pool, {
      at: new Date('2026-11-20T08:00:00Z'),
      ej: DEMO_EJ,
      eg: DEMO_EG,
      documentId: `00000000-0000-4000-8000-00000000000${n}`,
      destination: 'DMP',
      act: 'acceptance',
      uniqueId: `1.2.${n}`,
      typeCode: '34874-8',
      submissionUniqueId: '1.3',
      documentSha1: '00',
      oid: '1.2.250.1.213.1.4.10',
    });
  await sealChain(api.pool, 'ledger');
  const file = join(folder.path, 'preuve.zip');
  const place = ['--to', api.url, '--token', api.token];
  const period = ['--from', '2026-11-01', '--until', '2026-11-30'];
  const made = await cli(['proof', 'export', ...period, ...place, '-o', file]);
  assert.equal(made.code, 0, made.stdout + made.stderr);
  const verified = await cli(['proof', 'verify', file]);
  assert.equal(verified.code, 0, verified.stdout);
  assert.match(verified.stdout, /Export intact [\s\S]*Comptes rendus opératoires : 3\n/);
  const json = lastLine(await cli(['proof', 'verify', file, '--after', file, '--json']));
  assert.deepEqual([json.ok, json.lines, json.continuous, json.problems], [true, 3, true, []]);
  const bytes = readFileSync(file);
  const inside = bytes.indexOf('lignes.jsonl') + 30;
  bytes[inside] = (bytes[inside] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
  const altered = await cli(['proof', 'verify', file, '--json']);
  assert.equal(altered.code, 1);
  assert.equal(lastLine(altered).ok, false);
  assert.equal((await cli(['proof', 'verify', join(folder.path, 'absent.zip')])).code, 2);
  const refused = await cli(['proof', 'export', ...period, '--to', api.url, '--token', 'x', '-o', file]);
  assert.deepEqual([refused.code, /TDU-API/.test(refused.stdout)], [1, true]);
});
