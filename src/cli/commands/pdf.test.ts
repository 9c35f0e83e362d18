import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hasTool } from '../../../test/support/tools.ts';
import { letter } from '../../wire/pdf/pdf.fixture.ts';
import { cli, lastLine } from '../cli.fixture.ts';

const folder = await mkdtemp(join(tmpdir(), 'pdf-command-'));
after(() => rm(folder, { recursive: true }));
const file = join(folder, 'lettre.pdf');
await writeFile(file, await letter());

test('pdf check names each clause and ends with 1', async () => {
  const { code, stdout } = await cli(['pdf', 'check', file]);
  assert.equal(code, 1);
  assert.match(stdout, /^1 page\(s\), \d+ octets, ne se déclare pas PDF\/A\.\n/);
  assert.match(stdout, /^6\.7\.2 +aucune métadonnée XMP$/m);
});

test('pdf convert writes a PDF/A-1b in which pdf check finds nothing, and says what changed', async (t) => {
  if (!hasTool('gs')) return t.skip('gs absent');
  const output = join(folder, 'archive.pdf');
  const said = lastLine(await cli(['pdf', 'convert', file, '-o', output, '--json']));
  assert.equal(said.ok, true);
  assert.equal((await readFile(output)).toString('latin1', 0, 8), '%PDF-1.4');
  const { code, stdout } = await cli(['pdf', 'check', output]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /se déclare PDF\/A-1b/);
});
