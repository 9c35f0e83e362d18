import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { DEMO_EG } from '../../demo/structure.ts';
import { cli, lastLine, launchCli, scratch } from '../cli.fixture.ts';

interface Announced {
  readonly simulator: string;
  readonly url: string;
  readonly control: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

const folder = scratch();

/** Started with free ports; `stop` gives the exit code. */
async function launch(t: TestContext, args: readonly string[]) {
  const child = launchCli(['sim', ...args, '--port', '0', '--control-port', '0', '--json']);
  const ended = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  child.stderr?.resume();
  assert.ok(child.stdout !== null);
  const lines = createInterface({ input: child.stdout });
  const [line]: unknown[] = await once(lines, 'line');
  const announced: Announced = JSON.parse(String(line));
  return {
    announced,
    async stop(signal: 'SIGTERM' | 'SIGINT'): Promise<unknown> {
      child.kill(signal);
      return (await ended)[0];
    },
  };
}

/** The status of a GET with these keys; undefined when the connection was refused. */
async function get(url: string, tls: Partial<Announced['tls']>): Promise<number | undefined> {
  const read = async (file: string | undefined) => (file === undefined ? undefined : readFile(file, 'utf8'));
  const [ca, cert, key] = await Promise.all([read(tls.ca), read(tls.cert), read(tls.key)]);
  const agent = new Agent({ keepAlive: false, ca, cert, key });
  return new Promise((resolve) => {
    const call = request(url, { agent }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.once('error', () => resolve(undefined));
    call.end();
  });
}

test('sim insi makes its keys, requires a certificate, takes the asked mode and stops on SIGTERM', async (t) => {
  const { announced, stop } = await launch(t, ['insi', '--data', folder.path, '--mode', 'live,prefix-shuffle']);
  assert.equal(announced.simulator, 'insi');
  assert.match(announced.url, /^https:\/\/localhost:\d+\/lps$/);
  assert.equal(announced.tls.cert, join(folder.path, 'pki/insi-auto.pem'));
  assert.ok((await get(announced.url, announced.tls)) !== undefined);
  assert.equal(await get(announced.url, { ca: announced.tls.ca }), undefined);
  const mode = await (await fetch(`${announced.control}/mode`)).json();
  assert.deepEqual(mode, { modes: ['live', 'prefix-shuffle'] });
  assert.equal(await stop('SIGTERM'), 0);
});

test('sim insi knows the sample patients beside the published identities', async (t) => {
  const { announced } = await launch(t, ['insi', '--data', folder.path]);
  const { count } = (await (await fetch(`${announced.control}/identities`)).json()) as { count: number };
  assert.ok(count > 20, `${count} identities`);
});

test('sim dmp takes given keys without touching them, and stops on SIGINT', async (t) => {
  const own = await launch(t, ['insi', '--data', folder.path]);
  await own.stop('SIGTERM');
  const pki = join(folder.path, 'pki');
  const before = await readFile(join(pki, 'ca.pem'), 'utf8');
  const { announced, stop } = await launch(t, ['dmp', '--data', join(folder.path, 'autre'), '--pki', pki]);
  assert.match(announced.url, /\/si-dmp-server\/v2\/services$/);
  assert.equal(announced.tls.cert, join(pki, 'auth-cli.pem'));
  assert.ok((await get(announced.url, announced.tls)) !== undefined);
  const found = await fetch(`${announced.control}/documents/search`, { method: 'POST', body: '{"uniqueId":"1.2.3"}' });
  assert.equal(found.status, 200);
  assert.equal(await readFile(join(pki, 'ca.pem'), 'utf8'), before);
  assert.equal(await stop('SIGINT'), 0);
});

test('a port that is taken is a wrong call', async (t) => {
  const { announced } = await launch(t, ['insi', '--data', folder.path]);
  const { port } = new URL(announced.url);
  const second = await cli(['sim', 'insi', '--data', join(folder.path, 'second'), '--port', port]);
  assert.equal(second.code, 2, second.stderr);
  assert.match(second.stderr, /Port déjà utilisé/);
});

test('sim dmp says what is wrong in its options, and takes those that are right', async (t) => {
  const refused = async (text: string) => {
    const file = await folder.file('choix.json', text);
    return cli(['sim', 'dmp', '--data', folder.path, '--options', file]);
  };
  for (const [text, reason] of [
    ['{"clockSkewSeconds": "5"}', /clockSkewSeconds/],
    ['{"inconnu": true}', /inconnu/],
    ['nia', /pas du JSON/],
    ['{"signerCa": "absente.pem"}', /Fichier illisible : .*absente\.pem/],
  ] as const) {
    const { code, stderr } = await refused(text);
    assert.equal(code, 2);
    assert.match(stderr, reason);
  }
  const file = await folder.file('choix.json', '{"nia": false, "signerCa": "pki/ca.pem"}');
  const { announced, stop } = await launch(t, ['dmp', '--data', folder.path, '--options', file]);
  assert.equal(announced.simulator, 'dmp');
  assert.equal(await stop('SIGTERM'), 0);
});

test('sim connector feeds the DMP of the day before, and keeps what it was told', async (t) => {
  const options = await folder.file('veille.json', '{"apiV1": "open", "td00": "open"}');
  const { announced } = await launch(t, ['dmp', '--data', folder.path, '--options', options]);
  await folder.file('lettre.txt', 'Fiction.');
  const pair = (name: string) => ({ cert: `pki/${name}.pem`, key: `pki/${name}.key` });
  const told = {
    product: 'DXCARE 7.7.7',
    to: announced.url.replace('/v2/', '/v1/'),
    ca: 'pki/ca.pem',
    client: pair('auth-cli'),
    signer: pair('sign'),
    site: { eg: DEMO_EG, name: 'Hôpital', oid: '1.2.3.4.77', ippDomain: '1.2.3.4.5' },
    user: { id: '801234567897', family: 'MARTIN', given: 'CLAIRE' },
    patients: [
      {
        ipp: 'D1',
        birthName: 'PAT-TROIS',
        firstGivenName: 'DOMINIQUE',
        sex: 'F',
        birthDate: '1979-03-28',
        birthPlace: '51215',
        card: { nir: '2790351215189', birthRank: 1 },
      },
    ],
    document: { file: 'lettre.txt', title: 'Lettre de liaison', typeCode: '11490-0' },
  };
  const run = async (change: object) => {
    const file = await folder.file('connecteur.json', JSON.stringify({ ...told, ...change }));
    return cli(['sim', 'connector', file, '--data', folder.path, '--json']);
  };
  const sent = await run({});
  assert.equal(sent.code, 0, sent.stderr);
  const { uniqueId, said, journal } = lastLine(sent) as { uniqueId: string; said: string; journal: string };
  assert.equal(said, 'accepted');
  assert.ok((await readFile(journal, 'utf8')).includes(uniqueId));
  const unknown = await run({ product: 'AUTRE 1' });
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /Produit « AUTRE 1 » inconnu.*ANTARES-DMP 2\.47/);
  const closed = await run({ to: announced.url });
  assert.equal(closed.code, 1, 'an INS-C is refused by API V2');
});
