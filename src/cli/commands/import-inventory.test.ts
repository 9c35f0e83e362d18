import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { DEMO_EG } from '../../demo/structure.ts';
import { cli, lastLine, scratch } from '../cli.fixture.ts';
import { startApi } from '../gateway.fixture.ts';

const folder = scratch();

test('an inventory is taken line by line, told, and given back; a file of another kind is refused whole', async (t) => {
  const api = await startApi();
  t.after(() => api.close());
  const env = { TRAITDUNION_TOKEN: api.token };
  const file = await folder.file('parc.csv', `finess;produit;version\r\n${DEMO_EG};GAM;1\r\n12;GAM;1\r\n`);
  const report = join(folder.path, 'rapport.csv');
  const run = await cli(['import', 'inventaire', file, '--to', api.url, '--report', report, '--json'], env);
  assert.equal(run.code, 1, run.stderr);
  const { added, rejected, rejections } = z
    .object({
      added: z.number(),
      rejected: z.number(),
      rejections: z.array(z.object({ line: z.number(), reason: z.object({ rule: z.string() }) })),
    })
    .parse(lastLine(run));
  assert.deepEqual([added, rejected, rejections[0]?.line, rejections[0]?.reason.rule], [1, 1, 3, 'TDU-OBS-003']);
  assert.match(await readFile(report, 'utf8'), /;GAM;1;2;ajoutée;/);
  const again = await cli(['import', 'inventaire', file, '--to', api.url], env);
  assert.match(again.stdout, /0 ligne\(s\) ajoutée\(s\), 0 modifiée\(s\), 1 inchangée\(s\), 1 rejetée\(s\)\./);
  const wrong = await cli(['import', 'inventaire', file, '--to', api.url, '--kind', 'versions'], env);
  assert.equal(wrong.code, 0, 'produit and version are there');
  const other = await folder.file('autre.csv', 'a;b\n1;2\n');
  const refused = await cli(['import', 'inventaire', other, '--to', api.url], env);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /TDU-OBS-001 .*colonnes absentes : finess, produit/);
});
