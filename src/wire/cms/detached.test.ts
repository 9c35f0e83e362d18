/** What we sign, OpenSSL verifies; what it signs, we verify; and neither takes what was altered. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type KeyFolder, keyFolder, missingTool, pem } from '../keys/keys.fixture.ts';
import { createSigner } from '../xml/signer.ts';
import { signDetached, verifyDetached } from './detached.ts';

const CONTENT = Buffer.from('{"documents":12}\n');

describe('a detached signature', { skip: missingTool('openssl') ?? false }, () => {
  let folder: KeyFolder;
  before(() => {
    folder = keyFolder();
    writeFileSync(folder.path('content'), CONTENT);
    writeFileSync(folder.path('other'), CONTENT.toString().replace('12', '13'));
  });
  after(() => folder.remove());

  function opensslAccepts(kind: string, content: string): boolean {
    const files = ['-in', folder.path(`${kind}.p7s`), '-content', folder.path(content)];
    const trust = ['-CAfile', folder.path(`${kind}.crt`), '-purpose', 'any'];
    const asked = ['cms', '-verify', '-binary', '-inform', 'DER', ...files, ...trust, '-out', '/dev/null'];
    return spawnSync('openssl', asked).status === 0;
  }

  for (const kind of ['rsa', 'ec'])
    test(`of ours by an ${kind} key`, async () => {
      const signer = createSigner({ certPem: pem(folder, `${kind}.crt`), keyPem: pem(folder, `${kind}.pem`) });
      const signature = await signDetached(CONTENT, signer, new Date());
      writeFileSync(folder.path(`${kind}.p7s`), signature);
      assert.equal(opensslAccepts(kind, 'content'), true);
      assert.equal(opensslAccepts(kind, 'other'), false);
      const read = await verifyDetached(signature, CONTENT);
      assert.ok(read.kind === 'valid' && read.certificate.fingerprint256 === signer.certificate.fingerprint256);
      assert.equal((await verifyDetached(signature, readFileSync(folder.path('other')))).kind, 'invalid');
    });

  test('of OpenSSL', async () => {
    const own = ['-signer', folder.path('rsa.crt'), '-inkey', folder.path('rsa.pem'), '-md', 'sha256'];
    const files = ['-in', folder.path('content'), '-outform', 'DER', '-out', folder.path('theirs.p7s')];
    folder.openssl('cms', '-sign', '-binary', ...own, ...files);
    const theirs = readFileSync(folder.path('theirs.p7s'));
    assert.equal((await verifyDetached(theirs, CONTENT)).kind, 'valid');
  });

  test('that is cut, or whose bytes are changed one by one, is never taken and never throws', async () => {
    const signer = createSigner({ certPem: pem(folder, 'ec.crt'), keyPem: pem(folder, 'ec.pem') });
    const signature = await signDetached(CONTENT, signer, new Date());
    const end = signature.length;
    for (let index = end - 60; index < end; index++) {
      const altered = Buffer.from(signature);
      altered[index] = (altered[index] ?? 0) ^ 1;
      assert.notEqual((await verifyDetached(altered, CONTENT)).kind, 'valid', `byte ${index}`);
    }
    for (const length of [0, 1, 100, end - 1])
      assert.equal((await verifyDetached(signature.subarray(0, length), CONTENT)).kind, 'unreadable');
  });
});
