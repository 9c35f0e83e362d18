import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { control, createClient, type Reply, type TestClient } from '../common/https-client.fixture.ts';
import { createTestAuthority, OPENSSL_MISSING } from '../common/pki.fixture.ts';
import type { RunningSimulator } from '../common/service.ts';
import type { KnownIdentity } from './identity-base.ts';
import { createInsiSimulator, type InsiSimulatorOptions } from './insi-simulator.ts';
import { PUBLISHED_IDENTITIES } from './published.ts';
import { readReply } from './reply.fixture.ts';
import { DOMINIQUE, IDAM, NOW, type Traits, traitsRequest, turning } from './request.fixture.ts';

const authority = createTestAuthority();

const PATIENT: KnownIdentity = {
  birthName: 'EXEMPLE',
  birthGivenNames: 'ALIX CAMILLE',
  sex: 'F',
  birthDate: '1984-05-06',
  birthPlace: '63113',
  matricule: '284056311399171',
  oid: '1.2.250.1.213.1.4.10',
};
const ALIX: Traits = { name: 'EXEMPLE', given: 'ALIX', sex: 'F', date: '1984-05-06' };

interface Bench {
  readonly directory: string;
  readonly client: TestClient;
  start(options?: Partial<InsiSimulatorOptions>): Promise<RunningSimulator>;
}

async function bench(t: TestContext): Promise<Bench | undefined> {
  if (authority === undefined) {
    t.skip(OPENSSL_MISSING);
    return undefined;
  }
  const directory = await mkdtemp(join(tmpdir(), 'tdu-insi-'));
  const client = createClient(authority.client('/C=FR/OU=10B0152872/CN=INSI-AUTO'));
  const running: RunningSimulator[] = [];
  t.after(async () => {
    client.close();
    await Promise.all(running.map((each) => each.close()));
    await rm(directory, { recursive: true });
  });
  return {
    directory,
    client,
    async start(options = {}) {
      const simulator = await createInsiSimulator({
        directory,
        tls: authority.server,
        port: 0,
        controlPort: 0,
        now: () => NOW,
        acceptedIdam: [IDAM],
        ...options,
      });
      running.push(simulator);
      return simulator;
    },
  };
}

function ask(client: TestClient, simulator: RunningSimulator, traits: Traits, messageId?: string): Promise<Reply> {
  return client.post(`${simulator.url}/lps`, traitsRequest(traits, messageId), {
    'content-type': 'application/soap+xml; charset=utf-8',
  });
}

async function code(client: TestClient, simulator: RunningSimulator, traits: Traits): Promise<string> {
  const reply = await ask(client, simulator, traits);
  if ('broken' in reply) return reply.broken;
  const read = readReply(reply.body);
  return read.fault?.code ?? read.code ?? '';
}

test('a search over mutual TLS, counted in the statistics', async (t) => {
  const b = await bench(t);
  if (b === undefined) return;
  const simulator = await b.start();
  const reply = await ask(b.client, simulator, DOMINIQUE);
  assert.ok('status' in reply);
  assert.equal(reply.headers['content-type'], 'application/soap+xml; charset=utf-8');
  assert.equal(readReply(reply.body).active, '297022A020778 78 1.2.250.1.213.1.4.8');
  assert.equal(await code(b.client, simulator, { ...DOMINIQUE, given: 'ZOE' }), '01');
  assert.equal(await code(b.client, simulator, { ...DOMINIQUE, sex: 'I' }), 'insi_102');
  const { body } = await control(simulator.control, 'GET /stats');
  const transaction = 'rechercherInsAvecTraitsIdentite';
  assert.deepEqual(body, {
    total: 3,
    items: [
      { transaction, apiVersion: '1.0.0', identityKind: 'INS-NIR', outcome: '00', count: 1 },
      { transaction, apiVersion: '1.0.0', identityKind: 'none', outcome: '01', count: 1 },
      { transaction, apiVersion: '1.0.0', identityKind: 'none', outcome: 'insi_102', count: 1 },
    ],
    byCaller: [],
    byTransaction: { [transaction]: 3 },
    byApiVersion: { '1.0.0': 3 },
    byIdentityKind: { 'INS-NIR': 1, none: 2 },
    byOutcome: { '00': 1, '01': 1, insi_102: 1 },
  });
});

test('the CN of the real certificate decides', async (t) => {
  const b = await bench(t);
  if (b === undefined || authority === undefined) return;
  const simulator = await b.start();
  const other = createClient(authority.client('/C=FR/OU=10B0152872/CN=ORG AUTH_CLI'));
  t.after(() => other.close());
  assert.equal(await code(other, simulator, DOMINIQUE), 'desir_560');
});

test('identities added by the control API are known at once, and again after a restart', async (t) => {
  const b = await bench(t);
  if (b === undefined) return;
  const first = await b.start();
  assert.equal(await code(b.client, first, ALIX), '01');
  const published = PUBLISHED_IDENTITIES.length;
  assert.deepEqual((await control(first.control, 'GET /identities')).body, { count: published });
  const added = await control(first.control, 'POST /identities', { identities: [PATIENT] });
  assert.deepEqual(added, { status: 200, body: { added: 1, count: published + 1 } });
  assert.equal(await code(b.client, first, ALIX), '00');
  await first.close();
  const second = await b.start();
  assert.deepEqual((await control(second.control, 'GET /identities')).body, { count: published + 1 });
  assert.equal(await code(b.client, second, { ...ALIX, given: 'CAMILLE', place: '63113' }), '00');
});

test('an identity may be given alone, or in a list, in the shape of a patient of the REST contract', async (t) => {
  const b = await bench(t);
  if (b === undefined) return;
  const simulator = await b.start();
  const { birthGivenNames, oid: _, ...rest } = PATIENT;
  const patient = { ...rest, firstGivenName: birthGivenNames, identifiers: [], status: 'PROV' };
  assert.equal((await control(simulator.control, 'POST /identities', patient)).status, 200);
  const spaced = PATIENT.matricule.replace(/..$/, ' 00');
  const other = { ...patient, firstGivenName: null, birthGivenNames: birthGivenNames.split(' '), matricule: spaced };
  assert.equal((await control(simulator.control, 'POST /identities', [other])).status, 200);
  assert.deepEqual((await control(simulator.control, 'GET /identities')).body, {
    count: PUBLISHED_IDENTITIES.length + 2,
  });
});

test('identities of the option are journalled once, and a changed one replaces the old', async (t) => {
  const b = await bench(t);
  if (b === undefined) return;
  const file = join(b.directory, 'insi-identities.jsonl');
  await (await b.start({ identities: [PATIENT] })).close();
  await (await b.start({ identities: [PATIENT] })).close();
  assert.equal((await readFile(file, 'utf8')).split('\n').length, 2);
  const history = [{ matricule: '284059935199131', oid: '1.2.250.1.213.1.4.9' as const, startDate: '2020-01-01' }];
  const simulator = await b.start({ identities: [{ ...PATIENT, birthDate: '1984-05-07', history }] });
  assert.equal(await code(b.client, simulator, ALIX), '01');
  const reply = await ask(b.client, simulator, { ...ALIX, date: '1984-05-07' });
  assert.ok('status' in reply);
  assert.deepEqual(readReply(reply.body).history, ['2840599351991 31 1.2.250.1.213.1.4.9']);
});

test('a journal torn by a crash keeps what was confirmed', async (t) => {
  const b = await bench(t);
  if (b === undefined) return;
  await (await b.start({ identities: [PATIENT] })).close();
  await appendFile(join(b.directory, 'insi-identities.jsonl'), '{"birthName":"TOR');
  assert.equal(await code(b.client, await b.start(), ALIX), '00');
});

test('an identity that INSi could not hold is refused with its reason, and none of its list is kept', async (t) => {
  const b = await bench(t);
  if (b === undefined) return;
  const simulator = await b.start();
  const before = await control(simulator.control, 'GET /identities');
  const wrongs = [
    { birthName: 'Exemple' },
    { birthGivenNames: 'ALIX--CAMILLE' },
    { sex: 'I' },
    { birthDate: '06/05/1984' },
    { birthPlace: 'PARIS' },
    { matricule: '28405631139917' },
    { oid: '1.2.250.1.213.1.4.2' },
  ];
  for (const wrong of wrongs) {
    const order = {
      identities: [
        { ...PATIENT, matricule: '284056311399268' },
        { ...PATIENT, ...wrong },
      ],
    };
    const { status, body } = await control(simulator.control, 'POST /identities', order);
    assert.equal(status, 400, JSON.stringify(wrong));
    assert.match(JSON.stringify(body), /"path":"identities\.1/);
  }
  assert.equal((await control(simulator.control, 'POST /identities', { identities: [] })).status, 400);
  assert.deepEqual(await control(simulator.control, 'GET /identities'), before);
  await assert.rejects(b.start({ identities: [{ ...PATIENT, birthName: 'Exemple' }] }), { name: 'ZodError' });
});

test('the mode is an option and can be switched while running', async (t) => {
  const b = await bench(t);
  if (b === undefined) return;
  const simulator = await b.start({ modes: ['live', 'prefix-shuffle'] });
  const unknown = { ...DOMINIQUE, given: 'ZOE' };
  assert.deepEqual((await control(simulator.control, 'GET /mode')).body, { modes: ['live', 'prefix-shuffle'] });
  assert.equal(await code(b.client, simulator, unknown), 'insi_102');
  const switched = await control(simulator.control, 'POST /mode', { mode: 'spec' });
  assert.deepEqual(switched, { status: 200, body: { modes: ['spec'] } });
  assert.equal(await code(b.client, simulator, unknown), '01');
  for (const order of [{ mode: 'fast' }, { modes: ['spec', 'live'] }, {}, undefined]) {
    assert.equal((await control(simulator.control, 'POST /mode', order)).status, 400, JSON.stringify(order));
  }
  assert.deepEqual((await control(simulator.control, 'GET /mode')).body, { modes: ['spec'] });
});

test('prefix-shuffle changes prefixes and language from one answer to the next', async (t) => {
  const b = await bench(t);
  if (b === undefined) return;
  const simulator = await b.start({ modes: ['prefix-shuffle'], random: turning() });
  const prefixes = new Set<string>();
  const languages = new Set<string>();
  for (let n = 0; n < 12; n += 1) {
    const reply = await ask(b.client, simulator, { name: 'DE VINCI', given: 'RUTH', sex: 'F', date: '1976-07-14' });
    assert.ok('status' in reply);
    const fault = readReply(reply.body).fault;
    assert.deepEqual([fault?.subcode, fault?.code], ['siram_40', 'insi_102']);
    languages.add(fault?.lang ?? '');
    for (const [, prefix] of reply.body.matchAll(/<(\w+):(?:Envelope|Body)/g)) prefixes.add(prefix ?? '');
  }
  assert.deepEqual([...languages].sort(), ['en', 'fr']);
  assert.deepEqual([...prefixes].sort(), ['S', 'env', 'soap']);
});

test('the soap-fault fault is desir_1020: service temporarily unavailable', async (t) => {
  const b = await bench(t);
  if (b === undefined) return;
  const simulator = await b.start();
  await control(simulator.control, 'POST /faults', { fault: 'soap-fault', rate: 1 });
  const reply = await ask(b.client, simulator, DOMINIQUE);
  assert.ok('status' in reply);
  const fault = readReply(reply.body).fault;
  assert.deepEqual(
    [reply.status, fault?.role, fault?.subcode, fault?.code, fault?.severity],
    [500, 'Sender', 'siram_40', 'desir_1020', 'fatale'],
  );
});

test('after a lost answer the same message is a replay', async (t) => {
  const b = await bench(t);
  if (b === undefined) return;
  const lines: string[] = [];
  const simulator = await b.start({ log: (line) => lines.push(line) });
  const id = 'uuid:5237f6ac-a5ee-4505-89fb-d25d9180dafd';
  await control(simulator.control, 'POST /faults', { fault: 'lost-answer', rate: 1 });
  assert.ok('broken' in (await ask(b.client, simulator, DOMINIQUE, id)));
  await control(simulator.control, 'DELETE /faults');
  const again = await ask(b.client, simulator, DOMINIQUE, id);
  assert.ok('status' in again);
  assert.match(readReply(again.body).fault?.detail ?? '', /déjà reçu/);
  assert.deepEqual(lines, ['insi simulator: rechercherInsAvecTraitsIdentite refused by check replay']);
});
