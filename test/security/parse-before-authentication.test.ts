/** Nothing unauthenticated is parsed (promise 7): over real sockets, what a stranger sends is not even read. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { type ApiBench, startApi } from '../../src/api/api.fixture.ts';
import { startHttpsDoor } from '../../src/wire/legacy/https-door.ts';
import { clientTls, createTestAuthority } from '../../src/wire/soap/certificates.fixture.ts';

const MEGABYTE = 1024 * 1024;
/** Kernel buffers of both ends swallow some of it whatever the server does. */
const MOST_SWALLOWED = 16 * MEGABYTE;

describe('A caller without a token', () => {
  let bench: ApiBench;
  let port: number;
  before(async () => {
    bench = await startApi();
    await bench.app.listen({ host: '127.0.0.1', port: 0 });
    const address = bench.app.server.address();
    assert.ok(address !== null && typeof address === 'object');
    port = address.port;
  });
  after(() => bench.close());

  /** Writes the head, then `total` bytes of body as long as the server listens. */
  function send(head: string, total: number, chunk: Buffer): Promise<{ reply: string; sent: number; closed: boolean }> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      const state = { reply: '', sent: 0, closed: false };
      const pump = (): void => {
        while (!state.closed && state.sent < total) {
          state.sent += chunk.length;
          if (!socket.write(chunk)) return;
        }
        if (state.sent >= total) socket.end();
      };
      socket.on('connect', () => {
        socket.write(head);
        pump();
      });
      socket.on('drain', pump);
      socket.on('data', (data) => {
        state.reply += data.toString('latin1');
      });
      // A reset is how a server says that it stopped listening.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        state.closed = true;
        resolve(state);
      });
    });
  }

  const head = (method: string, path: string, lines: string): string =>
    `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${lines}\r\n`;

  const BODIES: readonly (readonly [string, string])[] = [
    ['application/json', '{"broken": '],
    ['application/json', '{"__proto__": {}}'],
    ['application/json', '['.repeat(100_000)],
    ['text/xml', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['application/soap+xml', '<a'],
    ['application/x-www-form-urlencoded', 'a[b][c]=1&'.repeat(1_000)],
    ['multipart/form-data; boundary=x', '--x\r\nnothing'],
    ['application/x-java-serialized-object', '\u00ac\u00ed\u0000\u0005'],
    ['application/octet-stream', '\0\0\0'],
    ['nonsense', 'nonsense'],
  ];
  for (const path of ['/documents', '/patients', '/patients/7b5b1f6e-3f0c-4d52-8a53-0f1d9a5d8f10/status'])
    test(`POST ${path}: 401 whatever the body is`, async () => {
      for (const [type, body] of BODIES) {
        for (const authorization of [undefined, 'Bearer tdu_inconnu_inconnu_inconnu']) {
          const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
            method: 'POST',
            headers: { 'content-type': type, ...(authorization === undefined ? {} : { authorization }) },
            body,
          });
          assert.equal(response.status, 401, type);
        }
      }
    });

  test('an address that does not exist is 404 whatever the body is, not a parse error', async () => {
    for (const path of ['/api/v1/nulle-part', '/nulle-part', '/api/v2/documents']) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"broken": ',
      });
      assert.equal(response.status, 404, path);
    }
  });

  test('a hundred megabytes are cut early, with the refusal', async () => {
    for (const [path, lines] of [
      ['/api/v1/documents', `Content-Type: application/json\r\nContent-Length: ${100 * MEGABYTE}\r\n`],
      ['/api/v1/documents', `Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n`],
      ['/api/v1/nulle-part', `Content-Type: application/json\r\nContent-Length: ${100 * MEGABYTE}\r\n`],
      ['/healthz', `Content-Type: application/json\r\nContent-Length: ${100 * MEGABYTE}\r\n`],
    ] as const) {
      const chunked = lines.includes('chunked');
      const data = Buffer.alloc(65_536, 'a');
      const chunk = chunked ? Buffer.concat([Buffer.from('10000\r\n'), data, Buffer.from('\r\n')]) : data;
      const { sent, closed } = await send(head('POST', path, lines), 100 * MEGABYTE, chunk);
      assert.ok(closed);
      assert.ok(sent < MOST_SWALLOWED, `${path}: ${sent} bytes were taken`);
    }
  });

  test('a small refused body does not cost the connection', async () => {
    const request = head('POST', '/api/v1/documents', 'Content-Type: application/json\r\nContent-Length: 2\r\n');
    const twice = `${request}{}${request.replace('Host', 'Connection: close\r\nHost')}{}`;
    const { reply } = await send(twice, 0, Buffer.alloc(0));
    assert.equal(reply.split('HTTP/1.1 401 ').length - 1, 2, reply);
  });

  test('what is not HTTP is refused and closed', async () => {
    for (const bytes of [
      'GARBAGE\r\n\r\n',
      '\u0016\u0003\u0001\u0002\u0000',
      '\u000bMSH|^~\\&|A\r\u001c\r',
      'GET /healthz HTTP/9.9\r\n\r\n',
    ]) {
      const { reply, closed } = await send(bytes, 0, Buffer.alloc(0));
      assert.ok(closed);
      assert.match(reply, /^(HTTP\/1\.1 (400|505) |$)/);
    }
  });

  test('contradictory lengths do not smuggle a second request in', async () => {
    const inner = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
    for (const lines of [
      `Content-Length: 0\r\nTransfer-Encoding: chunked\r\n`,
      `Content-Length: 0\r\nContent-Length: ${inner.length}\r\n`,
      `Transfer-Encoding: xchunked\r\n`,
    ]) {
      const { reply } = await send(head('POST', '/api/v1/documents', lines) + inner, 0, Buffer.alloc(0));
      assert.doesNotMatch(reply, /HTTP\/1\.1 200/, lines);
    }
  });
});

describe('A caller of the door of old connectors', () => {
  test('without a declared certificate, sends a hundred megabytes of hostile XML to nobody', async (t) => {
    const authority = await createTestAuthority('CN=AUTORITE');
    const [own, undeclared] = await Promise.all([authority.issue('CN=localhost'), authority.issue('CN=INCONNU')]);
    const refused: string[] = [];
    const door = await startHttpsDoor({
      host: '127.0.0.1',
      port: 0,
      tls: clientTls(authority, own),
      sharedPort: false,
      maxBodyBytes: MEGABYTE,
      maxConnections: 10,
      idleMs: 5_000,
      requestMs: 5_000,
      finishMs: 1_000,
      isKnown: () => false,
      onPost: () => assert.fail('something of it was read'),
      refuse: () => assert.fail('something of it was answered'),
      onRefused: ({ rule }) => refused.push(rule.id),
    });
    t.after(() => door.close());
    const sent = await new Promise<number>((resolve) => {
      const socket = connectTls({ host: '127.0.0.1', port: door.port, ca: authority.ca, ...undeclared });
      let written = 0;
      const chunk = Buffer.alloc(65_536, '<!DOCTYPE a [<!ENTITY b "c">]>');
      const pump = (): void => {
        while (written < 100 * MEGABYTE) {
          written += chunk.length;
          if (!socket.write(chunk)) return;
        }
      };
      socket
        .on('secureConnect', pump)
        .on('drain', pump)
        .on('error', () => undefined);
      socket.on('close', () => resolve(written));
    });
    assert.ok(sent < MOST_SWALLOWED, `${sent} bytes were taken`);
    assert.deepEqual(refused, ['TDU-LEG-001']);
  });
});
