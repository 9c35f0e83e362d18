/** Mutual TLS and the client, over real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { clientTls, createTestAuthority } from '../soap/certificates.fixture.ts';
import { closed, dial, frame, said, start, texts } from './mllp.fixture.ts';
import { createMllpClient } from './mllp-client.ts';

describe('mutual TLS', async () => {
  const ours = await createTestAuthority('CN=Autorité de test');
  const theirs = await createTestAuthority('CN=Autre autorité');
  const pki = {
    server: clientTls(ours, await ours.issue('CN=passerelle')),
    client: clientTls(ours, await ours.issue('CN=DPI de démonstration')),
    stranger: clientTls(theirs, await theirs.issue('CN=Inconnu')),
  };

  it('names the peer by its certificate', async () => {
    const { port, peers } = await start({ tls: pki.server });
    const client = createMllpClient({ host: '127.0.0.1', port, tls: pki.client, timeoutMs: 5_000 });
    assert.deepEqual(await texts(client.send(Buffer.from('hello'))), 'answered echo hello');
    assert.equal(peers[0]?.certificateName, 'DPI de démonstration');
    await client.close();
  });

  it('refuses a client without certificate, or of another authority', async () => {
    const { port, refusals, peers } = await start({ tls: pki.server });
    const bare = connectTls({ host: '127.0.0.1', port, ca: pki.server.ca });
    bare.on('error', () => undefined);
    bare.write(frame('hello'));
    await closed(bare);
    const stranger = createMllpClient({
      host: '127.0.0.1',
      port,
      tls: { ...pki.stranger, ca: pki.server.ca },
      timeoutMs: 5_000,
    });
    assert.notEqual((await stranger.send(Buffer.from('hello'))).kind, 'answered');
    await stranger.close();
    assert.deepEqual(await said(refusals, 2), ['TDU-HL7-014', 'TDU-HL7-014']);
    assert.equal(peers.length, 0, 'nothing is read before authentication');
  });

  it('serves a sender while strangers who never say who they are fill the door', async () => {
    const { port, refusals } = await start({ tls: pki.server, maxConnections: 3 });
    const strangers = await Promise.all(Array.from({ length: 40 }, () => dial(port)));
    const client = createMllpClient({ host: '127.0.0.1', port, tls: pki.client, timeoutMs: 5_000 });
    assert.equal(await texts(client.send(Buffer.from('hello'))), 'answered echo hello');
    const others = [1, 2].map(() => createMllpClient({ host: '127.0.0.1', port, tls: pki.client, timeoutMs: 5_000 }));
    for (const other of others) assert.equal(await texts(other.send(Buffer.from('hello'))), 'answered echo hello');
    const fourth = createMllpClient({ host: '127.0.0.1', port, tls: pki.client, timeoutMs: 5_000 });
    assert.notEqual((await fourth.send(Buffer.from('hello'))).kind, 'answered', 'senders are counted by themselves');
    assert.ok(refusals.includes('TDU-HL7-013'));
    await Promise.all([client, ...others, fourth].map((each) => each.close()));
    for (const stranger of strangers) stranger.destroy();
  });

  it('cuts whoever connects and says nothing', async () => {
    const { port, refusals } = await start({ tls: pki.server, idleMs: 60 });
    const silent = await dial(port);
    await closed(silent);
    assert.deepEqual(refusals, ['TDU-HL7-014']);
  });

  it('refuses old TLS, and plain text', async () => {
    const { port, refusals, peers } = await start({ tls: pki.server });
    const old = connectTls({
      ...pki.client,
      host: '127.0.0.1',
      port,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    old.on('error', () => undefined);
    await closed(old);
    const plain = await dial(port);
    plain.write(frame('hello'));
    plain.resume();
    await closed(plain);
    assert.equal((await said(refusals, 2)).length, 2);
    assert.equal(peers.length, 0);
  });

  it('is asked of the server too', async () => {
    const { port } = await start({ tls: pki.server });
    const client = createMllpClient({
      host: '127.0.0.1',
      port,
      tls: { ...pki.client, ca: pki.stranger.ca },
      timeoutMs: 5_000,
    });
    assert.equal((await client.send(Buffer.from('hello'))).kind, 'not-sent');
    await client.close();
  });
});

describe('the MLLP client', () => {
  it('sends one at a time and keeps its connection', async () => {
    const { port, peers } = await start();
    const client = createMllpClient({ host: '127.0.0.1', port, timeoutMs: 5_000 });
    const outcomes = await Promise.all(['1', '2', '3'].map((text) => texts(client.send(Buffer.from(text)))));
    assert.deepEqual(outcomes, ['answered echo 1', 'answered echo 2', 'answered echo 3']);
    assert.equal(peers.length, 3);
    await client.close();
  });

  it('connects again after the server has closed', async () => {
    const first = await start();
    const client = createMllpClient({ host: '127.0.0.1', port: first.port, timeoutMs: 5_000 });
    assert.equal(await texts(client.send(Buffer.from('1'))), 'answered echo 1');
    await first.close();
    await start({ port: first.port });
    assert.equal(await texts(client.send(Buffer.from('2'))), 'answered echo 2');
    await client.close();
  });

  it('tells what was not sent from what may have been read', async () => {
    const gone = await start();
    await gone.close();
    const nobody = createMllpClient({ host: '127.0.0.1', port: gone.port, timeoutMs: 5_000 });
    assert.deepEqual(await nobody.send(Buffer.from('1')), { kind: 'not-sent', reason: 'ECONNREFUSED' });

    const rude = createServer((socket) => socket.once('data', () => socket.destroy()));
    const mute = createServer((socket) => socket.resume());
    for (const [server, reason] of [
      [rude, /ECONN/],
      [mute, /ETIMEDOUT/],
    ] as const) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const client = createMllpClient({ host: '127.0.0.1', port, timeoutMs: 100 });
      const outcome = await client.send(Buffer.from('1'));
      assert.equal(outcome.kind, 'ambiguous');
      assert.match(outcome.kind === 'ambiguous' ? outcome.reason : '', reason);
      await client.close();
      server.close();
    }
  });
});
