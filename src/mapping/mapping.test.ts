/** A value that nobody mapped holds its documents back, explained; the row that maps it lets them go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, withSources } from '../../test/support/use-case-bench.ts';
import { DEMO_EG, DEMO_SECOND_EG } from '../demo/structure.ts';
import { submitDocument } from '../documents/index.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import { feedRules } from '../rules/feed.ts';
import { mappingRules } from '../rules/mapping.ts';
import { many } from '../store/db.ts';
import { countSentUnder } from '../store/mappings.ts';
import { valuesToMap } from '../store/unmapped-values.ts';
import { AUTHOR, LOCAL_TYPE, localAuthor, qualifiedBench, SOURCE, save, sentCda, stateOf } from './mapping.fixture.ts';
import { mappingTaskHandler } from './release.ts';

test('a local type waits, explained, and its document leaves by itself with the national type and class', async (t) => {
  const bench = await qualifiedBench(t);
  await bench.file({ type: LOCAL_TYPE });
  await bench.settle();
  const waiting = await bench.document();
  assert.deepEqual(
    [waiting.state, waiting.ruleId, waiting.detail],
    ['waiting', mappingRules.typeUnmapped.id, '« CRH »'],
  );
  assert.deepEqual(await bench.answers(), [], 'acknowledged at the door, and nothing said against it');
  const row = await save(bench, { target: { typeCode: '34112-3' } });
  await bench.settle();
  const sent = await bench.document();
  assert.deepEqual([sent.state, sent.typeCode], ['accepted', '34112-3']);
  assert.deepEqual(sent.steps, ['received', 'matched', 'waiting', 'prepared', 'sent', 'accepted']);
  assert.equal(sentCda(bench).code?.code, '34112-3');
  const [entry] = bench.dmp.submitted.at(-1)?.documents ?? [];
  assert.deepEqual([entry?.entry.typeCode.code, entry?.entry.classCode.code], ['34112-3', '10']);
  assert.deepEqual(await countSentUnder(bench.context.pool, row, 10), { current: 1, earlier: 0 });
  assert.deepEqual(await many(bench.context.pool, 'select type_code from ledger'), [{ type_code: '34112-3' }]);
});

test('the desk says which value, from whom, how many documents, since when, and no trait of the patient', async (t) => {
  const bench = await qualifiedBench(t);
  await bench.file({ type: LOCAL_TYPE, controlId: 'C-1' });
  bench.advance(60_000);
  await bench.file({ type: LOCAL_TYPE, controlId: 'C-2', number: 'L-2' });
  await bench.file({ type: { code: 'ORD', label: 'Ordonnance' }, controlId: 'C-3', number: 'L-3' }, localAuthor);
  await bench.settle();
  const all = await valuesToMap(bench.context.pool, { eg: null, kind: null, limit: 10 });
  assert.deepEqual(
    all.map(({ kind, localValue, localName, label, documents, examples, sender }) => ({
      ...{ kind, localValue, localName, label, documents, examples, sender },
    })),
    [
      ['types', 'CRH', '', 'CR hospitalier', 2, ['C-2', 'C-1']] as const,
      ['authors', 'DR12', 'DURAND ALICE', 'DURAND, Aliçe', 1, ['C-3']] as const,
      ['types', 'ORD', '', 'Ordonnance', 1, ['C-3']] as const,
    ].map(([kind, localValue, localName, label, documents, examples]) => ({
      ...{ kind, localValue, localName, label, documents, examples, sender: 'DPI|CH-DEMO' },
    })),
  );
  assert.equal((all[0]?.lastSeen.getTime() ?? 0) - (all[0]?.firstSeen.getTime() ?? 0), 60_000);
  assert.ok(!JSON.stringify(all).includes('PAT-TROIS'));
  assert.deepEqual(await valuesToMap(bench.context.pool, { eg: DEMO_SECOND_EG, kind: null, limit: 10 }), []);
});

test('a value is shown at the desk while the patient is still to qualify; both must be settled', async (t) => {
  const bench = await openBench(t);
  await bench.file({ type: LOCAL_TYPE });
  await bench.settle();
  assert.equal((await valuesToMap(bench.context.pool, { eg: null, kind: 'types', limit: 10 })).length, 1);
  await save(bench, { target: { typeCode: '34112-3' } });
  await bench.settle();
  assert.equal((await bench.document()).state, 'waiting');
  assert.deepEqual(await valuesToMap(bench.context.pool, { eg: null, kind: null, limit: 10 }), []);
  await bench.admit();
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['accepted', null]);
});

test('an author named by a number of the house leaves under the RPPS and specialty of the row, never under another name', async (t) => {
  const bench = await qualifiedBench(t);
  await bench.file({}, localAuthor);
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['waiting', mappingRules.authorUnmapped.id]);
  const target = { rpps: '899700218896', family: 'DURAND', given: 'ALICE', specialty: 'G15_10/SM04' };
  await save(bench, { kind: 'authors', localValue: 'DR12', target });
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['accepted', null]);
  const [author] = sentCda(bench).authors;
  assert.deepEqual(
    [author?.ids[0]?.extension, author?.family, author?.code?.code],
    ['899700218896', 'DURAND', 'G15_10/SM04'],
  );
});

test('one number of several people: a row for one name leaves the others waiting; a name alone can be mapped', async (t) => {
  const bench = await qualifiedBench(t);
  await save(bench, { kind: 'authors', localValue: 'DR12', localName: 'Martin Paul', target: AUTHOR });
  await bench.file({}, localAuthor);
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['waiting', mappingRules.authorUnmapped.id]);
  await bench.file({ number: 'L-2' }, (text) => text.replaceAll('801234567897^MARTIN^CLAIRE', 'DR12^Martin^Paul'));
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['accepted', null]);
  await bench.file({ number: 'L-3' }, (text) => text.replaceAll('801234567897^MARTIN^CLAIRE', '^Martin^Paul'));
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['waiting', mappingRules.authorUnmapped.id]);
  await save(bench, { kind: 'authors', localValue: 'MARTIN PAUL', target: AUTHOR });
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['accepted', null]);
});

test('an RPPS needs no row; a row for it gives the specialty that the message does not', async (t) => {
  const bench = await qualifiedBench(t, withSources({ defaultAuthor: undefined }));
  await bench.file();
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['waiting', mappingRules.authorUnmapped.id]);
  await save(bench, { kind: 'authors', localValue: '801234567897', target: AUTHOR });
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['accepted', null]);
});

test('an RPPS whose key is wrong leaves as its sender declares it, and the timeline says so', async (t) => {
  const bench = await qualifiedBench(t);
  await bench.file({}, (text) => text.replaceAll('801234567897', '801234567890'));
  await bench.settle();
  const document = await bench.document();
  assert.equal(document.state, 'accepted');
  assert.ok(document.steps.includes('warning'));
});

test('a source of several establishments: the unit decides which, with its sector and setting; an unmapped one waits', async (t) => {
  const bench = await qualifiedBench(t, withSources({ mapUnits: true }));
  const nowhere = (text: string) => text.replaceAll(DEMO_EG, '999999999');
  await bench.file({ visit: { patientClass: 'I', unit: '2310' } }, nowhere);
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['waiting', mappingRules.unitUnmapped.id]);
  await save(bench, {
    kind: 'units',
    localValue: '2310',
    target: { eg: DEMO_SECOND_EG, sector: 'SA05', practiceSetting: 'HAD' },
  });
  await bench.settle();
  const sent = await bench.document();
  assert.deepEqual([sent.state, sent.eg], ['accepted', DEMO_SECOND_EG]);
  const [entry] = bench.dmp.submitted.at(-1)?.documents ?? [];
  assert.deepEqual(
    [entry?.entry.healthcareFacilityTypeCode.code, entry?.entry.practiceSettingCode.code],
    ['SA05', 'HAD'],
  );
  assert.equal(sentCda(bench).custodian?.id?.extension, `1${DEMO_SECOND_EG}`);
});

test('a sender that names its geographic entity by FINESS needs no row, nor does one that sends for a single entity', async (t) => {
  const several = await qualifiedBench(t, withSources({ mapUnits: true }));
  await several.file({ visit: { patientClass: 'I', unit: '2310' } }, (text) =>
    text.replaceAll(DEMO_EG, DEMO_SECOND_EG),
  );
  await several.settle();
  assert.deepEqual([(await several.document()).state, (await several.document()).eg], ['accepted', DEMO_SECOND_EG]);
  const one = await qualifiedBench(t);
  await one.file({ visit: { patientClass: 'I', unit: '2310' } });
  await one.settle();
  assert.deepEqual([(await one.document()).state, (await one.document()).eg], ['accepted', DEMO_EG]);
});

test('a type that the site never feeds is non transmissible at once, and its sender is told', async (t) => {
  const bench = await openBench(t);
  await save(bench, { target: { typeCode: 'JAMAIS' } });
  await bench.file({ type: LOCAL_TYPE });
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['withdrawn', mappingRules.typeNeverFed.id]);
  assert.match((await bench.answers()).join(), /TDU-MAP-010/);
  await save(bench, { target: { typeCode: '51851-4' } });
  await bench.file({ type: LOCAL_TYPE, number: 'L-2' });
  await bench.admit();
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['withdrawn', feedRules.typeNotFeedable.id]);
});

test('the most precise row wins: the application, then any of its facilities, then the establishment, then all', async (t) => {
  const bench = await qualifiedBench(t);
  const scopes: readonly (readonly [string, string])[] = [
    ['', '34112-3'],
    [`eg:${DEMO_EG}`, '34874-8'],
    ['source:DPI|*', '15507-7'],
    [SOURCE, '11488-4'],
  ];
  for (const [scope, typeCode] of scopes) {
    await save(bench, { scope, target: { typeCode } });
    await bench.file({ type: LOCAL_TYPE, number: `L-${typeCode}` });
    await bench.settle();
    assert.deepEqual(
      [(await bench.document()).state, (await bench.document()).typeCode],
      ['accepted', typeCode],
      scope,
    );
  }
  await save(bench, { scope: 'source:AUTRE|CH-DEMO', localValue: 'ORD', target: { typeCode: '57833-6' } });
  await bench.file({ type: { code: 'ORD', label: 'Ordonnance' }, number: 'L-9' });
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['waiting', mappingRules.typeUnmapped.id], 'a row of another application');
});

test('a REST caller with codes of its own waits and leaves like any other', async (t) => {
  const bench = await qualifiedBench(t);
  const submitted = await submitDocument(
    bench.context,
    {
      content: Buffer.from('Bonjour').toString('base64'),
      mimeType: 'text/plain',
      typeCode: 'CRH',
      title: 'Lettre',
      ipp: 'P1',
      author: { id: 'DR12', family: 'DURAND', given: 'ALICE' },
    },
    'token:portail',
  );
  assert.ok(submitted.ok);
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['waiting', mappingRules.typeUnmapped.id]);
  await save(bench, { scope: 'source:REST|token:portail', target: { typeCode: '34112-3' } });
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['waiting', mappingRules.authorUnmapped.id]);
  await save(bench, { kind: 'authors', scope: '', localValue: 'DR12', target: AUTHOR });
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['accepted', null]);
});

test('a row that comes while a document is about to wait for it is not missed', async (t) => {
  const bench = await qualifiedBench(t);
  await bench.file({ type: LOCAL_TYPE });
  const { pool } = bench.context;
  // Between the look at the tables and the transaction that notes the wait: the clock is read in between.
  let saved: Promise<unknown> | undefined;
  const { now } = bench.context;
  const interrupted = {
    ...bench.context,
    now: () => {
      saved ??= save(bench, { target: { typeCode: '34112-3' } });
      return now();
    },
  };
  const { documentTaskHandler } = await import('../feed/index.ts');
  const handler = documentTaskHandler(interrupted, {} as never);
  const [task] = await claimTasks(pool, { kinds: ['document'], worker: 1, limit: 1, leaseMs: 60_000 });
  assert.ok(task);
  await handler(task);
  await saved;
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['accepted', null]);
});

test('a thousand waiting documents are released two hundred at a time', async (t) => {
  const bench = await qualifiedBench(t);
  await bench.file({ type: LOCAL_TYPE });
  await bench.settle();
  const { pool } = bench.context;
  await pool.query(
    `with copies as (
       insert into document (id, message_id, received_at, eg, ej, sender, control_id, kind, action, mime_type, ipp, ipp_domain,
         identity_id, unique_id, type_code, title, notice, state, rule_id, detail, updated_at)
       select gen_random_uuid(), message_id, received_at, eg, ej, sender, control_id, kind, action, mime_type, ipp, ipp_domain,
         identity_id, unique_id || '.' || n, type_code, title, notice, state, rule_id, detail, updated_at
       from document, generate_series(1, 999) n returning id)
     insert into unmapped_value (document_id, kind, local_value, label) select id, 'types', 'CRH', '' from copies`,
  );
  await save(bench, { target: { typeCode: '34112-3' } });
  const sizes: number[] = [];
  for (let batch = 0; batch < 10; batch++) {
    const [task] = await claimTasks(pool, { kinds: ['mapping'], worker: 1, limit: 1, leaseMs: 60_000 });
    if (task === undefined) break;
    await mappingTaskHandler(bench.context)(task);
    const [row] = await many<{ n: number }>(pool, `select count(*) as n from task where kind = 'document'`);
    sizes.push(row?.n ?? 0);
  }
  assert.deepEqual(sizes, [200, 400, 600, 800, 1000, 1000]);
});
