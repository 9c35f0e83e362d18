/** Any history of one DMP, against a model written from dmp.md 6; then the same history told by the journal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openTestDmp, type TestAnswer, type TestDmp } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { fed, type Visibility } from './feeder.fixture.ts';
import { feedRequest, freshUniqueId } from './message.fixture.ts';
import { APPROVED, listed, packageOf, retrieve } from './query.fixture.ts';
import { ARCHIVED, changeStatus, changeVisibility } from './update.fixture.ts';

const AIR = as({ mode: 'INDIRECTE_RENFORCEE' });
const CHANGES = [
  'mask',
  'unmask',
  'show',
  'hide',
  'archive',
  'unarchive',
  'delete',
  'replace',
  'stale delete',
] as const;
type Change = (typeof CHANGES)[number];

interface Model {
  status: 'Approved' | 'Deprecated' | 'Archived' | 'Deleted';
  visibilities: Set<Visibility>;
  version: number;
}

/** Whether the change is allowed; when it is, the model follows. */
function follow(model: Model, change: Change): boolean {
  const { status, visibilities } = model;
  const inForce = status === 'Approved';
  const seen = !visibilities.has('INVISIBLE_PATIENT');
  const allowed: Readonly<Record<Change, boolean>> = {
    mask: inForce,
    unmask: inForce,
    show: inForce,
    hide: inForce && !seen,
    archive: inForce,
    unarchive: status === 'Archived',
    delete: inForce,
    replace: inForce,
    'stale delete': inForce && model.version === 1,
  };
  if (!allowed[change]) return false;
  if (change === 'mask') visibilities.add('MASQUE_PS');
  if (change === 'unmask') visibilities.delete('MASQUE_PS');
  if (change === 'show') visibilities.delete('INVISIBLE_PATIENT');
  if (['mask', 'unmask', 'show', 'hide'].includes(change)) model.version += 1;
  if (change === 'archive') model.status = 'Archived';
  if (change === 'unarchive') model.status = 'Approved';
  if (change === 'delete' || change === 'stale delete') model.status = 'Deleted';
  if (change === 'replace') model.status = 'Deprecated';
  return true;
}

async function ask(dmp: TestDmp, first: string, uniqueId: string, change: Change): Promise<TestAnswer> {
  const document = dmp.holdings.byUniqueId(uniqueId);
  assert.ok(document);
  const { entryUUID } = document;
  const codes = new Set(
    dmp.holdings
      .byUniqueId(uniqueId)
      ?.object.classifications.map(({ code }) => code)
      .filter((code) => code === 'MASQUE_PS' || code === 'INVISIBLE_PATIENT'),
  );
  const wish = (edit: (set: Set<string>) => unknown) => {
    edit(codes);
    const visibilities = (['MASQUE_PS', 'INVISIBLE_PATIENT'] as const).filter((code) => codes.has(code));
    return changeVisibility(dmp, document, visibilities);
  };
  switch (change) {
    case 'mask':
      return wish((set) => set.add('MASQUE_PS'));
    case 'unmask':
      return wish((set) => set.delete('MASQUE_PS'));
    case 'show':
      return wish((set) => set.delete('INVISIBLE_PATIENT'));
    case 'hide':
      return wish((set) => set.add('INVISIBLE_PATIENT'));
    case 'archive':
      return changeStatus(dmp, entryUUID, { to: ARCHIVED, recipe: AIR });
    case 'unarchive':
      return changeStatus(dmp, entryUUID, { from: ARCHIVED, to: APPROVED, recipe: AIR });
    case 'delete':
      return changeStatus(dmp, entryUUID);
    case 'stale delete':
      return changeStatus(dmp, first);
    case 'replace': {
      const version = 2;
      const target = { setId: `${uniqueId}.9`, version, replaces: uniqueId, target: entryUUID };
      return dmp.send(feedRequest({ uniqueId: freshUniqueId(), document: target }));
    }
  }
}

test('whatever happens to a document, the simulator answers as the model, and tells the same after a restart', async (t) => {
  const histories = fc.record({
    hidden: fc.boolean(),
    changes: fc.array(fc.constantFrom(...CHANGES), { minLength: 1, maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(histories, async ({ hidden, changes }) => {
      const dmp = await openTestDmp(t);
      const visibilities = hidden ? (['INVISIBLE_PATIENT'] as const) : [];
      const { entryUUID, uniqueId, size } = await fed(dmp, { visibilities });
      const model: Model = { status: 'Approved', visibilities: new Set(visibilities), version: 1 };
      for (const change of changes) {
        const allowed = follow(model, change);
        const { body } = await ask(dmp, entryUUID, uniqueId, change);
        assert.equal(/ResponseStatusType:Success/.test(body), allowed, `${change} of ${changes}: ${body.slice(-400)}`);
      }
      const held = dmp.holdings.byUniqueId(uniqueId);
      assert.ok(held);
      assert.deepEqual([dmp.holdings.statusOf(held), held.version], [model.status, model.version]);
      assert.equal((await listed(dmp, AIR)).includes(uniqueId), model.status === 'Approved');
      const [part] = packageOf(await retrieve(dmp, [uniqueId], AIR)).parts.values();
      assert.equal(part?.body.length, model.status === 'Deleted' ? undefined : size);
      const told = await dmp.control('POST /documents/search', {});
      await dmp.holdings.close();
      const restarted = await openTestDmp(t, { directory: dmp.directory });
      assert.deepEqual(await restarted.control('POST /documents/search', {}), told);
      await restarted.holdings.close();
    }),
    { numRuns: 25 },
  );
});
