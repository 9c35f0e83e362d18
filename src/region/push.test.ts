import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { DEMO_EG, DEMO_SECOND_EG } from '../demo/structure.ts';
import { feedRules } from '../rules/feed.ts';
import { regionRules } from '../rules/region.ts';
import { many, one } from '../store/db.ts';
import { correctionsOf } from '../store/region-figures.ts';
import { ownFigures } from '../store/region-own.ts';
import { shownFigures } from '../store/region-reads.ts';
import { countOwn } from './own.ts';
import { keyIdOf, pushSchema, pushText, type SignedHeaders, signPush } from './push-text.ts';
import { type PushOutcome, receivePush, registerInstallation, revoke } from './receive-push.ts';
import { addLedger, figure, type House, keyPair, openHouse, REGION, seal } from './region.fixture.ts';
import { type PushAnswer, pushCounts, type RegionLine } from './send-push.ts';

const EGS = [DEMO_EG, DEMO_SECOND_EG];
const ALL = { eg: null, from: '2023-01', to: '2026-12' };
const URL_OF_REGION = 'https://region.invalid';

/** The region has other establishments of its own than the house that pushes. */
async function openRegion(t: TestContext): Promise<House> {
  return openHouse(t, (config) => ({
    ...config,
    legalEntities: [
      {
        finess: '990009010',
        name: 'Région',
        documentRoot: '1.2.3.4.9',
        geographicEntities: [{ finess: '990009028', name: 'Région', sector: 'SA01' }],
      },
    ],
    sources: config.sources.map((source) => ({ ...source, eg: '990009028' })),
    mssante: undefined,
    incomingMail: undefined,
  }));
}

interface Pair {
  readonly region: House;
  readonly house: House;
  readonly line: RegionLine;
  readonly keyId: string;
  /** What the line does to each call; by default nothing. */
  cut: (call: () => Promise<PushAnswer>) => Promise<PushAnswer>;
  readonly sent: { headers: SignedHeaders; body: Buffer }[];
}

function answerOf(outcome: PushOutcome): PushAnswer {
  if (outcome.kind === 'out-of-order') return outcome;
  const { result } = outcome;
  if (result.ok) return { kind: 'taken' };
  return { kind: 'refused', rule: result.refusal.rule.id, detail: result.refusal.detail ?? '' };
}

async function openPair(t: TestContext): Promise<Pair> {
  const [region, house] = [await openRegion(t), await openHouse(t)];
  const { key, publicKey } = keyPair();
  const establishments = EGS.map((eg) => ({ eg, ej: '990000010', name: `Hôpital ${eg}`, legalName: '' }));
  const registered = await registerInstallation(
    region.context,
    { name: 'CH de Démonstration', publicKey, establishments },
    REGION,
  );
  assert.ok(registered.ok);
  const pair: Pair = {
    region,
    house,
    keyId: registered.value.keyId,
    cut: (call) => call(),
    sent: [],
    line: {
      url: URL_OF_REGION,
      key: key.privateKey,
      post: (headers, body) => {
        pair.sent.push({ headers, body });
        return pair.cut(async () => answerOf(await receivePush(region.context, headers, body)));
      },
    },
  };
  return pair;
}

async function feed({ house }: Pair, eg: string, days: readonly string[]): Promise<void> {
  await addLedger(
    house.pool,
    days.map((day) => ({ eg, at: new Date(`${day}T09:00:00Z`), destination: 'DMP' as const })),
  );
  await seal(house.pool);
  await countOwn(house.context);
}

const added = async ({ region }: Pair): Promise<(string | number | null)[][]> =>
  (await shownFigures(region.pool, ALL)).filter((row) => row.added !== 0).map((row) => [row.eg, row.month, row.added]);

function senderRow({ house }: Pair) {
  return one<{ pending: Buffer | null; failure: string | null; sequence: number }>(
    house.pool,
    'select pending, failure, sequence from region_sender',
  );
}

test('counts reach the region with their origin, and only what changed leaves again', async (t) => {
  const pair = await openPair(t);
  await feed(pair, DEMO_EG, ['2026-10-05', '2026-11-02', '2026-11-03']);
  assert.deepEqual(await pushCounts(pair.house.context, pair.line), { taken: 1, failure: null, ruleId: null });
  const expected = [
    [DEMO_EG, '2026-10', 1],
    [DEMO_EG, '2026-11', 2],
  ];
  assert.deepEqual(await added(pair), expected);
  const [row] = await shownFigures(pair.region.pool, ALL);
  assert.deepEqual([row?.origin, row?.source, row?.identityKind], ['pushed', pair.keyId, 'INS']);
  assert.deepEqual(await pushCounts(pair.house.context, pair.line), { taken: 0, failure: null, ruleId: null });
  await feed(pair, DEMO_EG, ['2026-11-20']);
  await pushCounts(pair.house.context, pair.line);
  assert.equal(pair.sent.length, 2);
  const { figures } = pushSchema.parse(JSON.parse(pair.sent[1]?.body.toString() ?? ''));
  assert.deepEqual(
    figures.map(({ eg, month, added: count }) => [eg, month, count]),
    [[DEMO_EG, '2026-11', 3]],
  );
});

test('after any cuts of the line both sides agree, and nothing is counted twice', async (t) => {
  const pair = await openPair(t);
  const days = fc.array(fc.integer({ min: 1, max: 22 }), { maxLength: 4 });
  const cuts = fc.array(fc.constantFrom('before', 'after', 'through'), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(days, cuts, async (fed, how) => {
      await feed(
        pair,
        DEMO_EG,
        fed.map((day) => `2026-11-${String(day).padStart(2, '0')}`),
      );
      const away: PushAnswer = { kind: 'away', detail: 'ECONNRESET' };
      for (const cut of how) {
        pair.cut = async (call) => {
          if (cut === 'before') return away;
          const answer = await call();
          return cut === 'after' ? away : answer;
        };
        await pushCounts(pair.house.context, pair.line);
      }
      pair.cut = (call) => call();
      const run = await pushCounts(pair.house.context, pair.line);
      assert.equal(run?.failure, null);
      const own = (await ownFigures(pair.house.pool)).filter((row) => row.added !== 0);
      assert.deepEqual(
        await added(pair),
        own.map((row) => [row.eg, row.month, row.added]),
      );
    }),
    { numRuns: 15, seed: 9 },
  );
  assert.equal((await senderRow(pair)).pending, null);
});

test('a line that is down keeps what waits, with its coded reason, byte for byte', async (t) => {
  const pair = await openPair(t);
  await feed(pair, DEMO_EG, ['2026-11-02']);
  pair.cut = async () => ({ kind: 'away', detail: 'ECONNREFUSED' });
  for (const _ of [1, 2])
    assert.deepEqual(await pushCounts(pair.house.context, pair.line), {
      taken: 0,
      failure: 'ECONNREFUSED',
      ruleId: regionRules.regionAway.id,
    });
  assert.deepEqual(pair.sent[0], pair.sent[1]);
  const sender = await senderRow(pair);
  assert.deepEqual([sender.failure, sender.sequence], ['ECONNREFUSED', 0]);
});

test('a push that is played again changes nothing; an older one, or one too early, is refused in its order', async (t) => {
  const pair = await openPair(t);
  const push = (sequence: number, count: number) => {
    const body = pushText([figure({ eg: DEMO_EG, month: '2026-11', added: count })]);
    const signature = signPush(pair.line.key, pair.keyId, sequence, body);
    return receivePush(pair.region.context, { keyId: pair.keyId, sequence, signature }, body);
  };
  const outcome = async (sequence: number, count: number) => {
    const found = await push(sequence, count);
    if (found.kind === 'out-of-order') return `expected ${found.expected}`;
    return found.result.ok ? found.result.value.outcome : found.result.refusal.rule.id;
  };
  assert.equal(await outcome(2, 5), 'expected 1');
  assert.equal(await outcome(1, 5), 'taken');
  assert.equal(await outcome(1, 5), 'known');
  assert.equal(await outcome(1, 6), 'expected 2');
  assert.equal(await outcome(2, 7), 'taken');
  assert.equal(await outcome(1, 5), 'expected 3');
  assert.deepEqual(await added(pair), [[DEMO_EG, '2026-11', 7]]);
});

test('a house or a region that came back from a backup is caught up by itself', async (t) => {
  const pair = await openPair(t);
  await feed(pair, DEMO_EG, ['2026-10-05']);
  await pushCounts(pair.house.context, pair.line);
  await feed(pair, DEMO_EG, ['2026-11-05']);
  await pushCounts(pair.house.context, pair.line);
  // The region forgot the second push, and what it said.
  await pair.region.pool.query(`delete from region_figure where month = '2026-11-01'`);
  await pair.region.pool.query('update region_installation set last_sequence = 1, last_digest = null');
  await feed(pair, DEMO_EG, ['2026-11-06']);
  await pushCounts(pair.house.context, pair.line);
  const expected = [
    [DEMO_EG, '2026-10', 1],
    [DEMO_EG, '2026-11', 2],
  ];
  assert.deepEqual(await added(pair), expected);
  // The house forgot that it ever sent anything.
  await pair.house.pool.query('delete from region_sender');
  await pair.house.pool.query('delete from region_sent');
  assert.equal((await pushCounts(pair.house.context, pair.line))?.failure, null);
  assert.deepEqual(await added(pair), expected);
});

test('a late correction replaces the figure of a month that was over, and the former one stays in the history', async (t) => {
  const pair = await openPair(t);
  await feed(pair, DEMO_EG, ['2026-10-05']);
  await pushCounts(pair.house.context, pair.line);
  await feed(pair, DEMO_EG, ['2026-10-30', '2026-11-05']);
  await pushCounts(pair.house.context, pair.line);
  await feed(pair, DEMO_EG, ['2026-11-06']);
  await pushCounts(pair.house.context, pair.line);
  assert.deepEqual(await added(pair), [
    [DEMO_EG, '2026-10', 2],
    [DEMO_EG, '2026-11', 2],
  ]);
  // The month in progress grows: that is no correction.
  assert.deepEqual(
    (await correctionsOf(pair.region.pool, DEMO_EG, 10)).map((one) => [one.month, one.added, one.origin]),
    [['2026-10', 1, 'pushed']],
  );
});

test('an unknown, a revoked or a wrong key is refused before anything is read, with its reason', async (t) => {
  const pair = await openPair(t);
  const { context } = pair.region;
  const body = pushText([figure({ eg: DEMO_EG, month: '2026-11', added: 5 })]);
  const stranger = keyPair().key.privateKey;
  const send = async (keyId: string, signature: string, bytes: Buffer = body) =>
    answerOf(await receivePush(context, { keyId, sequence: 1, signature }, bytes));
  const rule = async (answer: Promise<PushAnswer>) => {
    const found = await answer;
    return found.kind === 'refused' ? found.rule : found.kind;
  };
  const own = signPush(pair.line.key, pair.keyId, 1, body);
  const strangerId = keyIdOf(stranger);
  assert.equal(await rule(send(strangerId, signPush(stranger, strangerId, 1, body))), regionRules.unknownKey.id);
  assert.equal(await rule(send(pair.keyId, signPush(stranger, pair.keyId, 1, body))), regionRules.wrongSignature.id);
  // The signature is that of another sequence, of other bytes, or of the bytes alone.
  assert.equal(
    await rule(send(pair.keyId, signPush(pair.line.key, pair.keyId, 2, body))),
    regionRules.wrongSignature.id,
  );
  assert.equal(
    await rule(send(pair.keyId, own, Buffer.from(body.toString().replace('5', '6')))),
    regionRules.wrongSignature.id,
  );
  const bare = sign(null, body, pair.line.key).toString('base64');
  assert.equal(await rule(send(pair.keyId, bare)), regionRules.wrongSignature.id);
  const notJson = Buffer.from('{');
  assert.equal(
    await rule(send(pair.keyId, signPush(pair.line.key, pair.keyId, 1, notJson), notJson)),
    regionRules.unfitCounts.id,
  );
  const foreign = pushText([figure({ eg: '990000999', month: '2026-11' })]);
  assert.equal(
    await rule(send(pair.keyId, signPush(pair.line.key, pair.keyId, 1, foreign), foreign)),
    regionRules.foreignEstablishment.id,
  );
  assert.deepEqual(await added(pair), []);
  assert.ok(await revoke(context, pair.keyId, REGION));
  assert.equal(await rule(send(pair.keyId, own)), regionRules.revokedKey.id);
  assert.ok(!(await revoke(context, pair.keyId, REGION)));
  const trail = await many<{ action: string }>(pair.region.pool, 'select action from audit order by id');
  assert.deepEqual(
    trail.map(({ action }) => action),
    ['region key registered', 'region key revoked'],
  );
});

test('a registration takes an Ed25519 public key, new here, for establishments that are not of this installation', async (t) => {
  const { context } = await openRegion(t);
  const eg = { eg: DEMO_EG, ej: '990000010', name: 'Hôpital', legalName: '' };
  const register = async (publicKey: string, establishments = [eg]) => {
    const found = await registerInstallation(context, { name: 'CH', publicKey, establishments }, REGION);
    return found.ok ? 'registered' : found.refusal.rule.id;
  };
  const { key, publicKey } = keyPair();
  const secret = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  assert.equal(await register(secret), regionRules.unfitKey.id);
  assert.equal(await register('clé'), regionRules.unfitKey.id);
  assert.equal(await register(publicKey, []), regionRules.unfitEstablishments.id);
  assert.equal(await register(publicKey, [{ ...eg, eg: '990009028' }]), regionRules.unfitEstablishments.id);
  assert.equal(await register(publicKey, [{ ...eg, ej: 'X' }]), regionRules.unfitEstablishments.id);
  assert.equal(await register(publicKey), 'registered');
  assert.equal(await register(publicKey), regionRules.unfitKey.id);
});

test('no text about a person can travel: any other field, and any text that is no code, is refused', () => {
  const fits = (parts: object): boolean =>
    pushSchema.safeParse({ version: 1, figures: [{ ...figure({ eg: DEMO_EG, month: '2026-11' }), ...parts }] }).success;
  assert.ok(
    fits({ blocks: [{ rule: feedRules.identityProvisional.id, documents: 3 }], products: [{ key: 'dxcare-7-7-7' }] }),
  );
  for (const parts of [
    { matricule: '279035121518989' },
    { eg: '279035121518989' },
    { name: 'PAT-TROIS' },
    { month: '1979-03-28' },
    { identityKind: 'PAT-TROIS' },
    { products: [{ key: '279035121518989' }] },
    { products: [{ key: '2-79-03-51-215-189-89' }] },
    { products: [{ key: 'PAT-TROIS' }] },
    { products: [{ key: 'dxcare', patient: 'x' }] },
    { blocks: [{ rule: 'PAT-TROIS', documents: 1 }] },
    { blocks: [{ rule: feedRules.identityProvisional.id, documents: 1, detail: 'x' }] },
    { added: '279035121518989' },
    { added: 279_035_121_518_989 },
    { lastFedOn: 'PAT-TROIS' },
  ])
    assert.ok(!fits(parts), JSON.stringify(parts));
});

test('a product that the catalogue of the region does not know is not kept, whatever it says', async (t) => {
  const pair = await openPair(t);
  const products = [{ key: 'pat-trois-dominique' }, { key: 'dxcare-7-7-7' }];
  const body = pushText([figure({ eg: DEMO_EG, month: '2026-11', products })]);
  const signature = signPush(pair.line.key, pair.keyId, 1, body);
  const outcome = await receivePush(pair.region.context, { keyId: pair.keyId, sequence: 1, signature }, body);
  assert.ok(outcome.kind === 'settled' && outcome.result.ok);
  const [row] = await shownFigures(pair.region.pool, ALL);
  assert.deepEqual(row?.products, [{ key: 'dxcare-7-7-7' }]);
});

test('one process at a time pushes; a dead one gives way after its lease', async (t) => {
  const pair = await openPair(t);
  await feed(pair, DEMO_EG, ['2026-11-02']);
  let inside: unknown = 'not asked';
  pair.cut = async (call) => {
    inside = await pushCounts(pair.house.context, { ...pair.line, post: () => Promise.reject(new Error('twice')) });
    return call();
  };
  assert.equal((await pushCounts(pair.house.context, pair.line))?.taken, 1);
  assert.equal(inside, undefined);
  await feed(pair, DEMO_EG, ['2026-11-03']);
  pair.cut = () => Promise.reject(new Error('killed'));
  await assert.rejects(pushCounts(pair.house.context, pair.line), /killed/);
  const { failure } = await one<{ failure: string }>(pair.house.pool, 'select failure from region_sender');
  assert.equal(failure, 'envoi interrompu');
});
