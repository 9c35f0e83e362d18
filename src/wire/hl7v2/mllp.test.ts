/** Server and client over real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { Refusal } from '../../rules/rule.ts';
import { clientTls, createTestAuthority } from '../soap/certificates.fixture.ts';
import { readAck } from './ack.ts';
import { parseMessage } from './message.ts';
import { createMllpClient, type MllpOutcome } from './mllp-client.ts';
import { createFrameReader, frameParts } from './mllp-frame.ts';
import { type MllpServer, type MllpServerOptions, type Peer, startMllpServer } from './mllp-server.ts';

const frame = (text: string) => Buffer.concat(frameParts(Buffer.from(text)));

interface Started extends MllpServer {
  readonly refusals: string[];
  readonly peers: Peer[];
}

const started: MllpServer[] = [];
after(() => Promise.all(started.map((server) => server.close())));

/** An echo server on the loopback, unless told otherwise. */
async function start(options: Partial<MllpServerOptions> = {}): Promise<Started> {
  const refusals: string[] = [];
  const peers: Peer[] = [];
  const server = await startMllpServer({
    host: '127.0.0.1',
    port: 0,
    onFrame: async (bytes, peer) => {
      peers.push(peer);
      return Buffer.concat([Buffer.from('echo '), bytes]);
    },
    onRefused: (refusal: Refusal) => refusals.push(refusal.rule.id),
    now: () => new Date(0),
    newControlId: () => 'R1',
    ...options,
  });
  started.push(server);
  return { ...server, refusals, peers };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** The next `count` frames of a socket. */
function frames(socket: Socket, count: number): Promise<string[]> {
  const reader = createFrameReader({ maxFrameBytes: 100_000, maxJunkBytes: 0 });
  const found: string[] = [];
  return new Promise((resolve) => {
    const done = () => resolve(found);
    socket.on('close', done);
    socket.on('data', (chunk) => {
      for (const event of reader.push(chunk))
        found.push(event.kind === 'frame' ? event.message.toString() : event.kind);
      if (found.length >= count) done();
    });
  });
}

function ackIn(text: string | undefined) {
  const message = parseMessage(Buffer.from(text ?? ''));
  const ack = message.ok ? readAck(message.value) : message;
  return ack.ok ? ack.value : assert.fail(ack.refusal.rule.id);
}

describe('the MLLP server', () => {
  it('answers frames in order, whether they come together or byte by byte', async () => {
    const { port } = await start({
      onFrame: async (bytes) => {
        // The first message takes longest: were they handled together, it would be answered last.
        const turns = bytes.toString() === 'one' ? 20 : 1;
        for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
        return bytes;
      },
    });
    const together = await dial(port);
    together.write(Buffer.concat([frame('one'), frame('two'), frame('three')]));
    assert.deepEqual(await frames(together, 3), ['one', 'two', 'three']);
    const trickled = await dial(port);
    for (const byte of frame('one')) {
      trickled.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(await frames(trickled, 1), ['one']);
    together.destroy();
    trickled.destroy();
  });

  it('does not read ahead while it handles a message', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let handled = 0;
    const { port } = await start({
      onFrame: async (bytes) => {
        handled++;
        await held;
        return bytes;
      },
    });
    const socket = await dial(port);
    socket.on('data', () => undefined);
    socket.write(frame('first'));
    const flood = frame('x'.repeat(1_000_000));
    let accepted = true;
    for (let i = 0; i < 64 && accepted; i++) {
      accepted = socket.write(flood) || (await Promise.race([once(socket, 'drain').then(() => true), waited(200)]));
    }
    assert.equal(accepted, false, 'the sender is made to wait');
    assert.equal(handled, 1);
    socket.destroy();
    release();
  });

  it('answers a sender that has closed its side', async () => {
    const { port } = await start();
    const socket = await dial(port);
    socket.end(frame('last'));
    assert.deepEqual(await frames(socket, 1), ['echo last']);
  });

  it('refuses an oversized frame with AR, keeps nothing, and closes', async () => {
    const { port, refusals, peers } = await start({ maxFrameBytes: 10_000 });
    const socket = await dial(port);
    const answer = frames(socket, 1);
    socket.write(
      Buffer.concat([Buffer.of(0x0b), Buffer.from('MSH|^~\\&|A|B|C|D|2026||ADT^A01|42|T|2.5||||||8859/1\r')]),
    );
    for (let i = 0; i < 40 && socket.writable; i++) socket.write(Buffer.alloc(1_000, 'A'));
    const ack = ackIn((await answer)[0]);
    assert.deepEqual([ack.code, ack.controlId, ack.errors[0]?.application], ['AR', '42', '906']);
    socket.end();
    await closed(socket);
    assert.deepEqual(refusals, ['TDU-HL7-010']);
    assert.equal(peers.length, 0);
  });

  it('says AR when a message could not be recorded', async () => {
    const { port, refusals } = await start({ onFrame: () => Promise.reject(new Error('disk full')) });
    const socket = await dial(port);
    socket.write(frame('MSH|^~\\&|A|B|C|D|2026||ADT^A01|43|T|2.5||||||UNICODE UTF-8\rPID|1'));
    const ack = ackIn((await frames(socket, 1))[0]);
    assert.deepEqual([ack.code, ack.controlId], ['AR', '43']);
    assert.deepEqual(refusals, ['TDU-HL7-015']);
    socket.destroy();
  });

  it('cuts the silent, the slow and the chatty', async () => {
    const idle = await start({ idleMs: 40 });
    await closed(await dial(idle.port));
    assert.deepEqual(idle.refusals, []);

    const slow = await start({ idleMs: 5_000, frameMs: 80 });
    const loris = await dial(slow.port);
    loris.write(Buffer.of(0x0b));
    const trickle = setInterval(() => loris.write('A'), 10);
    await closed(loris);
    clearInterval(trickle);
    assert.deepEqual(await said(slow.refusals, 1), ['TDU-HL7-011']);

    const chatty = await start();
    const http = await dial(chatty.port);
    http.write(Buffer.alloc(70_000, 'G'));
    http.end();
    await closed(http);
    assert.deepEqual(await said(chatty.refusals, 1), ['TDU-HL7-012']);
  });

  it('bounds the number of connections', async () => {
    const { port, refusals } = await start({ maxConnections: 1 });
    const first = await dial(port);
    const second = await dial(port);
    await closed(second);
    assert.deepEqual(refusals, ['TDU-HL7-013']);
    first.write(frame('still served'));
    assert.deepEqual(await frames(first, 1), ['echo still served']);
    first.destroy();
  });

  it('when it closes, a message that has begun to arrive is still taken and answered', async () => {
    const server = await start();
    const socket = await dial(server.port);
    const whole = frame('in two parts');
    socket.write(whole.subarray(0, 6));
    const idle = await dial(server.port);
    idle.write(frame('before'));
    assert.deepEqual(await frames(idle, 1), ['echo before']);
    const stopped = server.close();
    // A clean end, between two messages.
    idle.once('end', () => idle.end());
    await closed(idle);
    const answer = frames(socket, 1);
    socket.once('end', () => socket.end());
    socket.write(whole.subarray(6));
    assert.deepEqual(await answer, ['echo in two parts']);
    await stopped;
  });

  it('when it closes, a message that does not end is not waited for', async () => {
    const server = await start({ finishMs: 50 });
    const socket = await dial(server.port);
    socket.write(frame('whole').subarray(0, 3));
    const other = await dial(server.port);
    other.write(frame('later'));
    await frames(other, 1);
    other.destroy();
    await server.close();
    await closed(socket);
  });

  it('shares its port with another that says so too, on Linux', async (t) => {
    if (process.platform !== 'linux') return t.skip('SO_REUSEPORT');
    const old = await start({ sharedPort: true });
    const next = await start({ sharedPort: true, port: old.port });
    assert.equal(next.port, old.port);
    await old.close();
    const socket = await dial(old.port);
    socket.write(frame('again'));
    assert.deepEqual(await frames(socket, 1), ['echo again']);
    socket.destroy();
    await assert.rejects(start({ port: old.port }), /EADDRINUSE/);
  });

  it('closes after answering what it is handling', async () => {
    let release: () => void = () => undefined;
    const entered = new Promise<void>((resolve) => {
      release = resolve;
    });
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const server = await start({
      onFrame: async (bytes) => {
        release();
        await finished;
        return bytes;
      },
    });
    const busy = await dial(server.port);
    const silent = await dial(server.port);
    busy.write(Buffer.concat([frame('running'), frame('never begun')]));
    await entered;
    const stopped = server.close();
    await closed(silent);
    await assert.rejects(dial(server.port));
    const answers = frames(busy, 2);
    finish();
    busy.once('end', () => busy.end());
    assert.deepEqual(await answers, ['running']);
    await stopped;
  });

  it('is plain on the loopback only, unless the site allows it', async () => {
    await assert.rejects(start({ host: '0.0.0.0' }), /boucle locale/);
    const { port } = await start({ host: '0.0.0.0', allowPlainNetwork: true });
    assert.ok(port > 0);
  });
});

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

async function texts(sending: Promise<MllpOutcome>): Promise<string> {
  const outcome = await sending;
  return `${outcome.kind} ${outcome.kind === 'answered' ? outcome.message.toString() : outcome.reason}`;
}

function waited(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}

async function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}

/** Waits for what the other end of a socket of this process is about to say. */
async function said(refusals: readonly string[], count: number): Promise<readonly string[]> {
  while (refusals.length < count) await new Promise((resolve) => setImmediate(resolve));
  return refusals;
}
