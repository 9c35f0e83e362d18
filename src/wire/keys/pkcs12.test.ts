import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { signEnveloped } from '../xml/signature.ts';
import { signerOf } from '../xml/signer.ts';
import { xmlsecAccepts, xmlsecIsAbsent } from '../xml/xmlsec.fixture.ts';
import { type KeyFolder, keyFolder, missingTool, pem } from './keys.fixture.ts';
import { Pkcs12Refused, readPkcs12 } from './pkcs12.ts';

const PASSWORD = 'Été à 100 % &c';
const skip = missingTool('openssl') ?? false;

describe('a PKCS#12 file', { skip }, () => {
  let folder: KeyFolder;
  before(() => {
    folder = keyFolder();
  });
  after(() => folder.remove());

  function made(kind: 'rsa' | 'ec', options: readonly string[], password = PASSWORD): Buffer {
    const out = folder.path('key.p12');
    const files = ['-inkey', folder.path(`${kind}.pem`), '-in', folder.path(`${kind}.crt`), '-out', out];
    folder.openssl('pkcs12', '-export', ...files, '-passout', `pass:${password}`, ...options);
    return readFileSync(out);
  }

  for (const [name, kind, options] of [
    ['as openssl makes it today (AES-256, PBKDF2, SHA-256)', 'rsa', []],
    ['with an EC key', 'ec', []],
    ['under AES-128', 'rsa', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC']],
    [
      'as older tools make it (triple DES, SHA-1)',
      'rsa',
      ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
    ],
    ['with its certificate in clear', 'rsa', ['-certpbe', 'NONE']],
    ['without integrity code', 'rsa', ['-nomac']],
  ] as const) {
    it(`gives the key and its certificate: ${name}`, () => {
      const { key, certificate } = readPkcs12(made(kind, options), PASSWORD);
      assert.equal(certificate.subject, `C=FR\nO=TEST\nCN=${kind}`);
      assert.equal(certificate.checkPrivateKey(key), true);
      assert.equal(key.asymmetricKeyType, kind);
    });
  }

  it('signs what xmlsec1 accepts, RSA or EC, and refuses once altered', async (t) => {
    if (xmlsecIsAbsent()) return t.skip('xmlsec1 is not installed');
    const document = { before: '<d xmlns="urn:t" ID="_1"><i>1</i>', after: '<v>42</v></d>' };
    for (const kind of ['rsa', 'ec'] as const) {
      const { key, certificate } = readPkcs12(made(kind, []), PASSWORD);
      const signed = await signEnveloped(document, '_1', signerOf(certificate, key), 'rsa-sha256');
      assert.equal(signed.includes('ecdsa-sha256'), kind === 'ec');
      assert.equal(xmlsecAccepts(signed, pem(folder, `${kind}.crt`), ['ID urn:t:d']), true);
      assert.equal(xmlsecAccepts(signed.replace('>42<', '>43<'), pem(folder, `${kind}.crt`), ['ID urn:t:d']), false);
    }
  });

  it('refuses a wrong password, in any protection, without saying which was tried', () => {
    for (const options of [[], ['-nomac'], ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-nomac']]) {
      const file = made('rsa', options);
      assert.throws(
        () => readPkcs12(file, 'autre'),
        (error: unknown) => error instanceof Pkcs12Refused && !error.message.includes('autre'),
      );
    }
  });

  it('says how to convert a file whose protection is gone from OpenSSL', () => {
    assert.throws(() => readPkcs12(made('rsa', ['-legacy']), PASSWORD), /trop ancienne : le convertir/);
  });

  it('refuses what is cut, what holds no key, and what is no PKCS#12', () => {
    const whole = made('rsa', []);
    for (const bytes of [whole.subarray(0, 900), Buffer.alloc(0), Buffer.from('-----BEGIN'), Buffer.from([0x30, 0])]) {
      assert.throws(() => readPkcs12(bytes, PASSWORD), Pkcs12Refused);
    }
    const out = folder.path('certs.p12');
    const password = ['-passout', `pass:${PASSWORD}`];
    folder.openssl('pkcs12', '-export', '-nokeys', '-in', folder.path('rsa.crt'), '-out', out, ...password);
    assert.throws(() => readPkcs12(readFileSync(out), PASSWORD), /aucune clé privée/);
    const altered = Buffer.from(whole);
    altered[altered.length >> 1] = (altered[altered.length >> 1] ?? 0) ^ 1;
    assert.throws(() => readPkcs12(altered, PASSWORD), Pkcs12Refused);
  });
});
