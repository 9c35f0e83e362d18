/** Counts over real TLS, to the real API behind a server that asks for a certificate, as a reverse proxy does. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { type ApiBench, startApi } from '../api/api.fixture.ts';
import { scratch } from '../cli/cli.fixture.ts';
import { regionSchema } from '../config/region-schema.ts';
import { ensureDemoPki } from '../demo/pki.ts';
import { DEMO_EG } from '../demo/structure.ts';
import { regionRules } from '../rules/region.ts';
import { httpsLine } from './https-line.ts';
import { pushText, signPush } from './push-text.ts';
import { registerInstallation, revoke } from './receive-push.ts';
import { figure, REGION } from './region.fixture.ts';

const folder = scratch();
/** Of the house that pushes; the region's own is another. */
const EG = '990000408';

async function openTlsRegion(t: TestContext): Promise<{ region: ApiBench; port: number; ca: string; client: object }> {
  const region = await startApi();
  t.after(() => region.close());
  const pki = await ensureDemoPki(
    join(folder.path, 'pki'),
    { ej: '990000010', otherEj: '990000093' },
    () => new Date(),
  );
  const server = createServer(
    {
      cert: readFileSync(pki.server.certFile),
      key: readFileSync(pki.server.keyFile),
      ca: readFileSync(pki.caFile),
      requestCert: true,
      rejectUnauthorized: true,
    },
    async (request, response) => {
      const { statusCode, headers, rawPayload } = await region.app.inject({
        method: 'POST',
        url: request.url ?? '',
        headers: request.headers,
        payload: await buffer(request),
      });
      response.writeHead(statusCode, headers as Record<string, string>).end(rawPayload);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { region, port: address.port, ca: pki.caFile, client: { cert: pki.sender.certFile, key: pki.sender.keyFile } };
}

test('a push crosses mutual TLS to the API; what the region says comes back as it is meant', async (t) => {
  const { region, port, ca, client } = await openTlsRegion(t);
  const pair = generateKeyPairSync('ed25519');
  const key = join(folder.path, 'region.pem');
  writeFileSync(key, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const push = (parts: object) =>
    httpsLine(
      regionSchema.parse({ push: { url: `https://localhost:${port}`, key, ca, client, ...parts } }).push as never,
    );
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const establishments = [{ eg: EG, ej: '990000400', name: 'Essai', legalName: '' }];
  const registered = await registerInstallation(region.context, { name: 'CH', publicKey, establishments }, REGION);
  assert.ok(registered.ok);
  const { keyId } = registered.value;
  const body = pushText([figure({ eg: EG, month: '2024-01', added: 7 })]);
  const headers = (sequence: number) => ({
    keyId,
    sequence,
    signature: signPush(pair.privateKey, keyId, sequence, body),
  });

  const line = await push({});
  t.after(() => line.close());
  assert.deepEqual(await line.post(headers(3), body), { kind: 'out-of-order', expected: 1 });
  assert.deepEqual(await line.post(headers(1), body), { kind: 'taken' });
  assert.deepEqual(await line.post(headers(1), body), { kind: 'taken' });
  const months = await region.call('GET', '/region/months?from=2024-01&to=2024-01');
  assert.match(months.bytes.toString(), /"added":7,.*"pushed":1/);
  const wrong = await line.post({ ...headers(2), signature: headers(1).signature }, body);
  assert.deepEqual([wrong.kind, wrong.kind === 'refused' && wrong.rule], ['refused', regionRules.wrongSignature.id]);
  await revoke(region.context, keyId, REGION);
  const revoked = await line.post(headers(2), body);
  assert.deepEqual([revoked.kind, revoked.kind === 'refused' && revoked.rule], ['refused', regionRules.revokedKey.id]);

  const stranger = await push({ client: undefined });
  t.after(() => stranger.close());
  assert.equal((await stranger.post(headers(2), body)).kind, 'away');
  const nobody = await push({ url: 'https://127.0.0.1:61' });
  t.after(() => nobody.close());
  assert.deepEqual(await nobody.post(headers(2), body), { kind: 'away', detail: 'ECONNREFUSED' });
});

test('the route of pushes is open to no token, and its caller to no other route', async (t) => {
  const region = await startApi();
  t.after(() => region.close());
  const contentType = 'application/vnd.traitdunion.region-counts+json';
  const push = async (headers: Record<string, string>) =>
    (
      await region.app.inject({
        method: 'POST',
        url: '/api/v1/region/pushes',
        headers: { 'content-type': contentType, ...headers },
        payload: '{}',
      })
    ).json().rule;
  assert.equal(await push({}), 'TDU-API-001');
  assert.equal(await push({ authorization: `Bearer ${await region.token('administrator')}` }), 'TDU-API-002');
  const pair = generateKeyPairSync('ed25519');
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const establishments = [{ eg: EG, ej: '990000400', name: 'Essai', legalName: '' }];
  const registered = await registerInstallation(region.context, { name: 'CH', publicKey, establishments }, REGION);
  assert.ok(registered.ok);
  const { keyId } = registered.value;
  const signature = signPush(pair.privateKey, keyId, 1, Buffer.from('{}'));
  const signed = { 'x-traitdunion-key': keyId, 'x-traitdunion-sequence': '1', 'x-traitdunion-signature': signature };
  assert.equal(await push(signed), regionRules.unfitCounts.id);
  assert.equal(await push({ ...signed, 'x-traitdunion-key': '0'.repeat(64) }), regionRules.unknownKey.id);
  const elsewhere = await region.app.inject({ url: '/api/v1/region/months', headers: signed });
  assert.equal(elsewhere.statusCode, 401);
  assert.ok(!elsewhere.body.includes(DEMO_EG));
});
