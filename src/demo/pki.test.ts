import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { hasTool, run } from '../../test/support/tools.ts';
import { type DemoCertificate, type DemoPki, ensureDemoPki } from './pki.ts';

const STRUCTURES = { ej: '990000010', otherEj: '990000093' };
const DAY_MS = 24 * 3_600_000;
const today = new Date();
const inDays = (days: number) => () => new Date(today.getTime() + days * DAY_MS);

let directory = '';
let pki: DemoPki;
before(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'tdu-pki-')), 'pki');
  pki = await ensureDemoPki(directory, STRUCTURES, inDays(0));
});
after(() => rm(join(directory, '..'), { recursive: true, force: true }));

function leaves(of: DemoPki): DemoCertificate[] {
  return [
    of.server,
    of.sender,
    of.insiAuto,
    of.authCli,
    of.sign,
    of.connector,
    of.connectorSign,
    of.wrongStructureAuthCli,
    of.wrongStructureSign,
  ];
}

function subjectOf(certificate: DemoCertificate): string[] {
  return new X509Certificate(certificate.certPem).subject.split('\n');
}

test('each certificate names its structure and its use as IGC-Santé does', () => {
  assert.ok(subjectOf(pki.insiAuto).includes('CN=INSI-AUTO'));
  for (const own of [pki.insiAuto, pki.authCli, pki.sign]) {
    assert.ok(subjectOf(own).includes('C=FR'));
    assert.ok(subjectOf(own).includes('OU=1990000010'));
  }
  for (const other of [pki.wrongStructureAuthCli, pki.wrongStructureSign]) {
    assert.ok(subjectOf(other).includes('OU=1990000093'));
  }
  const clientAuth = '1.3.6.1.5.5.7.3.2';
  assert.deepEqual(new X509Certificate(pki.authCli.certPem).keyUsage, [clientAuth]);
  assert.deepEqual(new X509Certificate(pki.insiAuto.certPem).keyUsage, [clientAuth]);
  assert.equal(new X509Certificate(pki.sign.certPem).keyUsage, undefined);
  assert.equal(new X509Certificate(pki.server.certPem).checkIP('127.0.0.1'), '127.0.0.1');
  assert.equal(new X509Certificate(pki.server.certPem).checkIP('::1'), '::1');
  assert.equal(new X509Certificate(pki.server.certPem).checkHost('localhost'), 'localhost');
});

test('OpenSSL verifies every chain for its purpose and finds nonRepudiation on the signature certificate', async (t) => {
  if (!hasTool('openssl')) return t.skip('openssl is not installed');
  const verify = async (file: string, ...purpose: string[]) =>
    (await run('openssl', ['verify', '-x509_strict', '-CAfile', pki.caFile, ...purpose, file])).status;
  for (const certificate of leaves(pki)) assert.equal(await verify(certificate.certFile), 0, certificate.certFile);
  assert.equal(await verify(pki.server.certFile, '-purpose', 'sslserver'), 0);
  assert.equal(await verify(pki.authCli.certFile, '-purpose', 'sslclient'), 0);
  assert.notEqual(await verify(pki.authCli.certFile, '-purpose', 'sslserver'), 0);
  assert.notEqual(await verify(pki.server.certFile, '-purpose', 'sslclient'), 0);
  const shown = await run('openssl', ['x509', '-in', pki.sign.certFile, '-noout', '-ext', 'keyUsage']);
  assert.match(shown.stdout.toString(), /Digital Signature, Non Repudiation/);
});

test('the pairs carry a mutual TLS connection, and a client without certificate is refused', async (t) => {
  const server = createServer({
    ca: pki.caPem,
    cert: pki.server.certPem,
    key: pki.server.keyPem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('secureConnection', (socket: TLSSocket) => socket.end(String(socket.getPeerCertificate().subject.CN)));
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const dial = async (pair?: DemoCertificate): Promise<string> => {
    const own = pair === undefined ? {} : { cert: pair.certPem, key: pair.keyPem };
    const socket = connect({ host: '127.0.0.1', port, ca: pki.caPem, ...own });
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  assert.equal(await dial(pki.insiAuto), 'INSI-AUTO');
  assert.equal(await dial(pki.sender), 'GAM-DEMO');
  await assert.rejects(dial(), /certificate required/);
  // Node drops a certificate of another purpose without a TLS alert: the connection ends or is reset.
  assert.equal(await dial(pki.server).catch(() => ''), '');
});

test('keys are private, and everything is kept from one start to the next', async () => {
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
  const files = await readdir(directory);
  assert.equal(files.length, 22);
  for (const file of files) assert.equal((await stat(join(directory, file))).mode & 0o777, 0o600, file);
  assert.deepEqual(await ensureDemoPki(directory, STRUCTURES, inDays(1)), pki);
});

test('what is unusable is made again, and only that: damaged, of another structure, or near its end', async () => {
  await writeFile(pki.sender.keyFile, pki.server.keyPem);
  const repaired = await ensureDemoPki(directory, STRUCTURES, inDays(1));
  assert.notEqual(repaired.sender.certPem, pki.sender.certPem);
  assert.deepEqual({ ...repaired, sender: pki.sender }, pki);

  const moved = await ensureDemoPki(directory, { ...STRUCTURES, otherEj: '990000101' }, inDays(1));
  assert.ok(subjectOf(moved.wrongStructureSign).includes('OU=1990000101'));
  assert.deepEqual(moved.sign, repaired.sign);

  assert.deepEqual(await ensureDemoPki(directory, { ...STRUCTURES, otherEj: '990000101' }, inDays(699)), moved);
  const renewed = await ensureDemoPki(directory, { ...STRUCTURES, otherEj: '990000101' }, inDays(705));
  assert.equal(renewed.caPem, pki.caPem);
  for (const [index, certificate] of leaves(renewed).entries()) {
    assert.notEqual(certificate.certPem, leaves(moved)[index]?.certPem);
  }

  await rm(join(directory, 'ca.key'));
  const anew = await ensureDemoPki(directory, STRUCTURES, inDays(1));
  const authority = new X509Certificate(anew.caPem);
  assert.notEqual(anew.caPem, pki.caPem);
  for (const { certPem } of leaves(anew)) assert.ok(new X509Certificate(certPem).verify(authority.publicKey));
});
