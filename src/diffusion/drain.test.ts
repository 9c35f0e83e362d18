import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import { changeStatus } from '../identity/index.ts';
import { diffusionRules } from '../rules/diffusion.ts';
import { many, one } from '../store/db.ts';
import { listSubscribers } from '../store/subscribers.ts';
import type { MllpOutcome } from '../wire/hl7v2/mllp-client.ts';
import { acknowledged, type DiffusionBench, openDiffusion, subscriber } from './subscriber.fixture.ts';

const DPI = [subscriber('DPI')];
const DOWN = { kind: 'not-sent', reason: 'ECONNREFUSED' } as const;
const SILENT = { kind: 'ambiguous', reason: 'ETIMEDOUT' } as const;
const HOUR = 3_600_000;

async function doubt(bench: DiffusionBench, ipp = 'P1'): Promise<void> {
  const { id } = await bench.identity(ipp);
  const act = { action: 'set-attribute', attribute: 'douteuse', reason: 'essai' } as const;
  const changed = await changeStatus(bench.context, id, act, { name: 'user:essai', settles: true });
  assert.ok(changed.ok, changed.ok ? '' : changed.refusal.rule.id);
}

/** Changes a complementary trait: everyone must hear of it. */
async function rename(bench: DiffusionBench, usedName: string, ipp = 'P1'): Promise<void> {
  await bench.admit({ event: 'A31', patient: { ipp, usedName } });
}

test('a new patient is created (A28) without an INS, then updated (A31) with it once qualified', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.tell();
  assert.deepEqual(bench.told(), ['A28 P1']);
  await bench.run('insi');
  await bench.tell();
  const [message] = bench.heard;
  assert.deepEqual(message?.patient.ins, PAT_TROIS_INS);
  assert.equal(message?.patient.identityStatus, 'VALI');
  assert.deepEqual(bench.told(), ['A31 P1+INS']);
});

test('qualification lost: the INS is withdrawn from whoever was given it, once', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.run('insi');
  await bench.tell();
  assert.deepEqual(bench.told(), ['A28 P1+INS']);
  await doubt(bench);
  await bench.tell();
  const [message] = bench.heard;
  assert.deepEqual([message?.patient.withdrawnIns, message?.patient.identityStatus], [[PAT_TROIS_INS.oid], 'PROV']);
  assert.equal(message?.text.includes(PAT_TROIS_INS.matricule), false);
  assert.deepEqual(bench.told(), ['A31 P1-INS']);
  await rename(bench, 'AUTRE');
  await bench.tell();
  assert.deepEqual(bench.told(), ['A31 P1']);
});

test('an INS that is no longer qualified when its turn comes never leaves, even if a lost sending gave it', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.run('insi');
  bench.answer = () => SILENT;
  await bench.tell();
  assert.deepEqual(bench.told(), ['A28 P1+INS']);
  await doubt(bench);
  bench.answer = (_, frame) => acknowledged(frame);
  bench.advance(HOUR);
  await bench.tell();
  // A receiver that read the first one may keep it and only acknowledge the second, of the same MSH-10: a third says it anew.
  const [again, anew] = bench.heard;
  assert.notEqual(again?.controlId, anew?.controlId);
  assert.deepEqual(bench.told(), ['A28 P1-INS', 'A31 P1-INS']);
});

test('what says nothing new is not sent', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.tell();
  bench.told();
  const { id } = await bench.identity();
  // Two changes that cancel each other out.
  await bench.context.pool.query(`update identity set used_name = 'X' where id = $1`, [id]);
  await bench.context.pool.query(`update identity set used_name = null where id = $1`, [id]);
  await bench.tell();
  assert.deepEqual(bench.told(), []);
  assert.deepEqual(
    (await bench.entries()).map(({ state }) => state),
    ['accepted'],
  );
});

test('a subscriber that is down delays nobody else, keeps one entry per patient, and is told the last state', async (t) => {
  const bench = await openDiffusion(t, [subscriber('DPI'), subscriber('LABO')]);
  bench.answer = ({ to }, frame) => (to === 'DPI' ? DOWN : acknowledged(frame));
  await bench.admit({ patient: { ipp: 'P1' } });
  for (const name of ['UN', 'DEUX', 'TROIS']) {
    await rename(bench, name);
    await bench.tell();
  }
  assert.deepEqual(bench.told('LABO'), ['A28 P1', 'A31 P1', 'A31 P1']);
  const [waiting] = (await listSubscribers(bench.context.pool)).filter(({ name }) => name === 'DPI');
  assert.deepEqual([waiting?.waiting, waiting?.lastError, waiting?.failures], [1, 'ECONNREFUSED', 1]);
  bench.answer = (_, frame) => acknowledged(frame);
  bench.advance(HOUR);
  await bench.tell();
  const [message] = bench.heard;
  assert.equal(message?.patient.usedName, 'TROIS');
  assert.deepEqual(bench.told(), ['A28 P1']);
});

test('a subscriber is tried again later and later, and its queue starts with the same MSH-10', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await bench.admit({ patient: { ipp: 'P1' } });
  bench.answer = () => SILENT;
  const waits: number[] = [];
  for (let failure = 0; failure < 4; failure++) {
    await bench.tell();
    const [state] = await listSubscribers(bench.context.pool);
    assert.ok(state?.retryAt);
    const wait = state.retryAt.getTime() - bench.context.now().getTime();
    waits.push(wait);
    bench.advance(wait + 1);
  }
  assert.equal(bench.heard.length, 4);
  assert.equal(new Set(bench.heard.map(({ controlId }) => controlId)).size, 1);
  assert.ok(
    waits.every((wait, index) => index === 0 || wait > (waits[index - 1] ?? 0)),
    waits.join(' '),
  );
});

test('a message that is never answered is put aside for a person, and the others go on', async (t) => {
  const bench = await openDiffusion(t, [subscriber('DPI', { attemptsWithoutAnswer: 3 })]);
  bench.answer = ({ patient }, frame) => (patient.ipps[0]?.value === 'P1' ? SILENT : acknowledged(frame));
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.admit({ patient: { ipp: 'P2', birthName: 'AUTRE' } });
  for (let look = 0; look < 4; look++) {
    await bench.tell();
    bench.advance(HOUR);
  }
  assert.deepEqual(bench.told(), ['A28 P1', 'A28 P1', 'A28 P1', 'A28 P2']);
  assert.deepEqual(
    (await bench.entries()).map(({ state, ruleId }) => [state, ruleId]),
    [
      ['refused', diffusionRules.neverAnswered.id],
      ['accepted', null],
    ],
  );
});

test('what a subscriber refuses waits for a person with its reason, matricule masked; a later state takes its place', async (t) => {
  const bench = await openDiffusion(t, DPI);
  bench.answer = (_, frame) => acknowledged(frame, 'AE', `INS ${PAT_TROIS_INS.matricule} inconnue`);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.tell();
  bench.advance(HOUR);
  await bench.tell();
  assert.equal(bench.told().length, 1, 'nothing is sent again without a person');
  const refused = await one(bench.context.pool, 'select state, answer, rule_id, detail from diffusion_entry');
  assert.deepEqual(refused, {
    state: 'refused',
    answer: 'AE',
    rule_id: diffusionRules.refusedBySubscriber.id,
    detail: 'INS [matricule] inconnue',
  });
  bench.answer = (_, frame) => acknowledged(frame);
  await rename(bench, 'AUTRE');
  await bench.tell();
  assert.deepEqual(bench.told(), ['A28 P1'], 'it was never taken in there: still a creation');
  assert.deepEqual(
    (await bench.entries()).map(({ state, ruleId }) => [state, ruleId]),
    [
      ['dropped', diffusionRules.superseded.id],
      ['accepted', null],
    ],
  );
});

test('an answer that cannot be read is shown, not taken for an acceptance', async (t) => {
  const bench = await openDiffusion(t, DPI);
  bench.answer = () => ({ kind: 'answered', message: Buffer.from('bonjour') });
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.tell();
  assert.deepEqual(
    (await bench.entries()).map(({ ruleId }) => ruleId),
    [diffusionRules.unreadableAnswer.id],
  );
});

test('accents that the answer writes in another encoding than it declares do not hide what it says', async (t) => {
  const bench = await openDiffusion(t, DPI);
  const garbled = (frame: Buffer): MllpOutcome => {
    const answer = acknowledged(frame, 'AE', 'refus\u00e9');
    if (answer.kind !== 'answered') return answer;
    return { kind: 'answered', message: Buffer.from(answer.message.toString('utf8'), 'latin1') };
  };
  bench.answer = (_, frame) => garbled(frame);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.tell();
  const { detail } = await one<{ detail: string }>(bench.context.pool, 'select detail from diffusion_entry');
  assert.equal(detail, 'refus?');
});

test('a change made while its patient is on the wire is told by a message of its own', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await bench.admit({ patient: { ipp: 'P1' } });
  let changed = false;
  bench.answer = async (_, frame) => {
    if (!changed) await rename(bench, 'PENDANT');
    changed = true;
    return acknowledged(frame);
  };
  await bench.tell();
  assert.deepEqual(
    bench.heard.map(({ event, patient }) => [event, patient.usedName]),
    [
      ['A28', undefined],
      ['A31', 'PENDANT'],
    ],
  );
});

test('a subscriber gets the numbers of its domains only, and nothing of a patient who has none there', async (t) => {
  const other = '1.2.3.4.567.8.9.11';
  const bench = await openDiffusion(t, [subscriber('A', { domains: [other] }), subscriber('B')], (config) => ({
    ...config,
    identificationDomains: [...config.identificationDomains, { oid: other, authorities: ['CH-B'] }],
  }));
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.tell();
  assert.deepEqual(bench.told(), ['A28 P1']);
  const { id } = await bench.identity();
  await bench.context.pool.query(
    `insert into identity_identifier (domain, value, identity_id, kind) values ($1, 'B7', $2, 'PI')`,
    [other, id],
  );
  await bench.tell();
  assert.deepEqual(bench.told().sort(), ['A28 B7', 'A31 P1,B7']);
});

test('without a subscriber nothing is noted', async (t) => {
  const bench = await openDiffusion(t, []);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.tell();
  assert.deepEqual(await many(bench.context.pool, 'select 1 from diffusion_entry'), []);
});
