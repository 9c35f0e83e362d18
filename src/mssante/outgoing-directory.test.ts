import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDirectory } from './outgoing-directory.ts';

test('an extract of the directory knows its addresses, whatever their case, and is read again when it changes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-annuaire-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'annuaire.csv');
  const directory = openDirectory({ kind: 'file', path, column: 'adresse' });
  assert.equal(await directory.look('a@b.mssante.fr'), 'unavailable');
  await writeFile(path, 'nom;Adresse\r\nDurand;Dr.Durand@chu.mssante.fr\r\n');
  assert.equal(await directory.look('dr.durand@chu.mssante.fr'), 'known');
  assert.equal(await directory.look('a@b.mssante.fr'), 'unknown');
  await writeFile(path, 'nom;adresse\r\nMartin;a@b.mssante.fr\r\n');
  await utimes(path, 1, 1);
  assert.equal(await directory.look('a@b.mssante.fr'), 'known');
  await writeFile(path, 'nom\r\nMartin\r\n');
  await utimes(path, 2, 2);
  assert.equal(await directory.look('a@b.mssante.fr'), 'unavailable');
});

test('a service answers for one address: known, unknown, or not at all', async (t) => {
  const server = createServer((request, response) => {
    const asked = decodeURIComponent(new URL(request.url ?? '', 'http://x').searchParams.get('mail') ?? '');
    response.writeHead({ 'a@b.mssante.fr': 200, 'broken@b.mssante.fr': 500 }[asked] ?? 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const directory = openDirectory({ kind: 'http', url: `http://127.0.0.1:${port}/?mail={address}`, timeoutMs: 5_000 });
  t.after(async () => {
    await directory.close();
    server.close();
  });
  assert.equal(await directory.look('a@b.mssante.fr'), 'known');
  assert.equal(await directory.look('c@b.mssante.fr'), 'unknown');
  assert.equal(await directory.look('broken@b.mssante.fr'), 'unavailable');
});
