/** The fixtures themselves, judged by others: a wrong fixture would prove nothing about the simulator. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './bench.fixture.ts';
import { certificates } from './certificates.fixture.ts';
import { feedRequest, writeToken } from './message.fixture.ts';

async function verify(t: TestContext, xml: string, ids: readonly string[]): Promise<string> {
  const directory = await temporaryDirectory(t);
  const [file, ca] = [join(directory, 'signed.xml'), join(directory, 'ca.pem')];
  await writeFile(file, xml);
  await writeFile(ca, certificates().authority.pem);
  const run = spawnSync('xmlsec1', [
    '--verify',
    '--trusted-pem',
    ca,
    // The manifest names documents by urn:oid, which nobody can fetch.
    '--ignore-manifests',
    '--verification-time',
    '2026-11-23 10:00:00',
    ...ids,
    file,
  ]);
  return `${run.stdout}${run.stderr}`;
}

function part(contentId: string): string {
  const mime = feedRequest().body.toString('utf8');
  const start = mime.indexOf(`<${contentId}>\r\n\r\n`) + contentId.length + 6;
  return mime.slice(start, mime.indexOf('\r\n--', start));
}

test('xmlsec1 verifies the VIHF and the submission signature of the fixtures', async (t) => {
  if (spawnSync('xmlsec1', ['--version']).status !== 0) return t.skip('xmlsec1 is not installed');
  const token = await verify(t, writeToken({}), ['--id-attr:ID', 'urn:oasis:names:tc:SAML:2.0:assertion:Assertion']);
  assert.match(token, /^(Verification status: )?OK/m, token);
  const forged = await verify(t, writeToken({}).replace('Gateway', 'Other'), [
    '--id-attr:ID',
    'urn:oasis:names:tc:SAML:2.0:assertion:Assertion',
  ]);
  assert.doesNotMatch(forged, /^(Verification status: )?OK/m);
  const lot = await verify(t, part('Signature01@test'), [
    '--id-attr:Id',
    'http://www.w3.org/2000/09/xmldsig#:Manifest',
    '--id-attr:Id',
    'http://uri.etsi.org/01903/v1.1.1#:SignedProperties',
  ]);
  assert.match(lot, /SignedInfo References \(ok\/all\): 2\/2/, lot);
});

test('the XDS schema accepts the request of the fixtures', async (t) => {
  const schema = fileURLToPath(
    new URL('../../../../shared/conformance/xds/xsd/XDS.b_DocumentRepository.xsd', import.meta.url),
  );
  if (!existsSync(schema)) return t.skip('no conformance data');
  if (spawnSync('xmllint', ['--version']).status !== 0) return t.skip('xmllint is not installed');
  const envelope = part('root@test');
  const [body = ''] = /<xdsb:ProvideAndRegister.*<\/xdsb:ProvideAndRegisterDocumentSetRequest>/s.exec(envelope) ?? [];
  const file = join(await temporaryDirectory(t), 'request.xml');
  // The schema knows Base64 content; the MTOM include stands for it on the wire.
  await writeFile(file, body.replace(/<xop:Include[^>]*>/g, 'AA=='));
  const run = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema, file]);
  assert.equal(run.status, 0, String(run.stderr));
});
