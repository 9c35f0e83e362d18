import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDmp, type TestDmp } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { MATRICULE, writeCda } from './cda.fixture.ts';
import { freshUniqueId } from './message.fixture.ts';
import { listed, packageOf, retrieve } from './query.fixture.ts';

const AIR = as({ mode: 'INDIRECTE_RENFORCEE' });

function put(dmp: TestDmp, xml: string, more: object = {}): Promise<unknown> {
  return dmp.control('POST /documents', { cda: Buffer.from(xml).toString('base64'), ...more });
}

test('a document put into the DMP is read like one that was fed, under its own metadata', async (t) => {
  const dmp = await openTestDmp(t);
  const uniqueId = freshUniqueId();
  const xml = writeCda({ uniqueId, setId: `${uniqueId}.9`, version: 1 }).replaceAll('1750000019', '1130000015');
  await put(dmp, xml, { visibilities: ['INVISIBLE_PATIENT'] });
  const held = dmp.holdings.byUniqueId(uniqueId);
  assert.equal(held?.structure, '1130000015');
  const bySpeciality = { $XDSDocumentEntryTypeCode: "('34112-3^^2.16.840.1.113883.6.1')" };
  assert.deepEqual(await listed(dmp, AIR, bySpeciality), [uniqueId]);
  const { parts } = packageOf(await retrieve(dmp, [uniqueId], AIR));
  assert.equal([...parts.values()][0]?.body.toString(), xml);
  const seen = await dmp.control('POST /documents/search', { matricule: MATRICULE, viewer: 'patient' });
  assert.deepEqual(seen, { items: [] });
  const next = freshUniqueId();
  await put(dmp, writeCda({ uniqueId: next, setId: `${uniqueId}.9`, version: 2, replaces: uniqueId }));
  assert.deepEqual(await listed(dmp, AIR), [next]);
});

test('what a submission could not hold is not put either', async (t) => {
  const dmp = await openTestDmp(t);
  const uniqueId = freshUniqueId();
  const xml = writeCda({ uniqueId, setId: `${uniqueId}.9`, version: 1 });
  await put(dmp, xml);
  for (const [wrong, reason] of [
    [xml, /uniqueId déjà enregistré/],
    ['<x/>', /Un CDA d’un patient/],
    [xml.replace(`<id root="${uniqueId}"/>`, '<id root="1.2.3" extension="4"/>'), /sans @extension/],
    [xml.replaceAll(uniqueId, freshUniqueId()).replace('code="34112-3"', 'code="0"'), /JDV_J66/],
  ] as const) {
    assert.match(JSON.stringify(await put(dmp, wrong)), reason);
  }
  assert.equal(dmp.holdings.documents().length, 1);
});
