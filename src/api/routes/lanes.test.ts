import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEMO_EG, DEMO_SECOND_EG } from '../../demo/structure.ts';
import { laneRules } from '../../rules/lanes.ts';
import { insertFlow, laneFlows } from '../../store/lanes.ts';
import { type ApiBench, startApi } from '../api.fixture.ts';

const NAME = { eg: DEMO_EG, application: 'DPI', facility: '*', way: 'hl7' } as const;

describe('Lanes by REST', () => {
  let bench: ApiBench;
  let id: string;
  before(async () => {
    bench = await startApi();
    await insertFlow(bench.context.pool, NAME, {
      id: bench.context.newUuid(),
      lane: 'observed',
      at: bench.context.now(),
    });
    id = (await laneFlows(bench.context.pool, null))[0]?.id ?? '';
  });
  after(() => bench.close());

  const move = async (role: 'interop' | 'administrator' | 'auditor', body: object, eg?: string) =>
    bench.call('POST', `/lanes/${id}/moves`, { token: await bench.token(role, eg), body });

  test('a flow goes forward, says what stands against the next lane, and keeps who moved it', async () => {
    const moved = await move('interop', { to: 'shadow', reason: 'essais demandés par la DSI', revision: 1 });
    assert.equal(moved.status, 200, JSON.stringify(moved.body));
    assert.partialDeepStrictEqual(moved.body, { lane: 'shadow', forward: 'canary', back: ['observed'], revision: 2 });
    const { blocking, moves } = moved.body as { blocking: { reason: { rule: string } }[]; moves: { reason: string }[] };
    assert.ok(blocking.some(({ reason }) => reason.rule === laneRules.shadowTooShort.id));
    assert.deepEqual(
      moves.map(({ reason }) => reason),
      ['essais demandés par la DSI'],
    );
  });

  test('what stands against it stops it; only an administrator asks to set it aside, and what is absolute stays', async () => {
    const forward = { to: 'canary', canary: { percentage: 10 }, reason: 'pilote', revision: 2 };
    const refused = await move('interop', forward);
    assert.partialDeepStrictEqual(refused, { status: 409, body: { rule: laneRules.blocked.id } });
    assert.equal((await move('interop', { ...forward, override: true })).status, 403);
    // The certificates of this bench are no files: nobody sends with them.
    const stopped = await move('administrator', { ...forward, override: true });
    assert.partialDeepStrictEqual(stopped, { status: 409, body: { detail: laneRules.certificates.id } });
  });

  test('whoever only reads does not move, and another establishment does not see it', async () => {
    assert.equal((await move('auditor', { to: 'observed', reason: 'x', revision: 2 })).status, 403);
    assert.equal((await move('interop', { to: 'observed', reason: 'x', revision: 2 }, DEMO_SECOND_EG)).status, 404);
    const list = await bench.call('GET', '/lanes', { token: await bench.token('interop', DEMO_SECOND_EG) });
    assert.deepEqual(list.body, { items: [], next: null });
  });
});
