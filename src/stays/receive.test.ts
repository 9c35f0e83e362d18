import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { listStays, movementsOf, type StayRecord } from '../store/stays.ts';
import type { SampleAdmission, SampleMovement } from '../wire/hl7v2/sample-messages.ts';

const VISIT = { patientClass: 'I', number: 'V1' };

function movement(id: string, hour: number, parts: Partial<SampleMovement> = {}): SampleMovement {
  return { id, startsAt: `202611230${hour}0000`, action: 'INSERT', ...parts };
}

/** A message of the stay V1, said at that minute of the day. */
function told(event: SampleAdmission['event'], minute: number, parts: Parameters<UseCaseBench['admit']>[0] = {}) {
  return { event, visit: VISIT, sentAt: `2026112310${String(minute).padStart(2, '0')}00+0100`, ...parts };
}

async function recordOf({ context }: UseCaseBench): Promise<StayRecord> {
  const filter = { eg: null, number: 'V1', identityId: null, state: null, limit: 2, offset: 0 };
  const [stay, second] = await listStays(context.pool, filter);
  assert.ok(stay !== undefined && second === undefined);
  return stay;
}

async function stayOf(bench: UseCaseBench) {
  const stay = await recordOf(bench);
  const { state, unit, admittedAt, dischargedAt } = stay;
  return [state, unit, admittedAt?.toISOString().slice(11, 16), dischargedAt?.toISOString().slice(11, 16)];
}

/** The rule under which the last message is shown to somebody. */
async function lastRule({ context }: UseCaseBench): Promise<string | null | undefined> {
  const { rows } = await context.pool.query<{ rule: string | null }>(
    'select rule_id as rule from inbound_message order by id desc limit 1',
  );
  return rows[0]?.rule;
}

test('a stay is kept from its admission to its discharge, and its identity is that of the messages', async (t) => {
  const bench = await openBench(t);
  await bench.admit(told('A05', 1, { movement: movement('M0', 1) }));
  assert.deepEqual(await stayOf(bench), ['planned', null, undefined, undefined]);
  await bench.admit(told('A01', 2, { movement: movement('M1', 2, { unit: '6268' }) }));
  assert.deepEqual(await stayOf(bench), ['open', '6268', '01:00', undefined]);
  await bench.admit(told('A02', 3, { movement: movement('M2', 3, { unit: '7000' }) }));
  await bench.admit(told('A08', 4));
  await bench.admit(told('A03', 5, { movement: movement('M3', 5) }));
  assert.deepEqual(await stayOf(bench), ['closed', '7000', '01:00', '04:00']);
  const identity = await bench.identity();
  const stay = await recordOf(bench);
  assert.deepEqual([stay.identityId, stay.patientClass], [identity.id, 'I']);
});

test('a cancellation undoes its movement and never the identity', async (t) => {
  const bench = await openBench(t);
  await bench.admit(told('A01', 1, { movement: movement('M1', 1), proof: { deviceType: 'CN' } }));
  await bench.run('insi');
  const before = await bench.identity();
  assert.equal(before.status, 'QUAL');
  await bench.admit(told('A03', 2, { movement: movement('M2', 5) }));
  const cancels = (id: string) => movement(id, 5, { action: 'CANCEL' });
  await bench.admit(told('A13', 3, { movement: cancels('M2'), patient: { status: 'PROV' } }));
  assert.deepEqual(await stayOf(bench), ['open', null, '00:00', undefined]);
  await bench.admit(told('A11', 4, { movement: cancels('M1'), patient: { status: 'PROV' } }));
  assert.deepEqual(await stayOf(bench), ['cancelled', null, undefined, undefined]);
  const after = await bench.identity();
  assert.deepEqual([after.status, after.matricule, after.active], ['QUAL', before.matricule, true]);
});

test('the last word counts, not the last arrival: cancelled before it was told, updated late, replayed', async (t) => {
  const bench = await openBench(t);
  await bench.admit(told('A13', 9, { movement: movement('M3', 5, { action: 'CANCEL' }) }));
  await bench.admit(told('A03', 5, { movement: movement('M3', 5) }));
  await bench.admit(told('A01', 1, { movement: movement('M1', 1, { unit: '6268' }) }));
  assert.deepEqual(await stayOf(bench), ['open', '6268', '00:00', undefined]);
  const corrected = movement('M1', 2, { action: 'UPDATE', originalEvent: 'A01', unit: '7000' });
  await bench.admit(told('Z99', 8, { movement: corrected }));
  await bench.admit(told('A01', 1, { movement: movement('M1', 1, { unit: '6268' }), controlId: randomUUID() }));
  assert.deepEqual(await stayOf(bench), ['open', '7000', '01:00', undefined]);
  const again = movement('M3', 6);
  await bench.admit(told('A03', 20, { movement: again }));
  assert.deepEqual(await stayOf(bench), ['closed', '7000', '01:00', '05:00']);
});

test('a sender that numbers no movement is followed by what each does in the stay', async (t) => {
  const bench = await openBench(t);
  const visit = { ...VISIT, unit: 'CHIR', admittedAt: '20261123020000' };
  await bench.admit(told('A01', 1, { visit }));
  await bench.admit(told('A02', 2, { visit: { ...VISIT, unit: 'REA' } }));
  assert.deepEqual(await stayOf(bench), ['open', 'REA', '01:00', undefined]);
  await bench.admit(told('A12', 3));
  assert.deepEqual(await stayOf(bench), ['open', 'CHIR', '01:00', undefined]);
  await bench.admit(told('A12', 4));
  assert.equal(await lastRule(bench), hl7Rules.movementUnknown.id);
  await bench.admit(told('A03', 5, { visit: { ...VISIT, dischargedAt: '20261123100000' } }));
  assert.deepEqual(await stayOf(bench), ['closed', 'CHIR', '01:00', '09:00']);
  await bench.admit(told('A13', 6));
  await bench.admit(told('A11', 7));
  assert.equal((await stayOf(bench))[0], 'cancelled');
});

test('a visit number of somebody else changes nothing of the stay; one that is missing is shown', async (t) => {
  const bench = await openBench(t);
  await bench.admit(told('A01', 1, { movement: movement('M1', 1) }));
  const other = { ipp: 'P2', birthName: 'AUTRE' };
  await bench.admit(told('A03', 2, { movement: movement('M2', 2), patient: other }));
  assert.equal(await lastRule(bench), hl7Rules.visitOfAnother.id);
  assert.deepEqual(await stayOf(bench), ['open', null, '00:00', undefined]);
  assert.equal((await bench.identity('P2')).birthName, 'AUTRE');
  await bench.admit(told('A02', 3, { visit: { patientClass: 'I' } }));
  assert.equal(await lastRule(bench), hl7Rules.visitUnnamed.id);
  await bench.admit(told('A01', 4, { visit: { patientClass: 'N' } }));
  assert.equal(await lastRule(bench), null, 'an admission may be one of identity only');
});

test('two movements of one number, of two authorities, are two', async (t) => {
  const bench = await openBench(t);
  await bench.admit(told('A01', 1, { movement: movement('1', 1) }));
  await bench.admit(told('A02', 2, { movement: movement('1', 2) }), (text) =>
    text.replace(/(\rZBE\|1\^)[^|]*/, '$1AUTRE^1.2.3^ISO'),
  );
  const stay = await recordOf(bench);
  assert.equal((await movementsOf(bench.context.pool, stay.id)).length, 2);
});
