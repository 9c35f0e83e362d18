import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STAMPER } from '../../test/support/fake-services.ts';
import { openBench, PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { submitDocument } from '../documents/index.ts';
import { parseDocumentUniqueId, parseIpp } from '../ins/identifiers.ts';
import { parseOid } from '../ins/oids.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import { documentRules } from '../rules/document.ts';
import { feedRules } from '../rules/feed.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { identityRules } from '../rules/identity.ts';
import { many } from '../store/db.ts';
import { correctDocument, eventsOf } from '../store/documents.ts';
import { buildLevelOneCda } from '../wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity, valueOfResult } from '../wire/cda/cda.fixture.ts';
import { documentTaskHandler } from './process-document.ts';

test('a document of an unknown patient waits, and leaves when the patient is admitted and qualified', async (t) => {
  const bench = await openBench(t);
  await bench.file();
  await bench.settle();
  const waiting = await bench.document();
  assert.deepEqual(
    [waiting.state, waiting.ruleId, waiting.identityId],
    ['waiting', identityRules.patientUnknown.id, null],
  );
  await bench.admit();
  await bench.run('release', 'document');
  assert.equal((await bench.document()).ruleId, feedRules.insiPending.id);
  await bench.settle();
  const sent = await bench.document();
  assert.equal(sent.state, 'accepted');
  assert.deepEqual(sent.steps, ['received', 'waiting', 'matched', 'waiting', 'prepared', 'sent', 'accepted']);
});

test('the number that a patient receives later wakes the document that waited for it', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  await bench.file({ patient: { ipp: 'P2' } });
  await bench.settle();
  assert.equal((await bench.document()).ruleId, identityRules.patientUnknown.id);
  await bench.admit({ event: 'A31' }, (text) => text.replace('^PI', '^PI~P2^^^CH-DEMO^PI'));
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
});

test('a patient named by INS alone is matched once the identity carries that INS, and gets its local number here', async (t) => {
  const bench = await openBench(t);
  const insAlone = (text: string) => text.replace(/\|[^|~]*\^PI~/, '|');
  await bench.file({ patient: { ins: PAT_TROIS_INS } }, insAlone);
  await bench.settle();
  const waiting = await bench.document();
  assert.deepEqual([waiting.state, waiting.ruleId, waiting.ipp], ['waiting', identityRules.patientUnknown.id, '']);
  await bench.admit();
  await bench.settle();
  const sent = await bench.document();
  assert.equal(sent.state, 'accepted');
  assert.equal(sent.ipp, 'P1');
  await bench.file(
    { controlId: 'OTHER', patient: { ins: { ...PAT_TROIS_INS, matricule: '297022A02077878' } } },
    insAlone,
  );
  await bench.settle();
  assert.equal((await bench.document()).ruleId, identityRules.patientUnknown.id);
});

test('by INS alone: a number of the CDA that nobody bears here is no contradiction, one of another patient is', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.admit({
    controlId: 'NEIGHBOUR',
    patient: { ipp: 'P2', birthName: 'VOISINE', firstGivenName: 'ANNE', birthGivenNames: 'ANNE', status: 'PROV' },
  });
  await bench.settle();
  const sent = async (uniqueId: string, ipp: string) => {
    const parts = {
      uniqueId: valueOfResult(parseDocumentUniqueId(uniqueId)),
      setId: { root: uniqueId },
      patient: qualifiedIdentity(),
      ipp: { value: valueOfResult(parseIpp(ipp)), domain: valueOfResult(parseOid(DEMO_IPP_DOMAIN)) },
    };
    const carried = { profile: 'cisis', mime: ['text', 'XML'], number: uniqueId } as const;
    const content = buildLevelOneCda(levelOneDocument(parts));
    await bench.file({ ...carried, controlId: uniqueId, content, patient: { ins: PAT_TROIS_INS } }, (text) =>
      text.replace(/\|[^|~]*\^PI~/, '|'),
    );
    await bench.settle();
    const { state, ruleId } = await bench.document();
    return [state, ruleId];
  };
  assert.deepEqual(await sent('1.2.250.1.999.8.1', 'P1'), ['accepted', null]);
  assert.deepEqual(await sent('1.2.250.1.999.8.2', 'ELSEWHERE'), ['accepted', null]);
  assert.deepEqual(await sent('1.2.250.1.999.8.3', 'P2'), ['refused', documentRules.cdaIppDiffers.id]);
});

test('the same reason met again is written once, another reason is written', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  await bench.file();
  await bench.settle();
  await bench.admit({ event: 'A08', patient: { status: 'PROV', usedName: 'DURAND' } });
  await bench.settle();
  const { id } = await bench.document();
  const reasons = async () =>
    (await eventsOf(bench.context.pool, id)).filter(({ step }) => step === 'waiting').map(({ ruleId }) => ruleId);
  assert.deepEqual(await reasons(), [feedRules.identityProvisional.id]);
  bench.insi.answer = () => ({
    kind: 'none',
    cr: { code: '01', label: '' },
    refusal: { rule: identityRules.traitsDiffer },
  });
  await bench.admit({ event: 'A31' });
  await bench.settle();
  assert.deepEqual((await reasons()).at(-1), identityRules.traitsDiffer.id);
});

test('not for the DMP: ended at once, whoever the patient is', async (t) => {
  const bench = await openBench(t);
  const content = buildLevelOneCda(levelOneDocument({ patient: qualifiedIdentity() }));
  await bench.file({
    profile: 'cisis',
    mime: ['text', 'XML'],
    number: '1.2.250.1.999.1.1.42',
    content,
    flags: { DESTDMP: false },
    patient: { ins: PAT_TROIS_INS },
  });
  await bench.settle();
  const document = await bench.document();
  assert.deepEqual([document.state, document.ruleId], ['withdrawn', feedRules.notForTheDmp.id]);
});

test('what cannot be prepared is refused, or non transmissible when nothing can make it leave', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  const unknown = buildLevelOneCda(levelOneDocument({ patient: qualifiedIdentity() }))
    .toString('utf8')
    .replace('code="11490-0"', 'code="00000-0"');
  await bench.file({ content: Buffer.from(unknown), mime: ['text', 'XML'], controlId: 'INCONNU' });
  await bench.settle();
  assert.deepEqual(
    [(await bench.document()).state, (await bench.document()).ruleId],
    ['refused', feedRules.typeUnknown.id],
  );
  const restricted = buildLevelOneCda(levelOneDocument({ patient: qualifiedIdentity() }))
    .toString('utf8')
    .replace('<confidentialityCode code="N"', '<confidentialityCode code="R"');
  await bench.file({ content: Buffer.from(restricted), mime: ['text', 'XML'] });
  await bench.settle();
  assert.deepEqual(
    [(await bench.document()).state, (await bench.document()).ruleId],
    ['withdrawn', feedRules.restricted.id],
  );
  assert.equal((await bench.answers()).length, 2);
});

test('a content that cannot be read any more stops with its rule', async (t) => {
  const bench = await openBench(t);
  bench.leaveToDocumentTask();
  await bench.admit();
  await bench.settle();
  await bench.file();
  await bench.context.pool.query(
    `update inbound_message set body = convert_to(replace(convert_from(body, 'UTF8'), 'Base64', 'Hex'), 'UTF8')`,
  );
  await bench.settle();
  assert.equal((await bench.document()).ruleId, hl7Rules.contentEncodingUnsupported.id);
});

test('a REST document owes no HL7 answer; an HL7 one without a route is kept with its answer unsent', async (t) => {
  const bench = await openBench(t, (config) => ({
    ...config,
    sources: config.sources.map(({ answers: _, ...source }) => source),
  }));
  await bench.admit();
  const content = Buffer.from('Bonjour').toString('base64');
  const given = { content, mimeType: 'text/plain', typeCode: '11490-0', title: 'T', ipp: 'P1' };
  assert.ok((await submitDocument(bench.context, given, 'token:x')).ok);
  await bench.settle();
  assert.deepEqual([(await bench.document()).state, await bench.answers()], ['accepted', []]);
  await bench.file();
  await bench.settle();
  assert.deepEqual(await many(bench.context.pool, 'select state from answer'), [{ state: 'no-route' }]);
  assert.deepEqual(await bench.tasks(), []);
});

test('a document that comes back to the gate while it is being read is prepared by the next run', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.run('insi');
  await bench.file();
  await bench.run('document');
  const { id, uniqueId } = await bench.document();
  await bench.context.pool.query(`insert into task (kind, subject, order_key) values ('document', $1, $2)`, [
    id,
    uniqueId,
  ]);
  const [task] = await claimTasks(bench.context.pool, { kinds: ['document'], worker: 1, limit: 1, leaseMs: 60_000 });
  assert.ok(task);
  const stamper = {
    stamp: () => assert.fail('stamped'),
    readMarks: () => assert.fail('read'),
    checkPdfA: STAMPER.checkPdfA,
    compare: STAMPER.compare,
    close: async () => undefined,
  };
  const { pool } = bench.context;
  const late = Object.assign(Object.create(pool), {
    query: pool.query.bind(pool),
    connect: async () => {
      await pool.query(`update document set state = 'waiting'`);
      return pool.connect();
    },
  });
  await documentTaskHandler({ ...bench.context, pool: late }, stamper)(task);
  assert.equal((await bench.document()).state, 'waiting');
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
});

test('a correction made while the document is being prepared is in what leaves', async (t) => {
  const bench = await openBench(t);
  bench.leaveToDocumentTask();
  const { pool } = bench.context;
  await bench.admit();
  await bench.run('insi');
  await bench.file({ title: 'Lettre' });
  const { id } = await bench.document();
  const [task] = await claimTasks(pool, { kinds: ['document'], worker: 1, limit: 1, leaseMs: 60_000 });
  assert.ok(task);
  const late = Object.assign(Object.create(pool), {
    query: pool.query.bind(pool),
    connect: async () => {
      await correctDocument(pool, id, { typeCode: null, title: 'Lettre corrigée', author: null });
      return pool.connect();
    },
  });
  const stamper = { ...STAMPER, stamp: () => assert.fail(), readMarks: () => assert.fail() };
  await documentTaskHandler({ ...bench.context, pool: late }, stamper)(task);
  assert.equal((await bench.document()).state, 'received');
  await bench.settle();
  const [sent] = bench.dmp.submitted[0]?.documents ?? [];
  assert.match(Buffer.from(sent?.bytes ?? []).toString('utf8'), /<title>Lettre corrigée/);
});

test('a merge that takes the document along while its patient is being matched: each waits its turn', async (t) => {
  const bench = await openBench(t);
  bench.leaveToDocumentTask();
  const { pool } = bench.context;
  await bench.admit();
  await bench.run('insi');
  await bench.file();
  const [task] = await claimTasks(pool, { kinds: ['document'], worker: 1, limit: 1, leaseMs: 60_000 });
  assert.ok(task);
  const merge = await pool.connect();
  await merge.query('begin');
  await merge.query('select 1 from identity for update');
  const stamper = { ...STAMPER, stamp: () => assert.fail(), readMarks: () => assert.fail() };
  const matched = documentTaskHandler(bench.context, stamper)(task);
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  for (let looks = 0; (await many(pool, waiting)).length === 0; looks++) assert.ok(looks < 10_000, 'nobody waits');
  await merge.query(`update document set ipp = ipp where kind = 'raw'`);
  await merge.query('commit');
  merge.release();
  await matched;
  assert.equal((await bench.document()).state, 'ready');
});
