import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls, createServer, type TlsOptions } from 'node:tls';
import { clientTls, createTestAuthority, type TestAuthority, type TestCertificate } from './certificates.fixture.ts';
import { createHttpsTransport, type HttpsTransportOptions } from './https-transport.ts';
import type { SoapTransport } from './transport.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: 5\r\n\r\n<ok/>';

/** What the peer does once it has read a whole request. */
type Behaviour = (socket: Socket, request: string) => void;

describe('HTTPS transport', () => {
  let authority: TestAuthority;
  let stranger: TestAuthority;
  let serverCertificate: TestCertificate;
  let clientCertificate: TestCertificate;
  const open: { server: Server; transport: SoapTransport; sockets: Set<Socket> }[] = [];

  before(async () => {
    authority = await createTestAuthority('CN=AC');
    stranger = await createTestAuthority('CN=AC inconnue');
    serverCertificate = await authority.issue('CN=localhost');
    clientCertificate = await authority.issue('CN=client');
  });
  after(async () => {
    for (const { server, transport, sockets } of open) {
      for (const socket of sockets) socket.destroy();
      server.close();
      await transport.close();
    }
  });

  async function serve(behaviour: Behaviour, tls: TlsOptions = {}, options: Partial<HttpsTransportOptions> = {}) {
    const sockets = new Set<Socket>();
    let connections = 0;
    const server = createServer(
      { ...serverCertificate, ca: authority.ca, requestCert: true, rejectUnauthorized: true, ...tls },
      (socket) => {
        connections += 1;
        sockets.add(socket);
        socket.on('error', () => undefined);
        let received = '';
        socket.on('data', (bytes) => {
          received += bytes.toString('latin1');
          if (!received.endsWith('</a>')) return;
          behaviour(socket, received);
          received = '';
        });
      },
    );
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return connect(server, sockets, options, () => connections);
  }

  function connect(server: Server, sockets: Set<Socket>, options: Partial<HttpsTransportOptions>, seen = () => 0) {
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const transport = createHttpsTransport({
      baseUrl: `https://127.0.0.1:${address.port}/services`,
      tls: clientTls(authority, clientCertificate),
      maxConnections: 2,
      connectTimeoutMs: 2000,
      maxAnswerBytes: 1000,
      ...options,
    });
    open.push({ server, transport, sockets });
    const post = (body: readonly Uint8Array[] = [Buffer.from('<a>'), Buffer.from('</a>')], timeoutMs = 5000) =>
      transport.post({ path: '/registry', contentType: 'application/soap+xml', body, timeoutMs });
    return { post, server, sockets, connections: seen };
  }

  it('sends the parts in order under one length and reads the answer', async () => {
    let received = '';
    const { post } = await serve((socket, request) => {
      received = request;
      socket.write(ANSWER);
    });
    const outcome = await post();
    assert.deepEqual(outcome, {
      kind: 'answered',
      status: 200,
      contentType: 'application/soap+xml',
      body: Buffer.from('<ok/>'),
    });
    assert.match(received, /^POST \/services\/registry HTTP\/1\.1\r\n/);
    assert.match(received, /\r\ncontent-length: 7\r\n/i);
    assert.equal(received.slice(received.indexOf('\r\n\r\n') + 4), '<a></a>');
  });

  it('sends a large body whole', async () => {
    let size = 0;
    const { post } = await serve((socket, request) => {
      size = request.length - request.indexOf('\r\n\r\n') - 4;
      socket.write(ANSWER);
    });
    const big = [Buffer.alloc(3_000_000, 'a'), Buffer.alloc(2_000_000, 'b'), Buffer.from('</a>')];
    assert.equal((await post(big)).kind, 'answered');
    assert.equal(size, 5_000_004);
  });

  it('goes by a relay of this machine that holds the key, as if it were the peer', async () => {
    let received = '';
    const { server, sockets } = await serve((socket, request) => {
      received = request;
      socket.write(ANSWER);
    });
    const to = server.address();
    assert.ok(to !== null && typeof to === 'object');
    const relay = createTcpServer((plain) => {
      const secured = connectTls({ host: '127.0.0.1', port: to.port, ...clientTls(authority, clientCertificate) });
      for (const socket of [plain, secured]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
      }
      plain.pipe(secured).pipe(plain);
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const at = relay.address();
    assert.ok(at !== null && typeof at === 'object');
    const { post } = connect(server, sockets, { tls: { relayPort: at.port } });
    assert.equal((await post()).kind, 'answered');
    assert.match(received, new RegExp(`\\r\\nhost: 127\\.0\\.0\\.1:${to.port}\\r\\n`, 'i'));
    relay.close();
    for (const socket of sockets) socket.destroy();
    const closed = connect(server, sockets, { tls: { relayPort: at.port } });
    assert.deepEqual(await closed.post(), { kind: 'not-sent', reason: 'ECONNREFUSED' });
  });

  it('takes its certificate and key from a PKCS#12 file', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'p12-'));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'own.pem'), `${clientCertificate.key}\n${clientCertificate.cert}\n`);
    const options = ['-in', join(folder, 'own.pem'), '-out', join(folder, 'own.p12'), '-passout', 'pass:secret'];
    const made = spawnSync('openssl', ['pkcs12', '-export', ...options]);
    if (made.error !== undefined) return t.skip('openssl is not installed');
    assert.equal(made.status, 0, made.stderr.toString());
    const pfx = readFileSync(join(folder, 'own.p12'));
    const tls = { ca: authority.ca, pfx, passphrase: 'secret' };
    const { post } = await serve((socket) => socket.write(ANSWER), {}, { tls });
    assert.equal((await post()).kind, 'answered');
  });

  it('keeps its connection for the next request', async () => {
    const { post, connections } = await serve((socket) => socket.write(ANSWER), {}, { maxConnections: 1 });
    await post();
    await post();
    assert.equal(connections(), 1);
  });

  it('gives any HTTP status as an answer', async () => {
    const { post } = await serve((socket) => socket.write(ANSWER.replace('200 OK', '500 Internal Server Error')));
    const outcome = await post();
    assert.equal(outcome.kind === 'answered' && outcome.status, 500);
  });

  it('refuses a base URL in clear', () => {
    const tls = clientTls(authority, clientCertificate);
    const options = { baseUrl: 'http://127.0.0.1', tls, maxConnections: 1, connectTimeoutMs: 1, maxAnswerBytes: 1 };
    assert.throws(() => createHttpsTransport(options), /https/);
  });

  describe('proves that nothing was sent', () => {
    it('when nobody listens', async () => {
      const { post, server } = await serve(() => undefined);
      server.close();
      await once(server, 'close');
      assert.deepEqual(await post(), { kind: 'not-sent', reason: 'ECONNREFUSED' });
    });

    it('when the name is unknown', async () => {
      const { post } = await serve(() => undefined, {}, { baseUrl: 'https://nowhere.invalid' });
      const outcome = await post();
      assert.equal(outcome.kind, 'not-sent');
    });

    it('when the server certificate is not of the declared authority', async () => {
      const { post } = await serve(() => undefined, {}, { tls: { ca: stranger.ca, ...clientCertificate } });
      const outcome = await post();
      assert.equal(outcome.kind === 'not-sent' && outcome.tls, true);
    });

    it('when the server certificate is for another host', async () => {
      const { post, server } = await serve(() => undefined);
      const address = server.address();
      assert.ok(address !== null && typeof address === 'object');
      const other = await serve(() => undefined, {}, { baseUrl: `https://127.0.0.2:${address.port}` });
      server.close();
      await once(server, 'close');
      server.listen(address.port, '127.0.0.2');
      await once(server, 'listening');
      const outcome = await other.post();
      assert.equal(outcome.kind === 'not-sent' && outcome.tls, true);
      assert.equal((await post()).kind, 'not-sent');
    });

    for (const version of ['-tls1_2', '-tls1_3'] as const) {
      it(`when our certificate is refused by an alert (${version})`, async (t) => {
        const unknown = await stranger.issue('CN=client');
        const peer = await opensslServer(version, authority, serverCertificate);
        if (peer === undefined) return t.skip('openssl is not installed');
        t.after(() => peer.kill());
        const transport = createHttpsTransport({
          baseUrl: `https://127.0.0.1:${peer.port}`,
          tls: { ca: authority.ca, ...unknown },
          maxConnections: 1,
          connectTimeoutMs: 2000,
          maxAnswerBytes: 1000,
        });
        const request = { path: '/', contentType: 'text/xml', body: [Buffer.from('<a/>')], timeoutMs: 5000 };
        const outcome = await transport.post(request);
        await transport.close();

        assert.equal(outcome.kind === 'not-sent' && outcome.tls, true);
      });
    }

    it('when our certificate is refused by a mere close (TLS 1.3)', async () => {
      const unknown = await stranger.issue('CN=client');
      const { post } = await serve(
        () => undefined,
        { minVersion: 'TLSv1.3' },
        { tls: { ca: authority.ca, ...unknown } },
      );
      assert.deepEqual(await post(), { kind: 'not-sent', reason: 'TLS_CLIENT_CERTIFICATE_REFUSED', tls: true });
    });

    it('when the server offers nothing above TLS 1.1', async () => {
      const { post } = await serve(() => undefined, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
      assert.equal((await post()).kind, 'not-sent');
    });

    it('when the peer accepts the connection and never shakes hands', async () => {
      const sockets = new Set<Socket>();
      const silent = createTcpServer((socket) => sockets.add(socket));
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { post } = connect(silent, sockets, { connectTimeoutMs: 100 });
      const outcome = await post();
      assert.deepEqual(outcome, { kind: 'not-sent', reason: 'UND_ERR_CONNECT_TIMEOUT' });
    });

    it('when the time is over before a connection was free', async () => {
      const { post } = await serve(() => undefined, {}, { maxConnections: 1 });
      const [first, second] = await Promise.all([post(undefined, 600), post(undefined, 150)]);
      assert.equal(first.kind, 'ambiguous');
      assert.equal(second.kind, 'not-sent');
    });
  });

  describe('admits that it does not know', () => {
    it('when the connection is reset after the headers', async () => {
      const { post } = await serve((socket) => socket.destroy());
      assert.equal((await post()).kind, 'ambiguous');
    });

    it('when the answer does not come in time', async () => {
      const { post } = await serve(() => undefined);
      assert.deepEqual(await post(undefined, 150), { kind: 'ambiguous', reason: 'TimeoutError' });
    });

    it('when the answer is cut', async () => {
      const { post } = await serve((socket) => socket.end(ANSWER.slice(0, -3)));
      assert.equal((await post()).kind, 'ambiguous');
    });

    it('when the answer is larger than accepted', async () => {
      const { post } = await serve((socket) =>
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n${'x'.repeat(2000)}`),
      );
      assert.equal((await post()).kind, 'ambiguous');
    });

    it('when a kept-alive connection is closed as the second request arrives', async () => {
      let requests = 0;
      const { post, connections } = await serve(
        (socket) => {
          requests += 1;
          if (requests === 1) socket.write(ANSWER);
          else socket.destroy();
        },
        {},
        { maxConnections: 1 },
      );
      assert.equal((await post()).kind, 'answered');
      assert.equal((await post()).kind, 'ambiguous');
      assert.equal(connections(), 1);
    });
  });

  it('opens a new connection when the kept one was closed before the request', async () => {
    const { post, sockets, connections } = await serve((socket) => socket.write(ANSWER));
    assert.equal((await post()).kind, 'answered');
    const closed = [...sockets].map((socket) => once(socket, 'close'));
    for (const socket of sockets) socket.end();
    await Promise.all(closed);
    assert.equal((await post()).kind, 'answered');
    assert.equal(connections(), 2);
  });
});

/** Node's own TLS server closes without an alert when it refuses a certificate; openssl sends it, as front ends do. */
async function opensslServer(version: string, authority: TestAuthority, certificate: TestCertificate) {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const server = spawn('openssl', [
    ...['s_server', '-accept', '127.0.0.1:0', version, '-Verify', '1', '-verify_return_error', '-www'],
    ...['-cert', file('cert.pem', certificate.cert), '-key', file('key.pem', certificate.key)],
    ...['-CAfile', file('ca.pem', authority.ca)],
  ]);
  const kill = () => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const port = await new Promise<number | undefined>((resolve) => {
    server.on('error', () => resolve(undefined));
    server.stdout.on('data', (bytes: Buffer) => {
      const found = /ACCEPT \S+:(\d+)/.exec(bytes.toString())?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  if (port !== undefined) return { port, kill };
  kill();
  return undefined;
}
