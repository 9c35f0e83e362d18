/** The client against the simulator, which reads and checks with code of its own: each operation, each authentication. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import type { Matricule, Oid } from '../../ins/types.ts';
import type { Address } from '../../simulators/insi/checks.ts';
import { createIdentityBase } from '../../simulators/insi/identity-base.ts';
import { PUBLISHED_IDENTITIES, type PublishedIdentity } from '../../simulators/insi/published.ts';
import { createTeleservice, type TeleserviceOptions } from '../../simulators/insi/teleservice.ts';
import { createTestAuthority } from '../soap/certificates.fixture.ts';
import type { SoapRequest } from '../soap/transport.ts';
import { createSigner, type Signer } from '../xml/signer.ts';
import { cardReading } from './card-reading.ts';
import { createInsiClient, type InsiClient } from './client.ts';
import { cpsCredentials, type InsiCredentials, organisationCredentials, pscCredentials } from './credentials.ts';
import { insiQuery } from './query.ts';
import { VERIFICATION } from './verification.fixture.ts';

const NOW = new Date('2026-11-23T10:00:00.000Z');
const UNIT = '10B0152872';
const CHILD: PublishedIdentity = {
  birthName: 'PAT-TROIS',
  birthGivenNames: 'LEO',
  sex: 'M',
  birthDate: '2015-05-04',
  matricule: '115056322012370',
  oid: '1.2.250.1.213.1.4.10',
  insured: '2790351215189',
};

let signer: Signer;
before(async () => {
  const authority = await createTestAuthority('C=FR, O=ASIP-SANTE, CN=TEST AC IGC-SANTE ELEMENTAIRE PERSONNES');
  const { cert, key } = await authority.issue('C=FR, O=ASIP-SANTE, CN=899700123456');
  signer = createSigner({ certPem: cert, keyPem: key });
});

interface Bench {
  readonly client: InsiClient;
  readonly sent: SoapRequest[];
  /** Which check refused each request. */
  readonly refused: (string | undefined)[];
}

function against(
  credentials: InsiCredentials,
  address: Address,
  options: Partial<TeleserviceOptions> & { now?: () => Date } = {},
): Bench {
  const identities = createIdentityBase<PublishedIdentity>();
  for (const identity of [...PUBLISHED_IDENTITIES, CHILD]) identities.put(identity);
  const service = createTeleservice({
    identities,
    behaviour: () => ({ base: 'spec', shuffle: false, verification: true }),
    address: () => address,
    acceptedIdam: ['IDAM'],
    now: () => NOW,
    ...options,
  });
  const bench: Bench & { sent: SoapRequest[]; refused: (string | undefined)[] } = {
    sent: [],
    refused: [],
    client: createInsiClient({
      transport: {
        close: async () => undefined,
        post: async (request) => {
          bench.sent.push(request);
          const peer = { commonName: address === 'certificate' ? 'INSI-AUTO' : 'CPS', organizationalUnits: [UNIT] };
          const { response, refusedBy } = service.answer({
            method: 'POST',
            path: request.path,
            headers: { ...lowerCase(request.headers ?? {}), 'content-type': request.contentType },
            body: Buffer.concat(request.body),
            peer: { ...peer, subject: '', certificate: Buffer.alloc(0) },
          });
          bench.refused.push(refusedBy);
          const { status, body } = response;
          return { kind: 'answered', status, contentType: 'application/soap+xml', body: Buffer.from(body) };
        },
      },
      path: '/lps',
      lps: { idam: 'IDAM', version: '1', name: 'essai', instance: randomUUID() },
      credentials,
      verification: VERIFICATION,
      timeoutMs: 1_000,
      now: () => NOW,
      newUuid: randomUUID,
    }),
  };
  return bench;
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const CLAIMS = { billingId: '120459876', speciality: '01' };
const cps = (changes: Partial<Parameters<typeof cpsCredentials>[0]> = {}) =>
  cpsCredentials({ ...CLAIMS, sector: 'SA07', signer, lifetimeMs: 3_000_000, ...changes });
const psc = (changes: Partial<Parameters<typeof pscCredentials>[0]> = {}) =>
  pscCredentials({ ...CLAIMS, nameId: '899700123456', issuer: '899700123456', ...changes });

const DOMINIQUE = { birthName: 'PAT-TROIS', givenName: 'DOMINIQUE', sex: 'F', birthDate: '1979-03-28' };
async function search({ client, refused }: Bench): Promise<string> {
  const query = insiQuery(DOMINIQUE);
  assert.ok(query.ok);
  const { kind } = await client.search(query.value);
  return refused.at(-1) ?? kind;
}

test('each authentication is accepted at its own address, and refused at the other', async () => {
  const cases = [
    ['organisation', organisationCredentials(UNIT), 'certificate'],
    ['CPS', cps(), 'assertion'],
    ['CPS without speciality', cps({ speciality: undefined }), 'assertion'],
    ['PSC', psc(), 'assertion'],
    ['PSC of several professions', psc({ professionCode: '10' }), 'assertion'],
  ] as const;
  for (const [name, credentials, address] of cases) {
    assert.equal(await search(against(credentials, address)), 'found', name);
    const other = address === 'certificate' ? 'assertion' : 'certificate';
    assert.equal(await search(against(credentials, other)), 'security', name);
  }
});

test('the simulator refuses an assertion that is forged, old, of somebody else, or incomplete', async () => {
  const forged = (change: (security: string) => string): InsiCredentials => {
    const honest = cps();
    return { ...honest, security: async (at, uuid) => change(await honest.security(at, uuid)) };
  };
  const late = { now: () => new Date(NOW.getTime() + 3_600_001), clockSkewMs: 10_000_000 };
  const cases: readonly [string, InsiCredentials, Partial<TeleserviceOptions>?][] = [
    ['a claim changed after signature', forged((xml) => xml.replace('120459876', '120459877'))],
    ['another holder', forged((xml) => xml.replaceAll('>899700123456<', '>899700999999<'))],
    ['unsigned', forged((xml) => xml.replace(/<ds:Signature.*<\/ds:Signature>/s, ''))],
    ['two assertions', forged((xml) => xml.replace(/(<saml:Assertion.*<\/saml:Assertion>)/s, '$1$1'))],
    ['older than an hour', cps(), late],
    ['another issuer of the contexts', { ...cps(), emitter: '1' }],
    ['a card without billing identifier', cps({ billingId: '' })],
    ['Pro Santé Connect without billing identifier', psc({ billingId: '' })],
    ['Pro Santé Connect of nobody', psc({ nameId: '' })],
    ['no token where one is asked', psc(), { pscTokenHeader: 'Authorization' }],
  ];
  for (const [name, credentials, options] of cases)
    assert.equal(await search(against(credentials, 'assertion', options)), 'security', name);
});

test('one card assertion serves again until its time is over; each Pro Santé Connect one is new', async () => {
  const ids = async (credentials: InsiCredentials, minutes: readonly number[]) => {
    const found: (string | undefined)[] = [];
    for (const after of minutes) {
      const security = await credentials.security(new Date(NOW.getTime() + after * 60_000), randomUUID);
      found.push(/ID="([^"]+)"/.exec(security)?.[1]);
    }
    return found;
  };
  const [first, same, next] = await ids(cps(), [0, 49, 51]);
  assert.equal(first, same);
  assert.notEqual(same, next);
  assert.equal(new Set(await ids(psc(), [0, 0])).size, 2);
});

test('the token goes in the header that the configuration says, and nothing is sent when it cannot be read', async () => {
  const token = { header: 'X-Jeton', scheme: 'Bearer', read: async () => 'abc\n' };
  const bench = against(psc({ token }), 'assertion', { pscTokenHeader: 'X-Jeton' });
  assert.equal(await search(bench), 'found');
  assert.deepEqual(bench.sent[0]?.headers, { 'X-Jeton': 'Bearer abc' });
  const read = () => Promise.reject(new Error('ENOENT'));
  const without = against(psc({ token: { ...token, read } }), 'assertion');
  assert.equal(await search(without), 'unavailable');
  assert.equal(without.sent.length, 0);
});

test('by the card: the own number, else that of the insured person with date and rank', async () => {
  const bench = against(organisationCredentials(UNIT), 'certificate');
  const byCard = async (input: Parameters<typeof cardReading>[0]): Promise<string> => {
    const card = cardReading(input);
    assert.ok(card.ok);
    const outcome = await bench.client.searchByCard(card.value);
    return outcome.kind === 'found' ? outcome.identity.ins.matricule : (bench.refused.at(-1) ?? outcome.kind);
  };
  const insured = '279035121518989';
  assert.equal(await byCard({ insured, birthDate: '1979-03-28' }), insured);
  assert.equal(await byCard({ insured, birthDate: CHILD.birthDate }), CHILD.matricule, 'the child, not the parent');
  assert.equal(await byCard({ insured, birthDate: CHILD.birthDate, birthRank: 2 }), 'none');
  const whole = { regime: '01', fund: '751', centre: '0000', bearer: '0', certifiedOn: '2020-01-01' };
  const own = { ...whole, insured, beneficiary: '109076322083489', birthDate: '2009-07-14' };
  assert.equal(await byCard(own), '109076322083489');
  assert.equal(await byCard({ ...own, birthName: 'Autre' }), 'none');
});

test('verification: yes for the INS with its traits, no for anything else, a fault where the platform has no such operation', async () => {
  const verify = async ({ client }: Bench, matricule: string, traits = DOMINIQUE): Promise<string> => {
    const query = insiQuery(traits);
    assert.ok(query.ok);
    const ins = { matricule: matricule as Matricule, oid: '1.2.250.1.213.1.4.10' as Oid };
    return (await client.verify({ ins, traits: query.value })).kind;
  };
  const bench = against(organisationCredentials(UNIT), 'certificate');
  assert.equal(await verify(bench, '279035121518989'), 'identical');
  assert.equal(await verify(bench, '279035121518989', { ...DOMINIQUE, birthDate: '1979-03-29' }), 'different');
  assert.equal(await verify(bench, CHILD.matricule), 'different');
  const without = against(organisationCredentials(UNIT), 'certificate', {
    behaviour: () => ({ base: 'spec', shuffle: false }),
  });
  assert.equal(await verify(without, '279035121518989'), 'transient');
  assert.equal(without.refused[0], 'action');
});
