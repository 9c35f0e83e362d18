/**
 * The published INSi identities (ins.md 8), end to end: an admission with an identity card, our client, the strict
 * simulator, the judgement, the status. In mode `spec`, the answers that the specification gives.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { INS_OIDS } from '../ins/oids.ts';
import { createIdentityBase } from '../simulators/insi/identity-base.ts';
import { behaviourOf, type Mode } from '../simulators/insi/modes.ts';
import { PUBLISHED_IDENTITIES, type PublishedIdentity } from '../simulators/insi/published.ts';
import { IDAM, received } from '../simulators/insi/request.fixture.ts';
import { createTeleservice } from '../simulators/insi/teleservice.ts';
import { insHistoryOf } from '../store/known-ins.ts';
import { createInsiClient } from '../wire/insi/client.ts';
import { organisationCredentials } from '../wire/insi/credentials.ts';
import { VERIFICATION } from '../wire/insi/verification.fixture.ts';

interface Person {
  readonly name: string;
  readonly list: string;
  readonly first?: string;
  readonly sex: 'M' | 'F';
  readonly date: string;
  readonly place?: string;
  /** Status, INSi state, first 13 characters of the INS in force, numbers known as former. */
  readonly expected: string;
}

const ECETINSI = 'PIERRE-ALAIN MURIEL FLORIANT';

const PEOPLE: readonly Person[] = [
  {
    name: "D'ARTAGNAN DE L'HERAULT",
    list: ECETINSI,
    sex: 'M',
    date: '20010617',
    place: '63220',
    expected: 'QUAL settled 1010663220754',
  },
  {
    name: 'ADRTROIS',
    list: 'TOUSSAINT',
    sex: 'M',
    date: '19600101',
    place: '2B020',
    expected: 'QUAL settled 160012B020777',
  },
  {
    name: 'ECETINSI',
    list: ECETINSI,
    sex: 'M',
    date: '20090714',
    expected: 'QUAL settled 1090763220834 2090763220834',
  },
  { name: 'PROVISOIRE', list: 'MATRICULE', sex: 'M', date: '20090701', expected: 'QUAL settled 1090763220888' },
  { name: 'DE VINCI', list: 'LEONARDO', sex: 'M', date: '20140201', expected: 'VALI several -' },
  {
    name: 'DE VINCI',
    list: 'LEONARDO',
    sex: 'M',
    date: '20140201',
    place: '63220',
    expected: 'QUAL settled 1140263220991',
  },
  // Asked as OLA, then CATARINA: found by a name that does not begin the list, so a person settles.
  { name: 'TCHITCHI', list: 'OLA CATARINA BELLA', sex: 'F', date: '19360621', expected: 'VALI discrepancy -' },
  { name: 'TCHITCHI', list: 'CATARINA BELLA', sex: 'F', date: '19360621', expected: 'QUAL settled 2360663220836' },
  { name: 'HOUILLES', list: 'PIERRE PAUL JACQUES', sex: 'M', date: '19930127', expected: 'VALI not-found -' },
  // INSHISTO repeats the active number: that is no former one.
  { name: 'CORSE', list: 'ANTHONY', sex: 'M', date: '19800302', expected: 'QUAL settled 180032B020401' },
  // Published with a wrong key, kept as INSi returned it (trap 1).
  { name: 'HERMANN', list: 'GATIEN', sex: 'M', date: '19810324', expected: 'QUAL settled 1810363220456 2810363220456' },
  {
    name: 'ADRTROIS',
    list: 'DOMINIQUE',
    sex: 'F',
    date: '19970226',
    place: '2A020',
    expected: 'QUAL settled 297022A020778',
  },
  { name: 'ADRUN', list: 'ZOE', sex: 'F', date: '19751231', expected: 'QUAL settled 2751263220749' },
  { name: 'NESSI', list: 'MICHELANGELO ANTHONY', sex: 'M', date: '20100807', expected: 'QUAL settled 1100863220830' },
  // siram_40/insi_102: a technical fault, asked again later.
  { name: 'DE VINCI', list: 'RUTH', sex: 'F', date: '19760714', expected: 'VALI queued -' },
];

function connect(bench: UseCaseBench, mode: Mode): void {
  const identities = createIdentityBase<PublishedIdentity>();
  for (const identity of PUBLISHED_IDENTITIES) identities.put(identity);
  const teleservice = createTeleservice({
    identities,
    behaviour: () => behaviourOf([mode]),
    acceptedIdam: [IDAM],
    now: bench.context.now,
    newUuid: randomUUID,
    random: () => 0,
  });
  const client = createInsiClient({
    transport: {
      post: async ({ contentType, body }) => {
        const { response } = teleservice.answer(
          received(Buffer.concat(body), { headers: { 'content-type': contentType } }),
        );
        return {
          kind: 'answered',
          status: response.status,
          contentType: 'application/soap+xml',
          body: Buffer.from(response.body),
        };
      },
      close: async () => {},
    },
    path: '/lps',
    lps: { idam: IDAM, version: '0.1.0', name: 'traitdunion', instance: '7a2b3c4d-0000-4000-8000-000000000001' },
    credentials: organisationCredentials('10B0152872'),
    verification: VERIFICATION,
    timeoutMs: 1_000,
    now: bench.context.now,
    newUuid: randomUUID,
  });
  bench.insi.answer = (query) => client.search(query);
}

async function admitted(
  bench: UseCaseBench,
  { name, list, first, sex, date, place }: Person,
  ipp: string,
): Promise<void> {
  const patient = {
    ipp,
    birthName: name,
    firstGivenName: first ?? list.split(' ')[0] ?? '',
    birthGivenNames: list,
    sex,
    birthDate: date,
    birthPlace: place ?? '',
  };
  await bench.admit({ patient, proof: { deviceType: 'CN' } });
  await bench.run('insi');
}

async function became(bench: UseCaseBench, ipp: string): Promise<string> {
  const { id, status, insiState, matricule } = await bench.identity(ipp);
  const known = await insHistoryOf(bench.context.pool, id);
  const former = known
    .filter(({ standing }) => standing === 'former')
    .map(({ matricule: number }) => number.slice(0, 13));
  return [status, insiState, matricule?.slice(0, 13) ?? '-', ...former].join(' ');
}

test('each published identity, admitted with an identity card, becomes what its answer makes it', async (t) => {
  const production = [INS_OIDS.nir, INS_OIDS.nia, INS_OIDS.nirTest];
  const bench = await openBench(t, (config) => ({ ...config, acceptedInsOids: production }));
  connect(bench, 'spec');
  const outcomes: string[] = [];
  for (const [index, person] of PEOPLE.entries()) {
    // The same person twice would be a duplicate: each stands alone.
    await bench.context.pool.query('update identity set active = false');
    await admitted(bench, person, `PUB-${index}`);
    outcomes.push(await became(bench, `PUB-${index}`));
  }
  assert.deepEqual(
    outcomes.map((outcome, index) => `${PEOPLE[index]?.name} ${PEOPLE[index]?.list}: ${outcome}`),
    PEOPLE.map(({ name, list, expected }) => `${name} ${list}: ${expected}`),
  );
  const hermann = PEOPLE.findIndex(({ name }) => name === 'HERMANN');
  assert.ok(
    (await bench.history(`PUB-${hermann}`)).some(({ event }) => event.includes('alerte : la clé du matricule')),
  );
});

test('ligatures are transliterated before INSi is asked', async (t) => {
  const bench = await openBench(t);
  connect(bench, 'spec');
  await admitted(bench, { name: 'D’Æion', list: 'Cœur', sex: 'M', date: '19870101', expected: '' }, 'PUB-L');
  assert.deepEqual(
    bench.insi.asked.map(({ birthName, givenName }) => `${birthName} ${givenName}`),
    ["D'AEION COEUR"],
  );
});

test('on the platform, whoever is unknown is a fault and not an absence: the question stays', async (t) => {
  const bench = await openBench(t);
  connect(bench, 'live');
  await admitted(bench, { name: 'HOUILLES', list: 'PIERRE', sex: 'M', date: '19930127', expected: '' }, 'PUB-V');
  assert.equal(await became(bench, 'PUB-V'), 'VALI queued -');
});
