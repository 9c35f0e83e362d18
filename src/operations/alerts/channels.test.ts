/** The two ways out, to a real SMTP server and a real HTTPS receiver. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { before, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { scratch } from '../../cli/cli.fixture.ts';
import { type AlertsConfig, alertsSchema } from '../../config/operations-schema.ts';
import { type DemoPki, ensureDemoPki } from '../../demo/pki.ts';
import { alertRules } from '../../rules/alerts.ts';
import { createChannels } from './channels.ts';
import type { AlertMessage } from './message.ts';

const folder = scratch();
const SECRET = 'secret-de-l-essai-0123456789';
const MESSAGE: AlertMessage = {
  id: '5f0c2a54-6d0e-4e0f-9d6b-2f1f6f3a9c11',
  event: 'start',
  alert: {
    ruleId: alertRules.serviceDown.id,
    subject: 'INSi',
    severity: 'critical',
    detail: 'ne répond plus depuis 12 minutes',
    eg: null,
    startedAt: new Date('2026-11-23T08:00:00Z'),
    endedAt: null,
  },
  installation: 'essai',
  at: new Date('2026-11-23T08:00:05Z'),
};

let pki: DemoPki;
before(async () => {
  pki = await ensureDemoPki(join(folder.path, 'pki'), { ej: '990000010', otherEj: '990000093' }, () => new Date());
});

async function serverKeys(): Promise<{ cert: Buffer; key: Buffer }> {
  const [cert, key] = await Promise.all([readFile(pki.server.certFile), readFile(pki.server.keyFile)]);
  return { cert, key };
}

async function smtp(
  t: { after(end: () => Promise<void>): void },
  options: { secure: boolean; disabledCommands?: string[] },
) {
  const mails: { secure: boolean; user: string; to: string[]; body: string }[] = [];
  const server = new SMTPServer({
    ...options,
    ...(await serverKeys()),
    authOptional: options.disabledCommands !== undefined,
    onAuth: ({ username, password }, _session, done) =>
      password === 'mot-de-passe' ? done(null, { user: username }) : done(new Error('refusé')),
    onData: async (stream, session, done) => {
      const body = await text(stream);
      const to = session.envelope.rcptTo.map(({ address }) => address);
      mails.push({ secure: session.secure, user: String(session.user ?? ''), to, body });
      done();
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(() => new Promise<void>((end) => server.close(() => end())));
  const address = server.server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, mails };
}

function config(alerts: object): AlertsConfig {
  return alertsSchema.parse(alerts);
}

const ALICE = { channel: 'mail', target: 'alice@ch-demo.example' } as const;

for (const security of ['starttls', 'tls'] as const)
  test(`a mail by ${security}, authenticated, in French, recognisable when it comes twice`, async (t) => {
    const { port, mails } = await smtp(t, { secure: security === 'tls' });
    const mail = {
      host: 'localhost',
      port,
      security,
      ca: pki.caFile,
      user: 'tdu',
      password: 'mot-de-passe',
      from: 'Passerelle <tdu@ch-demo.example>',
    };
    assert.equal(await createChannels(config({ mail })).send(ALICE, MESSAGE), undefined);
    const [received] = mails;
    assert.deepEqual(
      [mails.length, received?.secure, received?.user, received?.to],
      [1, true, 'tdu', ['alice@ch-demo.example']],
    );
    assert.match(received?.body ?? '', /Message-ID: <5f0c2a54-6d0e-4e0f-9d6b-2f1f6f3a9c11@ch-demo\.example>/i);
    assert.match(received?.body ?? '', /Auto-Submitted: auto-generated/i);
    assert.match(received?.body ?? '', /TDU-ALR-001/);
  });

test('a mail that would leave in clear is not sent', async (t) => {
  const { port, mails } = await smtp(t, { secure: false, disabledCommands: ['STARTTLS'] });
  const mail = { host: 'localhost', port, ca: pki.caFile, from: 'tdu@ch-demo.example' };
  assert.match((await createChannels(config({ mail })).send(ALICE, MESSAGE)) ?? '', /ETLS|STARTTLS/);
  assert.equal(mails.length, 0);
});

test('a wrong password is a reason, not a crash', async (t) => {
  const { port } = await smtp(t, { secure: false });
  const mail = { host: 'localhost', port, ca: pki.caFile, user: 'tdu', password: 'faux', from: 'tdu@ch-demo.example' };
  assert.match((await createChannels(config({ mail })).send(ALICE, MESSAGE)) ?? '', /EAUTH/);
});

async function receiver(t: { after(end: () => Promise<void>): void }, status: number, answer = true) {
  const calls: { signature: string; key: string; body: string }[] = [];
  const server = createServer(await serverKeys(), async (request, response) => {
    const { 'x-traitdunion-signature': signature, 'idempotency-key': key } = request.headers;
    calls.push({ signature: String(signature), key: String(key), body: await text(request) });
    if (answer) response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const webhook = {
    name: 'astreinte',
    url: `https://localhost:${port}/alertes`,
    secret: SECRET,
    ca: pki.caFile,
    timeoutMs: 500,
  };
  return { calls, channels: createChannels(config({ webhooks: [webhook] })), webhook };
}

const HOOK = { channel: 'webhook', target: 'astreinte' } as const;

test('a webhook is signed over its time and body', async (t) => {
  const { calls, channels } = await receiver(t, 204);
  assert.equal(await channels.send(HOOK, MESSAGE), undefined);
  const [call] = calls;
  assert.ok(call);
  const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(call.signature) ?? [];
  assert.equal(seconds, '1795420805');
  assert.equal(hex, createHmac('sha256', SECRET).update(`${seconds}.${call.body}`).digest('hex'));
  const body: { event: string; alert: { rule: string; owner: string } } = JSON.parse(call.body);
  assert.deepEqual(
    [body.event, body.alert.rule, body.alert.owner, call.key],
    ['start', 'TDU-ALR-001', 'exploitation', MESSAGE.id],
  );
});

test('a receiver that refuses, does not answer, or is not who it should be: not delivered, and why', async (t) => {
  assert.match((await (await receiver(t, 500)).channels.send(HOOK, MESSAGE)) ?? '', /HTTP 500/);
  assert.match((await (await receiver(t, 204, false)).channels.send(HOOK, MESSAGE)) ?? '', /timeout|abort/i);
  const { webhook, calls } = await receiver(t, 204);
  const { ca: _, ...untrusted } = webhook;
  const error = await createChannels(config({ webhooks: [untrusted] })).send(HOOK, MESSAGE);
  assert.match(error ?? '', /SELF_SIGNED|UNABLE_TO/);
  assert.equal(calls.length, 0);
});

test('what the shape of the configuration does not tell', () => {
  assert.throws(() => config({ webhooks: [{ name: 'x', url: 'http://ch.example/', secret: SECRET }] }), /https/);
  assert.throws(() => config({ webhooks: [{ name: 'x', url: 'https://ch.example/', secret: 'court' }] }));
});
