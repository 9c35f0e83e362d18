import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, openBench, PAT_TROIS_INS, type UseCaseBench, withSources } from '../../test/support/use-case-bench.ts';
import { identityRules } from '../rules/identity.ts';
import { identifiersOf, identityById } from '../store/identities.ts';
import { historyOf } from '../store/identity-history.ts';
import { listStays } from '../store/stays.ts';
import { changeStatus } from './desk.ts';

/** The identity P2 given up for P1. */
const MERGE = { event: 'A40', patient: { ipp: 'P1' }, retiredIpp: 'P2' } as const;
const CHECKED = { proof: { deviceType: 'CN' } } as const;

async function lastRule({ context }: UseCaseBench): Promise<string | null | undefined> {
  const { rows } = await context.pool.query<{ rule: string | null }>(
    'select rule_id as rule from inbound_message order by id desc limit 1',
  );
  return rows[0]?.rule;
}

async function numbersOf({ context }: UseCaseBench, id: string): Promise<string[]> {
  const numbers = await identifiersOf(context.pool, id);
  return numbers.map(({ value, retired }) => `${value}${retired === true ? ' (abandonné)' : ''}`);
}

/** P1 qualified, P2 a provisional duplicate of the same person. */
async function twoRecords(bench: UseCaseBench): Promise<{ survivor: string; loser: string }> {
  await bench.admit({ patient: { ipp: 'P1' }, ...CHECKED });
  await bench.run('insi');
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV' }, visit: { patientClass: 'I', number: 'V2' } });
  return { survivor: (await bench.identity('P1')).id, loser: (await bench.identity('P2')).id };
}

test('the number that is given up designates the identity that remains; the other is closed with its history', async (t) => {
  const bench = await openBench(t);
  const { survivor, loser } = await twoRecords(bench);
  await bench.admit(MERGE);
  assert.equal(await lastRule(bench), null);
  assert.equal((await bench.identity('P2')).id, survivor);
  assert.deepEqual(await numbersOf(bench, survivor), ['P1', 'P2 (abandonné)']);
  const closed = await identityById(bench.context.pool, loser);
  assert.deepEqual([closed?.active, closed?.mergedInto], [false, survivor]);
  const events = (await historyOf(bench.context.pool, loser)).map(({ event }) => event);
  assert.ok(events[0]?.startsWith('création') && events.at(-1)?.includes(survivor), events.join(', '));
  const joined = (await historyOf(bench.context.pool, survivor)).at(-1);
  assert.match(joined?.event ?? '', /^fusion : reçoit le dossier [0-9a-f-]{36}, de statut [A-Z]{4,5}$/);
  assert.equal(joined?.after, null, 'the status of the record that was closed is no change of the one that is kept');
  const stays = await listStays(bench.context.pool, {
    eg: null,
    number: 'V2',
    identityId: survivor,
    state: null,
    limit: 2,
    offset: 0,
  });
  assert.equal(stays.length, 1);
  const touched = await changeStatus(
    bench.context,
    loser,
    { action: 'set-attribute', attribute: 'douteuse', reason: 'essai' },
    { name: 'user:essai', settles: true },
  );
  assert.equal(!touched.ok && touched.refusal.rule, identityRules.mergedIdentity);
});

test('a document that waits under the number given up leaves under the identity that remains', async (t) => {
  const bench = await openBench(t);
  await twoRecords(bench);
  await bench.file({ patient: { ipp: 'P2' } });
  await bench.settle();
  assert.equal((await bench.document()).state, 'waiting');
  await bench.admit(MERGE);
  await bench.settle();
  const document = await bench.document();
  assert.deepEqual([document.state, document.ipp], ['accepted', 'P1']);
  assert.equal(document.delivery.sentMatricule, PAT_TROIS_INS.matricule);
});

test('a document of a number that was never admitted here follows too, and so does one that comes later', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P1' }, ...CHECKED });
  await bench.file({ patient: { ipp: 'P2' } });
  await bench.settle();
  assert.equal((await bench.document()).ruleId, identityRules.patientUnknown.id);
  await bench.admit(MERGE);
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
  await bench.file({ patient: { ipp: 'P2' }, controlId: 'TARD' });
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
  assert.equal(bench.dmp.submitted.length, 2);
});

test('later messages under the number given up reach the identity that remains, and do not change its traits', async (t) => {
  const bench = await openBench(t);
  const { survivor } = await twoRecords(bench);
  await bench.admit(MERGE);
  await bench.admit({ patient: { ipp: 'P2', usedName: 'MARTIN' } });
  assert.equal((await bench.identity('P1')).usedName, 'MARTIN');
  await bench.admit({ patient: { ipp: 'P2', birthName: 'AUTRE' } });
  assert.equal(await lastRule(bench), identityRules.retiredNumber.id);
  const identity = await bench.identity('P1');
  assert.deepEqual([identity.id, identity.birthName, identity.status], [survivor, 'PAT-TROIS', 'QUAL']);
});

test('told again, a merge changes nothing; told the other way round, it is a loop and is refused', async (t) => {
  const bench = await openBench(t);
  const { survivor } = await twoRecords(bench);
  await bench.admit(MERGE);
  const { version } = await bench.identity('P1');
  await bench.admit(MERGE);
  assert.deepEqual([await lastRule(bench), (await bench.identity('P1')).version], [null, version]);
  await bench.admit({ ...MERGE, patient: { ipp: 'P2' }, retiredIpp: 'P1' });
  assert.equal(await lastRule(bench), identityRules.mergeWithItself.id);
  assert.equal((await bench.identity('P1')).id, survivor);
  assert.deepEqual(await numbersOf(bench, survivor), ['P1', 'P2 (abandonné)']);
});

test('merges in a chain all end at the last identity, in whatever number of steps', async (t) => {
  const bench = await openBench(t);
  for (const ipp of ['P1', 'P2', 'P3']) await bench.admit({ patient: { ipp, status: 'PROV' } });
  const [first, last] = [(await bench.identity('P1')).id, (await bench.identity('P3')).id];
  await bench.admit({ ...MERGE, patient: { ipp: 'P2', status: 'PROV' }, retiredIpp: 'P1' });
  await bench.admit({ ...MERGE, patient: { ipp: 'P3', status: 'PROV' }, retiredIpp: 'P2' });
  assert.deepEqual(await numbersOf(bench, last), ['P3', 'P1 (abandonné)', 'P2 (abandonné)']);
  assert.equal((await identityById(bench.context.pool, first))?.mergedInto, last);
  await bench.admit({ ...MERGE, patient: { ipp: 'P1', status: 'PROV' }, retiredIpp: 'P3' });
  assert.equal(await lastRule(bench), identityRules.mergeWithItself.id);
});

test('two different INS are never merged: it stops, for identitovigilance, and nothing is changed', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P1' }, ...CHECKED });
  await bench.run('insi');
  bench.insi.answer = () => found({ birthName: 'AUTRE' }, '2790351215190');
  await bench.admit({ patient: { ipp: 'P2', birthName: 'AUTRE' }, ...CHECKED });
  await bench.run('insi');
  const before = [await bench.identity('P1'), await bench.identity('P2')];
  assert.deepEqual(
    before.map(({ status }) => status),
    ['QUAL', 'QUAL'],
  );
  await bench.admit(MERGE);
  assert.equal(await lastRule(bench), identityRules.mergeOfTwoIns.id);
  assert.deepEqual([await bench.identity('P1'), await bench.identity('P2')], before);
});

test('an INS does not pass by itself to the identity that remains: INSi is asked for it', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P2' }, ...CHECKED });
  await bench.run('insi');
  await bench.admit({ patient: { ipp: 'P1' }, ...CHECKED });
  await bench.run('insi');
  assert.deepEqual([(await bench.identity('P2')).status, (await bench.identity('P1')).status], ['QUAL', 'VALI']);
  await bench.admit(MERGE);
  const { status, matricule, insiState } = await bench.identity('P1');
  assert.deepEqual([status, matricule, insiState], ['VALI', null, 'queued']);
  await bench.run('insi');
  assert.equal((await bench.identity('P1')).status, 'QUAL');
});

test('a record with an INS is not closed for one with other traits', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P2' }, ...CHECKED });
  await bench.run('insi');
  await bench.admit({ patient: { ipp: 'P1', birthName: 'AUTRE', status: 'PROV' } });
  await bench.admit({ ...MERGE, patient: { ipp: 'P1', birthName: 'AUTRE' } });
  assert.equal(await lastRule(bench), identityRules.mergeOfOtherTraits.id);
  assert.deepEqual([(await bench.identity('P2')).status, (await bench.identity('P2')).active], ['QUAL', true]);
  // The other way round the INS stays with its record.
  await bench.admit({ ...MERGE, patient: { ipp: 'P2' }, retiredIpp: 'P1' });
  assert.deepEqual(
    [(await bench.identity('P1')).birthName, (await bench.identity('P1')).status],
    ['PAT-TROIS', 'QUAL'],
  );
});

test('an opposition stays whoever remains; a fictive record is not merged with a real one', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P1', status: 'PROV' } });
  const opposed = { feeding: 'IO', consultation: 'NA' } as const;
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV' }, consent: opposed });
  await bench.admit({ ...MERGE, patient: { ipp: 'P1', status: 'PROV' } });
  assert.equal((await bench.identity('P1')).feedOpposition, true);
  await bench.admit({ patient: { ipp: 'P3', status: 'PROV', statusCodes: ['FICT'] } });
  await bench.admit({ ...MERGE, patient: { ipp: 'P1', status: 'PROV' }, retiredIpp: 'P3' });
  assert.equal(await lastRule(bench), identityRules.mergeOfFictive.id);
  assert.equal((await bench.identity('P3')).active, true);
});

test('a number that nobody bears takes the place of the one given up; two unknown ones need a description', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P2' } });
  const { id } = await bench.identity('P2');
  await bench.admit(MERGE);
  assert.deepEqual(await numbersOf(bench, id), ['P1', 'P2 (abandonné)']);
  await bench.admit({ ...MERGE, patient: { ipp: 'P8' }, retiredIpp: 'P9' });
  assert.deepEqual(await numbersOf(bench, (await bench.identity('P9')).id), ['P8', 'P9 (abandonné)']);
  const bare = (text: string) => text.replace('|19790328|', '||');
  await bench.admit({ ...MERGE, patient: { ipp: 'P6' }, retiredIpp: 'P7' }, bare);
  assert.equal(await lastRule(bench), identityRules.mergeSurvivorUnknown.id);
});

test('A47 changes the number of one record, and never joins two', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P2' } });
  const { id } = await bench.identity('P2');
  await bench.admit({ ...MERGE, event: 'A47' });
  assert.deepEqual(await numbersOf(bench, id), ['P1', 'P2 (abandonné)']);
  await bench.admit({ patient: { ipp: 'P3' } });
  await bench.admit({ ...MERGE, event: 'A47', retiredIpp: 'P3' });
  assert.equal(await lastRule(bench), identityRules.changeIsMerge.id);
  assert.equal((await bench.identity('P3')).active, true);
});

test('only a source with authority over identities merges them', async (t) => {
  const bench = await openBench(t, withSources({ trustsIdentityStatus: false }));
  const { loser } = await twoRecords(bench);
  await bench.admit(MERGE);
  assert.equal(await lastRule(bench), identityRules.mergeNotTrusted.id);
  assert.equal((await bench.identity('P2')).id, loser);
});

test('a mirror follows its upstream: the INS of the closed record is free for the one that remains', async (t) => {
  const bench = await openBench(t, (config) => ({
    ...withSources({ upstreamIdentities: true, trustsIdentityStatus: false })(config),
    context: 2,
  }));
  await bench.admit({ event: 'A28', patient: { ipp: 'P2', ins: PAT_TROIS_INS } });
  await bench.admit({ event: 'A28', patient: { ipp: 'P1' } });
  assert.deepEqual([(await bench.identity('P2')).status, (await bench.identity('P1')).status], ['QUAL', 'VALI']);
  await bench.file({ patient: { ipp: 'P1' } });
  await bench.settle();
  assert.equal((await bench.document()).state, 'waiting');
  await bench.admit({ ...MERGE, patient: { ipp: 'P1', ins: PAT_TROIS_INS } });
  await bench.settle();
  const identity = await bench.identity('P2');
  assert.deepEqual([identity.status, identity.mirror], ['QUAL', true]);
  assert.equal((await bench.document()).state, 'accepted');
});

test('two opposite merges at once: one is done, the other is the loop', async (t) => {
  const bench = await openBench(t);
  await twoRecords(bench);
  const messages = await Promise.all([
    bench.send(bench.adt(MERGE)),
    bench.send(bench.adt({ ...MERGE, patient: { ipp: 'P2' }, retiredIpp: 'P1' })),
  ]);
  assert.deepEqual(messages, ['AA', 'AA']);
  await bench.runTogether('message');
  const [one, other] = [await bench.identity('P1'), await bench.identity('P2')];
  assert.equal(one.id, other.id);
  assert.equal(one.active, true);
  assert.equal(await bench.tasks().then((tasks) => tasks.some(({ kind }) => kind === 'message')), false);
});
