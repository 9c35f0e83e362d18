import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import type { Refusal } from '../../rules/rule.ts';
import {
  clientTls,
  createTestAuthority,
  type TestAuthority,
  type TestCertificate,
} from '../soap/certificates.fixture.ts';
import { type HttpsDoor, type LegacyPost, startHttpsDoor } from './https-door.ts';

const MEGABYTE = 1024 * 1024;

let authority: TestAuthority;
let declared: TestCertificate;
let undeclared: TestCertificate;
let door: HttpsDoor;
let posts: LegacyPost[] = [];
let refused: string[] = [];
let answer: (post: LegacyPost) => Promise<{ status: number; contentType: string; body: Buffer }>;

const said = (text: string) => ({ status: 200, contentType: 'text/plain', body: Buffer.from(text) });

before(async () => {
  authority = await createTestAuthority('CN=AUTORITE');
  [declared, undeclared] = await Promise.all([authority.issue('CN=CONNECTEUR'), authority.issue('CN=AUTRE')]);
  answer = async (post) => {
    posts.push(post);
    return said('fait');
  };
  door = await startHttpsDoor({
    host: '127.0.0.1',
    port: 0,
    tls: clientTls(authority, await authority.issue('CN=localhost')),
    sharedPort: false,
    maxBodyBytes: MEGABYTE,
    maxConnections: 3,
    idleMs: 5_000,
    requestMs: 1_000,
    finishMs: 1_000,
    isKnown: (name) => name === 'CONNECTEUR',
    onPost: (post) => answer(post),
    refuse: ({ rule }: Refusal) => said(rule.id),
    onRefused: ({ rule }) => refused.push(rule.id),
  });
});
after(() => door.close());

interface Got {
  readonly status: number;
  readonly text: string;
}

function post(certificate: TestCertificate, body: Buffer, method = 'POST'): Promise<Got> {
  posts = [];
  refused = [];
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: door.port,
        path: '/si-dmp?wsdl',
        method,
        ca: authority.ca,
        ...certificate,
        agent: false,
      },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

test('a declared connector is answered; its name, its path and its bytes are handed over', async () => {
  assert.deepEqual(await post(declared, Buffer.from('demande')), { status: 200, text: 'fait' });
  const [seen] = posts;
  assert.deepEqual(
    [seen?.path, seen?.peer.certificateName, seen?.body.toString()],
    ['/si-dmp', 'CONNECTEUR', 'demande'],
  );
});

test('a certificate that nobody declared is cut before anything of the request is read', async () => {
  await assert.rejects(post(undeclared, Buffer.alloc(MEGABYTE)), /ECONNRESET|socket hang up|EPIPE/);
  assert.deepEqual([posts, refused], [[], ['TDU-LEG-001']]);
});

test('without a certificate of the authority there is no connection', async () => {
  const stranger = await (await createTestAuthority('CN=AUTRE AUTORITE')).issue('CN=CONNECTEUR');
  await assert.rejects(post(stranger, Buffer.from('x')));
  assert.deepEqual([posts, refused], [[], ['TDU-HL7-014']]);
});

test('a body that is too large is refused, announced or not; a GET too', async () => {
  assert.deepEqual(
    await post(declared, Buffer.alloc(MEGABYTE + 1)).catch(() => ({ status: 413, text: 'TDU-LEG-023' })),
    {
      status: 413,
      text: 'TDU-LEG-023',
    },
  );
  assert.deepEqual([posts, refused], [[], ['TDU-LEG-023']]);
  assert.deepEqual(await post(declared, Buffer.alloc(0), 'GET'), { status: 405, text: 'TDU-LEG-003' });
});

test('what fails here is told as ours, and the next request is served', async () => {
  const before = answer;
  answer = async () => {
    throw new Error('database');
  };
  assert.deepEqual(await post(declared, Buffer.from('x')), { status: 200, text: 'TDU-LEG-017' });
  answer = before;
  assert.equal((await post(declared, Buffer.from('x'))).text, 'fait');
});

test('a request that does not end in time is cut', async () => {
  const socket = connect({ host: '127.0.0.1', port: door.port, ca: authority.ca, ...declared });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.resume();
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc');
  await closed;
  assert.equal(posts.length, 1, 'the one of the test before');
});
