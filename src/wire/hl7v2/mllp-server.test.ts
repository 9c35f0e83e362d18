/** The server over real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { ackIn, closed, dial, frame, frames, said, start, waited } from './mllp.fixture.ts';

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

  it('closes after a message that nothing can be answered to, so that its sender does not wait', async () => {
    const { port } = await start({ onFrame: async () => undefined });
    const socket = await dial(port);
    socket.write(Buffer.concat([frame('no header'), frame('behind it')]));
    assert.deepEqual(await frames(socket, 1), []);
    await closed(socket);
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

  it('waits for a message that takes longer than a silence may, then cuts a silence as before', async () => {
    const { port, refusals } = await start({
      idleMs: 60,
      onFrame: async (bytes) => {
        await waited(200);
        return bytes;
      },
    });
    const socket = await dial(port);
    socket.write(frame('long'));
    assert.deepEqual(await frames(socket, 1), ['long']);
    await closed(socket);
    assert.deepEqual(refusals, []);
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
