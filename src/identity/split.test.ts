import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { identityRules } from '../rules/identity.ts';
import { matchingRules } from '../rules/matching.ts';
import { documentById } from '../store/documents.ts';
import { identifiersOf, identityById } from '../store/identities.ts';
import { historyOf } from '../store/identity-history.ts';
import { misfiledDocuments } from '../store/misfiled.ts';
import { listStays } from '../store/stays.ts';
import { type Split, splitIdentity } from './split.ts';

const CELL = { name: 'user:cellule', settles: true };
const LOUISE = {
  birthName: 'PAT-TROIS',
  firstGivenName: 'LOUISE',
  sex: 'F',
  birthDate: '1979-03-28',
  birthPlace: '63220',
};
const NOTHING: Omit<Split, 'person'> = {
  identifiers: [],
  newIdentifiers: [],
  stayIds: [],
  documentIds: [],
  reason: 'deux jumelles sous un IPP',
};

async function collision(bench: UseCaseBench): Promise<string> {
  await bench.admit({ proof: { deviceType: 'CN' }, visit: { patientClass: 'I', number: 'V1' } });
  await bench.run('insi');
  return (await bench.identity()).id;
}

test('the second person gets her record, her stay and her documents; what left is listed; the first is doubtful', async (t) => {
  const bench = await openBench(t);
  const { pool } = bench.context;
  const id = await collision(bench);
  await bench.file({ controlId: 'PARTI' });
  await bench.settle();
  const left = await bench.document();
  assert.equal(left.state, 'accepted');
  await bench.file({ controlId: 'RESTE', number: 'L-2' });
  await bench.run('document');
  const here = await bench.document();
  assert.equal(here.state, 'ready');
  const [stay] = await listStays(pool, { eg: null, number: 'V1', identityId: id, state: null, limit: 1, offset: 0 });
  const result = await splitIdentity(
    bench.context,
    id,
    {
      ...NOTHING,
      person: LOUISE,
      newIdentifiers: [{ value: 'P9', type: 'PI' }],
      stayIds: [stay?.id ?? ''],
      documentIds: [left.id, here.id],
    },
    CELL,
  );
  assert.ok(result.ok, result.ok ? '' : result.refusal.rule.id);
  assert.deepEqual([result.value.keptId, result.value.moved, result.value.misfiled], [id, 1, 1]);
  const [first, second] = [await bench.identity('P1'), await bench.identity('P9')];
  assert.deepEqual([first.status, first.douteuse, first.matricule], ['PROV', true, null]);
  assert.deepEqual([second.id, second.status, second.firstGivenName], [result.value.identityId, 'PROV', 'LOUISE']);
  const moved = await documentById(pool, here.id);
  assert.deepEqual([moved?.identityId, moved?.ipp, moved?.ippDomain], [second.id, 'P9', DEMO_IPP_DOMAIN]);
  await bench.settle();
  assert.equal((await documentById(pool, here.id))?.state, 'waiting');
  assert.equal(bench.dmp.submitted.length, 1, 'nothing more left');
  const [misfiled] = await misfiledDocuments(pool, id, { eg: null, limit: 10 });
  assert.deepEqual([misfiled?.documentId, misfiled?.belongsTo, misfiled?.cause], [left.id, second.id, 'split']);
  const [herStay] = await listStays(pool, {
    eg: null,
    number: 'V1',
    identityId: second.id,
    state: null,
    limit: 1,
    offset: 0,
  });
  assert.equal(herStay?.id, stay?.id);
  for (const one of [first.id, second.id])
    assert.ok((await historyOf(pool, one)).some(({ event }) => event.startsWith('collision : ')));
});

test('a number that passes takes its documents along, chosen or not', async (t) => {
  const bench = await openBench(t);
  const id = await collision(bench);
  const { pool } = bench.context;
  await pool.query(`insert into identity_identifier (domain, value, identity_id, kind) values ($1, 'P2', $2, 'PI')`, [
    DEMO_IPP_DOMAIN,
    id,
  ]);
  await bench.file({ patient: { ipp: 'P2' } });
  await bench.settle();
  const left = await bench.document();
  const identifiers = [{ domain: DEMO_IPP_DOMAIN, value: 'P2' }];
  const result = await splitIdentity(bench.context, id, { ...NOTHING, person: LOUISE, identifiers }, CELL);
  assert.ok(result.ok);
  const second = await identityById(pool, result.value.identityId);
  assert.deepEqual(
    (await identifiersOf(pool, second?.id ?? '')).map(({ value }) => value),
    ['P2'],
  );
  assert.deepEqual(
    (await misfiledDocuments(pool, second?.id ?? '', { eg: null, limit: 5 })).map(({ documentId }) => documentId),
    [left.id],
  );
});

test('each keeps or gets a number, and only what is of the record can pass', async (t) => {
  const bench = await openBench(t);
  const id = await collision(bench);
  const refused = async (parts: Partial<Split>) => {
    const result = await splitIdentity(bench.context, id, { ...NOTHING, person: LOUISE, ...parts }, CELL);
    return result.ok ? undefined : result.refusal.rule;
  };
  const own = [{ domain: DEMO_IPP_DOMAIN, value: 'P1' }];
  assert.equal(await refused({}), matchingRules.splitOfNothing);
  assert.equal(await refused({ identifiers: own }), matchingRules.splitOfNothing);
  assert.equal(await refused({ identifiers: [{ domain: '1.2.3', value: 'X' }] }), matchingRules.splitOfOthers);
  const newIdentifiers = [{ value: 'P9', type: 'PI' }];
  assert.equal(await refused({ newIdentifiers, documentIds: [id] }), matchingRules.splitOfOthers);
  await bench.admit({ patient: { ipp: 'P9', birthName: 'DURAND' } });
  assert.equal(await refused({ newIdentifiers }), identityRules.ippConflict);
  assert.equal((await bench.identity()).status, 'QUAL', 'nothing was changed');
});
