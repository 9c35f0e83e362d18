import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { control, createClient, type TestClient } from './https-client.fixture.ts';
import { createTestAuthority, OPENSSL_MISSING } from './pki.fixture.ts';
import { type RunningSimulator, type SimRequest, type SimulatorOptions, startSimulator } from './service.ts';

const authority = createTestAuthority();
const SOAP_FAULT = { status: 500, headers: { 'content-type': 'application/soap+xml' }, body: '<fault/>' };

interface Bench {
  readonly simulator: RunningSimulator;
  readonly client: TestClient;
  readonly handled: SimRequest[];
}

/** A simulator that answers each body in capitals; undefined (and the test skipped) without openssl. */
async function start(t: TestContext, options: Partial<SimulatorOptions> = {}): Promise<Bench | undefined> {
  if (authority === undefined) {
    t.skip(OPENSSL_MISSING);
    return undefined;
  }
  const handled: SimRequest[] = [];
  const simulator = await startSimulator({
    name: 'insi',
    tls: authority.server,
    port: 0,
    controlPort: 0,
    handler: async (request) => {
      handled.push(request);
      return {
        status: 200,
        headers: { 'x-seen': String(handled.length) },
        body: request.body.toString().toUpperCase(),
      };
    },
    control: { 'POST /echo': async (body) => z.strictObject({ n: z.int() }).parse(body) },
    soapFault: () => SOAP_FAULT,
    ...options,
  });
  const client = createClient(authority.client('/C=FR/O=HOPITAL/OU=10B0152872/CN=INSI-AUTO'));
  t.after(async () => {
    client.close();
    await simulator.close();
  });
  return { simulator, client, handled };
}

function refusesConnections(url: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('connect', () => resolve('connected'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
  });
}

test('a request reaches the handler with its bytes, headers and the identity of its sender', async (t) => {
  const bench = await start(t);
  if (bench === undefined) return;
  const reply = await bench.client.post(`${bench.simulator.url}/lps?a=1`, 'bonjour', { 'X-Any': 'value' });
  assert.ok('status' in reply);
  assert.deepEqual([reply.status, reply.headers['x-seen'], reply.body], [200, '1', 'BONJOUR']);
  const [request] = bench.handled;
  assert.ok(request);
  assert.deepEqual([request.method, request.path, request.headers['x-any']], ['POST', '/lps?a=1', 'value']);
  assert.deepEqual(request.peer.organizationalUnits, ['10B0152872']);
  assert.equal(request.peer.commonName, 'INSI-AUTO');
  assert.equal(request.peer.subject, 'CN=INSI-AUTO,OU=10B0152872,O=HOPITAL,C=FR');
  assert.equal(request.peer.certificate[0], 0x30, 'DER');
});

test('nobody enters without a certificate of the right authority', async (t) => {
  const bench = await start(t);
  const stranger = createTestAuthority();
  if (bench === undefined || authority === undefined || stranger === undefined) return;
  const others = [{ ca: authority.server.ca }, { ...stranger.client('/CN=INSI-AUTO'), ca: authority.server.ca }];
  for (const tls of others) {
    const client = createClient(tls);
    const reply = await client.post(bench.simulator.url, 'x');
    client.close();
    assert.ok('broken' in reply, JSON.stringify(reply));
  }
  assert.equal(bench.handled.length, 0);
});

test('a body beyond the limit is refused, announced or not', async (t) => {
  const bench = await start(t, { maxBodyBytes: 1000 });
  if (bench === undefined) return;
  const limit = await bench.client.post(bench.simulator.url, 'x'.repeat(1000));
  assert.ok('status' in limit && limit.status === 200);
  const announced = await bench.client.post(bench.simulator.url, 'x'.repeat(1001));
  assert.ok('status' in announced && announced.status === 413);
  const chunked = await bench.client.post(bench.simulator.url, 'x'.repeat(1001), { 'transfer-encoding': 'chunked' });
  assert.ok('status' in chunked && chunked.status === 413);
  assert.equal(bench.handled.length, 1);
});

test('down: the port itself refuses connections, kept ones are cut, and the same port serves again', async (t) => {
  const bench = await start(t);
  if (bench === undefined) return;
  const { simulator, client } = bench;
  await client.post(simulator.url, 'x');
  await control(simulator.control, 'POST /faults', { fault: 'down', rate: 1 });
  assert.equal(await refusesConnections(simulator.url), 'ECONNREFUSED');
  assert.ok('broken' in (await client.post(simulator.url, 'x')));
  assert.equal(bench.handled.length, 1);
  await control(simulator.control, 'DELETE /faults');
  const reply = await client.post(simulator.url, 'back');
  assert.ok('status' in reply && reply.body === 'BACK');
});

test('down with a duration ends by itself on the same port', async (t) => {
  const elapsed = Promise.withResolvers<void>();
  const bench = await start(t, { wait: () => elapsed.promise });
  if (bench === undefined) return;
  await control(bench.simulator.control, 'POST /faults', { fault: 'down', rate: 1, durationMs: 1 });
  assert.equal(await refusesConnections(bench.simulator.url), 'ECONNREFUSED');
  elapsed.resolve();
  // A call to the control API leaves the expiry the turns of the event loop that it needs.
  for (let turn = 0; turn < 50; turn += 1) {
    const { body } = await control(bench.simulator.control, 'GET /faults');
    if (
      JSON.stringify(body) === '{"faults":[],"struck":{}}' &&
      (await refusesConnections(bench.simulator.url)) === 'connected'
    )
      break;
  }
  const reply = await bench.client.post(bench.simulator.url, 'x');
  assert.ok('status' in reply && reply.status === 200);
});

test('reset cuts before the handler, lost-answer after it', async (t) => {
  const bench = await start(t);
  if (bench === undefined) return;
  const { simulator, client, handled } = bench;
  await control(simulator.control, 'POST /faults', { fault: 'reset', rate: 1 });
  assert.ok('broken' in (await client.post(simulator.url, 'x')));
  assert.equal(handled.length, 0);
  await control(simulator.control, 'DELETE /faults');
  await control(simulator.control, 'POST /faults', { fault: 'lost-answer', rate: 1 });
  assert.ok('broken' in (await client.post(simulator.url, 'x')));
  assert.equal(handled.length, 1);
});

test('soap-fault and http-500 answer in place of the handler', async (t) => {
  const bench = await start(t);
  if (bench === undefined) return;
  const { simulator, client, handled } = bench;
  await control(simulator.control, 'POST /faults', { fault: 'soap-fault', rate: 1 });
  const fault = await client.post(simulator.url, 'x');
  assert.ok('status' in fault);
  assert.deepEqual([fault.status, fault.body], [500, '<fault/>']);
  await control(simulator.control, 'POST /faults', { fault: 'http-500', rate: 1 });
  const error = await client.post(simulator.url, 'x');
  assert.ok('status' in error);
  assert.deepEqual([error.status, error.headers['content-type']], [500, 'text/html']);
  assert.equal(handled.length, 0);
});

test('slow waits the time asked for, 30 s by default, then answers', async (t) => {
  const waits: number[] = [];
  const bench = await start(t, {
    wait: async (ms) => {
      waits.push(ms);
    },
  });
  if (bench === undefined) return;
  await control(bench.simulator.control, 'POST /faults', { fault: 'slow', rate: 1, delayMs: 3 });
  const reply = await bench.client.post(bench.simulator.url, 'x');
  assert.ok('status' in reply && reply.status === 200);
  await control(bench.simulator.control, 'POST /faults', { fault: 'slow', rate: 1 });
  await bench.client.post(bench.simulator.url, 'x');
  assert.deepEqual(waits, [3, 30_000]);
});

test('slow with the real clock delays, and closing does not wait for it', async (t) => {
  const bench = await start(t);
  if (bench === undefined) return;
  await control(bench.simulator.control, 'POST /faults', { fault: 'slow', rate: 1, delayMs: 20 });
  const before = performance.now();
  const reply = await bench.client.post(bench.simulator.url, 'x');
  assert.ok('status' in reply && performance.now() - before >= 18);
  await control(bench.simulator.control, 'POST /faults', { fault: 'slow', rate: 1, delayMs: 3_600_000 });
  const pending = bench.client.post(bench.simulator.url, 'x');
  while (JSON.stringify((await control(bench.simulator.control, 'GET /faults')).body).includes('"slow":2') === false);
  await bench.simulator.close();
  assert.ok('broken' in (await pending));
});

test('a rate strikes its share of the requests, drawn from the given source', async (t) => {
  const draws = [0.1, 0.9, 0.2, 0.8];
  let next = 0;
  const bench = await start(t, { random: () => draws[next++ % draws.length] ?? 0 });
  if (bench === undefined) return;
  await control(bench.simulator.control, 'POST /faults', { fault: 'http-500', rate: 0.5 });
  const statuses: number[] = [];
  for (let n = 0; n < 4; n += 1) {
    const reply = await bench.client.post(bench.simulator.url, 'x');
    if ('status' in reply) statuses.push(reply.status);
  }
  assert.deepEqual(statuses, [500, 200, 500, 200]);
  const { body } = await control(bench.simulator.control, 'GET /faults');
  assert.deepEqual(body, {
    faults: [{ fault: 'http-500', rate: 0.5, delayMs: 30_000 }],
    struck: { 'http-500': 2 },
  });
});

test('the control API says why it refuses an order', async (t) => {
  const bench = await start(t);
  if (bench === undefined) return;
  const base = bench.simulator.control;
  const bad = [
    { fault: 'explode', rate: 1 },
    { fault: 'slow', rate: 1.5 },
    { fault: 'slow', rate: 1, delayMs: -1 },
    { fault: 'slow', rate: 1, duration: 3 },
    '{not json',
    undefined,
  ];
  for (const order of bad) {
    const { status, body } = await control(base, 'POST /faults', order);
    assert.equal(status, 400, JSON.stringify(order));
    assert.match(JSON.stringify(body), /"reasons":\[\{"path":".*","reason":".+"\}/);
  }
  assert.deepEqual((await control(base, 'GET /faults')).body, { faults: [], struck: {} });
  assert.deepEqual(await control(base, 'POST /echo', { n: 4 }), { status: 200, body: { n: 4 } });
  assert.equal((await control(base, 'POST /echo', { n: 'x' })).status, 400);
  assert.equal((await control(base, 'GET /constructor')).status, 404);
});

test('the control API listens on loopback only and answers no web page', async (t) => {
  const bench = await start(t);
  if (bench === undefined) return;
  assert.equal(new URL(bench.simulator.control).hostname, '127.0.0.1');
  const response = await fetch(`${bench.simulator.control}/faults`, { headers: { origin: 'https://evil.example' } });
  assert.equal(response.status, 403);
});

test('a handler that fails cuts the connection and logs neither message nor body', async (t) => {
  const lines: string[] = [];
  const bench = await start(t, {
    handler: () => Promise.reject(new Error('patient 279035121518989')),
    log: (line) => lines.push(line),
  });
  if (bench === undefined) return;
  assert.ok('broken' in (await bench.client.post(bench.simulator.url, 'x')));
  assert.match(lines.join(), /request failed: Error/);
  assert.doesNotMatch(lines.join(), /279035121518989/);
});
