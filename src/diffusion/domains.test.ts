/** Several admission offices of one territory, each with its own numbers: one identity bears several. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import { DEMO_IPP_DOMAIN, DEMO_SECOND_EG } from '../demo/structure.ts';
import { undoMerge } from '../identity/index.ts';
import { diffusionRules } from '../rules/diffusion.ts';
import { identityRules } from '../rules/identity.ts';
import { many } from '../store/db.ts';
import { identifiersOf, identityById, identityByIdentifier } from '../store/identities.ts';
import { type DiffusionBench, openDiffusion, subscriber } from './subscriber.fixture.ts';

const SECOND = '1.2.3.4.567.8.9.11';
const B = { namespace: 'CH-CANAL', oid: SECOND };

/** Sources GAM (domain A) and GAM-B (domain B), a subscriber of each domain and one of both. */
function openTerritory(t: TestContext): Promise<DiffusionBench> {
  const subscribers = [
    subscriber('A', { domains: [DEMO_IPP_DOMAIN] }),
    subscriber('B', { domains: [SECOND] }),
    subscriber('AB'),
  ];
  return openDiffusion(t, subscribers, (config) => {
    const [model] = config.sources;
    assert.ok(model);
    return {
      ...config,
      identificationDomains: [...config.identificationDomains, { oid: SECOND, authorities: ['CH-CANAL'] }],
      sources: [model, { ...model, application: 'GAM-B', eg: DEMO_SECOND_EG, ippDomain: SECOND }],
    };
  });
}

const FROM_B = { from: { application: 'GAM-B', facility: 'CH-DEMO' } } as const;

async function numbersOf({ context }: DiffusionBench, id: string): Promise<string[]> {
  return (await identifiersOf(context.pool, id)).map(
    ({ value, retired }) => `${value}${retired === true ? ' (abandonné)' : ''}`,
  );
}

async function inB({ context }: DiffusionBench, value: string) {
  const record = await identityByIdentifier(context.pool, SECOND, value);
  assert.ok(record, value);
  return record;
}

/** The same number in two domains is two patients; a message that names both numbers makes them one identity's. */
async function linked(bench: DiffusionBench, a: string, b: string): Promise<string> {
  await bench.admit({ patient: { ipp: a, status: 'PROV' } }, (text) =>
    text.replace(`${a}^^^`, `${b}^^^CH-CANAL&${SECOND}&ISO^PI~${a}^^^`),
  );
  return (await bench.identity(a)).id;
}

test('one identity bears a number of each domain, and each subscriber hears of its own', async (t) => {
  const bench = await openTerritory(t);
  const id = await linked(bench, 'A1', 'B1');
  assert.deepEqual(await numbersOf(bench, id), ['A1', 'B1']);
  await bench.tell();
  assert.deepEqual(bench.heard.map(({ to, patient }) => [to, patient.ipps.map(({ value }) => value)]).sort(), [
    ['A', ['A1']],
    ['AB', ['A1', 'B1']],
    ['B', ['B1']],
  ]);
});

test('the same number in two domains is two identities', async (t) => {
  const bench = await openTerritory(t);
  await bench.admit({ patient: { ipp: '7' } });
  await bench.admit({ ...FROM_B, patient: { ipp: '7', domain: B, birthName: 'AUTRE' } });
  assert.notEqual((await bench.identity('7')).id, (await inB(bench, '7')).id);
});

test('a change of number in a domain changes nothing in the others', async (t) => {
  const bench = await openTerritory(t);
  const id = await linked(bench, 'A1', 'B1');
  await bench.tell();
  bench.told();
  await bench.admit({ event: 'A47', patient: { ipp: 'A9', status: 'PROV' }, retiredIpp: 'A1' });
  assert.deepEqual(await numbersOf(bench, id), ['A9', 'B1', 'A1 (abandonné)']);
  await bench.tell();
  const heard = bench.heard.map(({ to, event, patient, retired }) => [to, event, patient.ipps[0]?.value, ...retired]);
  assert.deepEqual(heard.sort(), [
    ['A', 'A47', 'A9', 'A1'],
    ['AB', 'A47', 'A9', 'A1'],
  ]);
});

test('a merge in a domain leaves two records that another domain has apart: its number alone passes, and the cell sees them', async (t) => {
  const bench = await openTerritory(t);
  const kept = await linked(bench, 'A1', 'B1');
  const other = await linked(bench, 'A2', 'B2');
  await bench.tell();
  bench.told();
  await bench.admit({ event: 'A40', patient: { ipp: 'A1', status: 'PROV' }, retiredIpp: 'A2' });
  assert.deepEqual(await numbersOf(bench, kept), ['A1', 'B1', 'A2 (abandonné)']);
  assert.deepEqual(await numbersOf(bench, other), ['B2']);
  assert.equal((await identityById(bench.context.pool, other))?.active, true);
  await bench.tell();
  const heard = bench.heard.map(({ to, event, patient, retired }) => [
    to,
    event,
    patient.ipps.map(({ value }) => value).join(),
    ...retired,
  ]);
  assert.deepEqual(heard.sort(), [
    ['A', 'A40', 'A1', 'A2'],
    ['AB', 'A31', 'B2'],
  ]);
  const dropped = (await bench.entries()).filter(({ ruleId }) => ruleId === diffusionRules.passedApart.id);
  assert.equal(dropped.length, 1, 'the one that sees both domains is not told a merge that is none');
});

test('a document that is about to leave for a record whose number passes to another does not leave for it', async (t) => {
  const bench = await openTerritory(t);
  const kept = await linked(bench, 'A1', 'B1');
  await linked(bench, 'A2', 'B2');
  const checked = { patient: { ipp: 'A2' }, proof: { deviceType: 'CN' } } as const;
  await bench.admit({ event: 'A31', ...checked });
  await bench.run('insi');
  assert.equal((await bench.identity('A2')).status, 'QUAL');
  const active = bench.dmp.existenceAnswer;
  const merge = { event: 'A40', patient: { ipp: 'A1', status: 'PROV' }, retiredIpp: 'A2' } as const;
  bench.dmp.existenceAnswer = async () => {
    bench.dmp.existenceAnswer = active;
    await bench.admit(merge);
    return active();
  };
  await bench.file({ patient: { ipp: 'A2' } });
  await bench.settle();
  const { state, identityId } = await bench.document();
  assert.deepEqual([state, identityId, bench.dmp.submitted.length], ['waiting', kept, 0]);
});

test('a number that passes in use to who remains is the same patient for its domain: updated, not created', async (t) => {
  const bench = await openTerritory(t);
  await linked(bench, 'A2', 'B2');
  await bench.admit({ patient: { ipp: 'A1', status: 'PROV' } });
  await bench.tell();
  bench.told();
  await bench.admit({ event: 'A40', patient: { ipp: 'A1', status: 'PROV', usedName: 'NOUVEAU' }, retiredIpp: 'A2' });
  assert.deepEqual(await numbersOf(bench, (await bench.identity('A1')).id), ['A1', 'B2', 'A2 (abandonné)']);
  await bench.tell();
  const heard = bench.heard.map(({ to, event, patient, retired }) => [
    to,
    event,
    patient.ipps.map(({ value }) => value).join(),
    ...retired,
  ]);
  assert.deepEqual(heard.sort(), [
    ['A', 'A40', 'A1', 'A2'],
    ['AB', 'A40', 'A1,B2', 'A2'],
    ['B', 'A31', 'B2'],
  ]);
});

test('a merge that is undone is told by creating again the record that lives again', async (t) => {
  const bench = await openTerritory(t);
  await bench.admit({ patient: { ipp: 'A1', status: 'PROV' } });
  await bench.admit({ patient: { ipp: 'A2', status: 'PROV' } });
  const { id } = await bench.identity('A2');
  await bench.tell();
  await bench.admit({ event: 'A40', patient: { ipp: 'A1', status: 'PROV' }, retiredIpp: 'A2' });
  await bench.tell();
  bench.told();
  const undone = await undoMerge(bench.context, id, 'essai', { name: 'user:essai', settles: true });
  assert.ok(undone.ok, undone.ok ? '' : undone.refusal.rule.id);
  await bench.tell();
  assert.deepEqual(bench.told('A'), ['A28 A2']);
});

test('the INS that another domain sends is never trusted: INSi is asked here, and one INS on two records is shown to the cell', async (t) => {
  const bench = await openTerritory(t);
  const carrying = { ...FROM_B, patient: { ipp: 'B1', domain: B, ins: PAT_TROIS_INS, status: 'VALI' } } as const;
  await bench.admit(carrying);
  const received = await inB(bench, 'B1');
  assert.deepEqual([received.status, received.matricule], ['VALI', null]);
  await bench.run('insi');
  assert.equal((await inB(bench, 'B1')).matricule, PAT_TROIS_INS.matricule, 'given by INSi, not by the message');
  await bench.admit({ patient: { ipp: 'A1', ins: PAT_TROIS_INS } });
  await bench.run('insi');
  const second = await bench.identity('A1');
  assert.deepEqual(
    [second.status, second.matricule, second.insiRuleId],
    ['VALI', null, identityRules.duplicateActiveIns.id],
  );
  const pairs = await many<{ kind: string }>(bench.context.pool, 'select kind from candidate_pair');
  assert.deepEqual(
    pairs.map(({ kind }) => kind),
    ['same-ins'],
  );
});

test('an identity that is frozen and freed is told with its INS again', async (t) => {
  const bench = await openDiffusion(t, [subscriber('LABO')]);
  await bench.admit({ proof: { deviceType: 'CN' } });
  await bench.settle();
  await bench.tell();
  assert.match(bench.told().at(-1) ?? '', /P1\+INS$/);
  const { pool } = bench.context;
  await pool.query('update identity set frozen_at = now()');
  await pool.query(`update identity set used_name = 'DURAND'`);
  await bench.tell();
  assert.deepEqual(bench.told(), ['A31 P1-INS']);
  await pool.query('update identity set frozen_at = null');
  await bench.tell();
  assert.deepEqual(bench.told(), ['A31 P1+INS']);
});
