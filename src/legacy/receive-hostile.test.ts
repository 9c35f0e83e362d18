/** What must stop, or find its way, when numbers, records and versions cross. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { documentRules } from '../rules/document.ts';
import { reissueRules } from '../rules/reissue.ts';
import { versionRules } from '../rules/versions.ts';
import { documentById } from '../store/documents.ts';
import { admitted, outcomeOf, REPLACES, submit } from './bench.fixture.ts';
import { INS_C, legacyCda, legacyDocument, legacySubmission, withConnector } from './submission.fixture.ts';

test('the IPP of one patient with the traits of another stops the document, wherever the IPP stands', async (t) => {
  const bench = await admitted(t);
  await bench.admit({
    patient: { ipp: 'P2', birthName: 'AUTRE', firstGivenName: 'CLAUDE', birthGivenNames: 'CLAUDE' },
  });
  await bench.settle();
  const p2 = { value: 'P2', oid: DEMO_IPP_DOMAIN };
  const inBoth = legacyDocument(legacyCda({ ipp: 'P2' }), { sourcePatient: p2 });
  const inMetadata = legacyDocument(legacyCda(), { sourcePatient: p2 });
  const inCda = legacyDocument(legacyCda({ ipp: 'P2' }));
  for (const [index, document] of [inBoth, inMetadata, inCda].entries()) {
    const [state] = await outcomeOf(bench, legacySubmission({ setUniqueId: `1.2.6.${index}`, documents: [document] }));
    assert.notEqual(state, 'accepted');
  }
  assert.equal(bench.dmp.submitted.length, 0);
});

test('the number of a merged record finds its survivor, and what was seen with it is no other patient’s', async (t) => {
  const bench = await admitted(t);
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV' } });
  const duplicate = await bench.identity('P2');
  await bench.context.pool.query(
    `insert into legacy_number (identity_id, oid, value, first_seen_at, last_seen_at) values ($1, $2, $3, now(), now())`,
    [duplicate.id, INS_C.oid, INS_C.value],
  );
  assert.deepEqual(await outcomeOf(bench), ['refused', reissueRules.numberOfAnother.id]);
  await bench.admit({ event: 'A40', patient: { ipp: 'P1' }, retiredIpp: 'P2' });
  await bench.settle();
  const ofRetired = legacyDocument(legacyCda({ ipp: 'P2' }), { sourcePatient: { value: 'P2', oid: DEMO_IPP_DOMAIN } });
  const submission = legacySubmission({ setUniqueId: '1.2.7.1', documents: [ofRetired] });
  assert.deepEqual(await outcomeOf(bench, submission), ['accepted', null]);
  assert.deepEqual(bench.dmp.submitted[0]?.documents[0].entry.patient.ins, PAT_TROIS_INS);
});

test('two recordTargets, or a second number, are refused with their reason', async (t) => {
  const bench = await admitted(t);
  const cda = legacyCda().toString();
  const target = /<recordTarget>.*<\/recordTarget>/s.exec(cda)?.[0] ?? '';
  const twice = legacyDocument(Buffer.from(cda.replace(target, target + target)));
  const id = `<id root="${INS_C.oid}" extension="${INS_C.value}"/>`;
  const second = legacyDocument(Buffer.from(cda.replace(id, id + id.replace('154', '155'))));
  const outcomes = [];
  for (const [index, document] of [twice, second].entries())
    outcomes.push(await outcomeOf(bench, legacySubmission({ setUniqueId: `1.2.8.${index}`, documents: [document] })));
  assert.deepEqual(outcomes, [
    ['refused', documentRules.cdaElementRepeated.id],
    ['refused', reissueRules.severalNumbers.id],
  ]);
});

test('a version of a document fed yesterday, not through us, replaces what the DMP shows under its uniqueId', async (t) => {
  const bench = await admitted(t);
  const entryUuid = 'urn:uuid:11111111-2222-4333-8444-555555555555';
  const asked: string[] = [];
  bench.dmp.findAnswer = (uniqueId) => {
    asked.push(uniqueId);
    return { kind: 'answered', value: [{ entryUuid, uniqueId, status: 'Approved' }] };
  };
  const bytes = legacyCda({ uniqueId: '1.2.250.1.999.1.1.48', replaces: '1.2.250.1.999.1.1.40' });
  // Its entryUUID of API V1 means nothing under V2: the CDA names what it replaces.
  const replaces = 'urn:uuid:99999999-2222-4333-8444-555555555555';
  const version = legacyDocument(bytes, { uniqueId: '1.2.250.1.999.1.1.48', replaces });
  assert.deepEqual(await outcomeOf(bench, legacySubmission({ documents: [version] })), ['accepted', null]);
  const [left] = bench.dmp.submitted[0]?.documents ?? [];
  assert.deepEqual([asked, left?.replaces], [['1.2.250.1.999.1.1.40'], entryUuid]);
  assert.equal((await bench.document()).setId, '1.2.250.1.999.1.1.40.1');
});

test('an association that the CDA does not tell is not invented in it', async (t) => {
  const bench = await admitted(t);
  const replaces = 'urn:uuid:99999999-2222-4333-8444-555555555555';
  assert.deepEqual(
    await outcomeOf(bench, legacySubmission({ documents: [legacyDocument(legacyCda(), { replaces })] })),
    ['refused', documentRules.cdaReplacement.id],
  );
  const other = legacyDocument(legacyCda({ replaces: '1.2.250.1.999.1.1.40' }), { replaces: '1.2.250.1.999.1.1.41' });
  assert.deepEqual(await outcomeOf(bench, legacySubmission({ setUniqueId: '1.2.9.1', documents: [other] })), [
    'refused',
    versionRules.parentsDiffer.id,
  ]);
});

test('a version overtaken while its connector was told to come again is not sent when it does', async (t) => {
  const bench = await openBench(t, withConnector(REPLACES));
  const first = legacySubmission();
  const [id] = await submit(bench, first);
  const bytes = legacyCda({ uniqueId: '1.2.250.1.999.1.1.49', replaces: '1.2.250.1.999.1.1.42' });
  const second = legacyDocument(bytes, { uniqueId: '1.2.250.1.999.1.1.49', replaces: '1.2.250.1.999.1.1.42' });
  await submit(bench, legacySubmission({ setUniqueId: '1.2.10.1', documents: [second] }));
  await bench.admit();
  await bench.settle();
  assert.equal((await documentById(bench.context.pool, id ?? ''))?.ruleId, versionRules.superseded.id);
  assert.deepEqual(await submit(bench, first, 2), [id]);
  assert.deepEqual(
    bench.dmp.submitted.flatMap(({ documents }) => documents.map(({ entry }) => entry.uniqueId)),
    ['1.2.250.1.999.1.1.49'],
  );
});

test('a CDA that bears the qualified INS goes through under metadata of API V1, which can only say an INS-C', async (t) => {
  const bench = await admitted(t, {});
  const ins = { value: PAT_TROIS_INS.matricule as string, oid: PAT_TROIS_INS.oid as string };
  const bytes = legacyCda({ number: ins });
  assert.deepEqual(await outcomeOf(bench, legacySubmission({ documents: [legacyDocument(bytes)] })), [
    'accepted',
    null,
  ]);
  assert.ok(Buffer.from(bench.dmp.submitted[0]?.documents[0].bytes ?? '').equals(bytes));
});
