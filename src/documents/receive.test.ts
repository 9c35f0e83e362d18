import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { openBench, PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import { DEMO_EG, DEMO_IPP_DOMAIN, DEMO_SECOND_EG } from '../demo/structure.ts';
import { parseDocumentUniqueId } from '../ins/identifiers.ts';
import { apiRules } from '../rules/api.ts';
import { feedRules } from '../rules/feed.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { identityRules } from '../rules/identity.ts';
import { documentById } from '../store/documents.ts';
import { buildLevelOneCda } from '../wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity, valueOfResult } from '../wire/cda/cda.fixture.ts';
import { formOf } from './forms.ts';
import { type Submitted, submitDocument } from './submit.ts';

const ACTOR = 'token:essai';
const REST: Submitted = {
  content: Buffer.from('Chère consœur,\n').toString('base64'),
  mimeType: 'text/plain',
  typeCode: '11490-0',
  title: 'Lettre',
  ipp: 'P1',
};

function cda(uniqueId: string, title = 'Lettre de liaison « à la sortie » & suites'): Buffer {
  const patient = qualifiedIdentity();
  return buildLevelOneCda(
    levelOneDocument({ uniqueId: valueOfResult(parseDocumentUniqueId(uniqueId)), patient, title }),
  );
}

const AS_CDA = { mime: ['text', 'XML'] } as const;

test('a raw document gets a uniqueId derived from its message: retried it is the same, sent again it is another', async (t) => {
  const bench = await openBench(t);
  const again = { controlId: 'M1', sentAt: '20261123090000+0100' };
  await bench.file(again);
  const first = await bench.document();
  assert.ok(first.uniqueId.startsWith('1.2.3.4.567.8.9.20.') && first.uniqueId.length <= 64);
  assert.deepEqual(
    [first.kind, first.state, first.mimeType, first.eg, first.controlId, first.title],
    ['raw', 'received', 'text/plain', DEMO_EG, 'M1', 'Lettre de liaison'],
  );
  await bench.file(again);
  assert.equal((await bench.document()).id, first.id, 'the same message is the same document');
  await bench.file({ controlId: 'M2' });
  assert.notEqual((await bench.document()).uniqueId, first.uniqueId);
});

test('the same form under the same MSH-10 for two patients named by INS alone is two documents', async (t) => {
  const bench = await openBench(t);
  const insAlone = (text: string) => text.replace(/\|[^|~]*\^PI~/, '|');
  const again = { controlId: 'M1', sentAt: '20261123090000+0100' };
  await bench.file({ ...again, patient: { ins: PAT_TROIS_INS } }, insAlone);
  const first = await bench.document();
  await bench.file({ ...again, patient: { ins: { ...PAT_TROIS_INS, matricule: '297022A02077878' } } }, insAlone);
  const second = await bench.document();
  assert.deepEqual([first.ipp, second.ipp, first.state, second.state], ['', '', 'received', 'received']);
  assert.notEqual(second.uniqueId, first.uniqueId);
});

test('every raw format that the DMP takes keeps its type, told by its bytes', async (t) => {
  const bench = await openBench(t);
  const cases: readonly [Buffer, readonly [string, string], string][] = [
    [Buffer.from('%PDF-1.4\n'), ['application', 'pdf'], 'application/pdf'],
    [Buffer.from('{\\rtf1}'), ['text', 'rtf'], 'text/rtf'],
    [Buffer.from('\xff\xd8\xff\xe0', 'latin1'), ['image', 'jpeg'], 'image/jpeg'],
    [Buffer.from('II*\0', 'latin1'), ['image', 'tiff'], 'image/tiff'],
    [Buffer.from('%PDF-1.4\n'), ['text', 'plain'], 'application/pdf'],
  ];
  for (const [content, mime, mimeType] of cases) {
    await bench.file({ content, mime });
    assert.equal((await bench.document()).mimeType, mimeType);
  }
});

test('a received CDA keeps its uniqueId, title and type; an unreadable one is kept with its reason and answered', async (t) => {
  const bench = await openBench(t);
  await bench.file({ ...AS_CDA, content: cda('1.2.250.1.999.7'), title: 'Autre' });
  const document = await bench.document();
  assert.deepEqual(
    [document.kind, document.uniqueId, document.typeCode, document.title],
    ['cda', '1.2.250.1.999.7', '11490-0', 'Lettre de liaison « à la sortie » & suites'],
  );
  await bench.file({ ...AS_CDA, content: Buffer.from('<ClinicalDocument><broken') });
  const broken = await bench.document();
  assert.equal(broken.state, 'unreadable');
  assert.ok(broken.ruleId);
  await bench.run('document');
  const answered = await bench.document();
  assert.deepEqual([answered.state, answered.delivery.state], ['unreadable', 'refused']);
  assert.equal((await bench.answers()).length, 1);
  assert.match((await bench.answers())[0] ?? '', /ACK_RECEPTION_DMP.*\|N\^/);
});

test('a uniqueId that lives is refused to a second document, and free again once the first is refused', async (t) => {
  const bench = await openBench(t);
  await bench.file({ ...AS_CDA, content: cda('1.2.250.1.999.7') });
  const first = await bench.document();
  await bench.file({ ...AS_CDA, content: cda('1.2.250.1.999.7', 'Autre lettre'), controlId: 'M2' });
  const second = await bench.document();
  assert.notEqual(second.id, first.id);
  assert.deepEqual([second.state, second.ruleId], ['refused', feedRules.uniqueIdInUse.id]);
  await bench.run('document');
  assert.equal((await bench.document()).delivery.state, 'refused');
  assert.match((await bench.answers())[0] ?? '', new RegExp(feedRules.uniqueIdInUse.id));
  await bench.context.pool.query(`update document set state = 'refused' where id = $1`, [first.id]);
  await bench.file({ ...AS_CDA, content: cda('1.2.250.1.999.7'), controlId: 'M3' });
  assert.equal((await bench.document()).state, 'received');
});

test('of several local numbers the known one counts, whatever their order; two patients stop the document', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P2' } });
  const both = (text: string) => text.replace('^PI', `^PI~P2^^^CH-DEMO&${DEMO_IPP_DOMAIN}&ISO^PI`);
  await bench.file({}, both);
  assert.equal((await bench.document()).ipp, 'P2');
  await bench.admit({ patient: { birthName: 'AUTRE' } });
  await bench.file({}, both);
  const stopped = await bench.document();
  assert.deepEqual([stopped.state, stopped.ruleId], ['refused', identityRules.ippConflict.id]);
  await bench.run('document');
  assert.equal((await bench.document()).delivery.state, 'refused');
  assert.ok((await bench.answers()).some((answer) => answer.includes(identityRules.ippConflict.id)));
  await bench.file({}, (text) => text.replace('^PI', '^PI~X^^^AILLEURS^PI'));
  assert.equal((await bench.document()).ipp, 'P1');
});

test('a report and its copy in one message are two documents, each with its own content and uniqueId', async (t) => {
  const bench = await openBench(t);
  const twins = [Buffer.from('Compte rendu\n'), Buffer.from('Compte rendu\n')];
  await bench.report({ contents: twins });
  const { rows } = await bench.context.pool.query<{ part: number; uniqueId: string; messageId: number }>(
    'select part, unique_id as "uniqueId", message_id as "messageId" from document order by part',
  );
  assert.deepEqual(
    rows.map(({ part }) => part),
    [1, 2],
  );
  assert.equal(new Set(rows.map(({ uniqueId }) => uniqueId)).size, 2);
  assert.equal(new Set(rows.map(({ messageId }) => messageId)).size, 1);
  await bench.report({ contents: [Buffer.from('Compte rendu\n'), cda('1.2.250.1.999.9')] });
  const copy = await bench.document();
  assert.deepEqual([copy.part, copy.kind, copy.uniqueId], [2, 'cda', '1.2.250.1.999.9']);
  const content = await formOf(bench.context.pool, copy, 'cda');
  assert.ok(content.ok && content.value.bytes.equals(cda('1.2.250.1.999.9')));
});

test('a replacement and a deletion name what they are about, by the sender’s number or by the CDA', async (t) => {
  const bench = await openBench(t);
  const designated = async () => {
    const { action, notice } = await bench.document();
    return [action, notice.number, notice.designates];
  };
  await bench.file({ kind: 'replace', number: '2638^DPI', parent: '2637' });
  assert.deepEqual(await designated(), ['replace', '2638^DPI', '2637']);
  await bench.file({ kind: 'delete', number: '1.2.250.1.999.5' });
  assert.deepEqual(await designated(), ['delete', '1.2.250.1.999.5', '1.2.250.1.999.5']);
  await bench.report({ kind: 'replace', contents: [Buffer.from('Corrigé')] });
  assert.deepEqual(await designated(), ['replace', '1001-E1^DPI', '1001-E1^DPI']);
  await bench.file({ ...AS_CDA, kind: 'delete', number: 'L-1', content: cda('1.2.250.1.999.7') });
  assert.deepEqual(await designated(), ['delete', 'L-1', '1.2.250.1.999.7']);
  assert.notEqual((await bench.document()).uniqueId, '1.2.250.1.999.7', 'the document to delete keeps its uniqueId');
});

test('a replacement that names nothing is refused and answered', async (t) => {
  const bench = await openBench(t);
  await bench.report({ kind: 'replace', contents: [Buffer.from('Corrigé')] }, (text) =>
    text.replace(/\r(OBR\|1\|\|)[^|]*/, '\r$1'),
  );
  const document = await bench.document();
  assert.deepEqual(
    [document.action, document.state, document.ruleId],
    ['replace', 'refused', hl7Rules.nothingDesignated.id],
  );
});

test('a title is cut at 128 characters, never inside one', async (t) => {
  const bench = await openBench(t);
  await bench.file({ title: '𝔸'.repeat(200) });
  assert.equal((await bench.document()).title, '𝔸'.repeat(128));
  await bench.file({}, (text) => text.replace(/\|Lettre de liaison\r/, '|\r'));
  assert.equal((await bench.document()).title, 'Lettre de liaison à la sortie');
});

test('a message without a usable number is refused at the door', async (t) => {
  const bench = await openBench(t);
  await assert.rejects(bench.file({}, (text) => text.replace('^PI', '^XX')));
  const { rule_id: rule } = (
    await bench.context.pool.query<{ rule_id: string }>('select rule_id from inbound_message order by id desc limit 1')
  ).rows[0] ?? { rule_id: '' };
  assert.equal(rule, hl7Rules.ippMissing.id);
});

test('REST: who submits is seen by its token, once for a document', async (t) => {
  const { context, observer } = await openBench(t);
  const request = { ...REST, requestId: 'R1' };
  for (let again = 0; again < 2; again += 1) assert.ok((await submitDocument(context, request, ACTOR)).ok);
  await observer.flush();
  const { rows } = await context.pool.query(
    'select api, application, facility, outcome, messages from observation join observation_day using (key)',
  );
  assert.deepEqual(rows, [{ api: 'REST', application: 'REST', facility: ACTOR, outcome: 'accepted', messages: 1 }]);
});

test('REST: key and content make the document; other metadata under both are refused, not a second version', async (t) => {
  const { context, document } = await openBench(t);
  const request = { ...REST, requestId: 'R1' };
  const first = await submitDocument(context, request, ACTOR);
  assert.deepEqual(await submitDocument(context, request, ACTOR), first);
  const other = await submitDocument(context, { ...request, content: 'QUJD' }, ACTOR);
  assert.ok(first.ok && other.ok && first.value !== other.value);
  assert.equal((await document()).state, 'received');
  assert.ok((await submitDocument(context, { ...request, title: 'Autre' }, ACTOR)).ok);
  assert.equal((await document()).ruleId, feedRules.uniqueIdInUse.id);
  const stored = await documentById(context.pool, first.value);
  assert.deepEqual(
    [stored?.sender, stored?.controlId, stored?.ipp, stored?.ippDomain, stored?.kind, stored?.notice.patient.birthName],
    [`REST|${ACTOR}`, 'R1', 'P1', DEMO_IPP_DOMAIN, 'raw', ''],
  );
});

test('REST: times, author and establishment as given; the specialty of the site when the author has none', async (t) => {
  const { context } = await openBench(t, (config) => ({
    ...config,
    legalEntities: config.legalEntities.map((legal) => ({
      ...legal,
      geographicEntities: legal.geographicEntities.map((eg) =>
        eg.finess === DEMO_SECOND_EG ? { ...eg, timeZone: 'Indian/Reunion' } : eg,
      ),
    })),
  }));
  const result = await submitDocument(
    context,
    {
      ...REST,
      establishment: DEMO_SECOND_EG,
      author: { id: '10123456789', family: 'DURAND', given: 'ALICE' },
      createdAt: '2026-11-22T10:00:00',
      serviceStart: '2026-11-20T08:00:00+04:00',
      serviceStop: '2026-11-19T08:00:00+04:00',
      visitNumber: 'S1',
    },
    ACTOR,
  );
  assert.ok(result.ok);
  const stored = await documentById(context.pool, result.value);
  assert.equal(stored?.eg, DEMO_SECOND_EG);
  assert.deepEqual(stored?.notice, {
    patient: { birthName: '', firstGivenName: '', sex: '', birthDate: '' },
    author: {
      id: '810123456789',
      family: 'DURAND',
      given: 'ALICE',
      specialty: 'G15_10/SM26',
      specialtyLabel: 'Médecin - Qualifié en Médecine Générale (SM)',
    },
    local: { author: { id: '810123456789', family: 'DURAND', given: 'ALICE', national: true } },
    createdAt: '20261122100000+0400',
    serviceStart: '20261120080000+0400',
    visitNumber: 'S1',
    visibility: { maskedFromProfessionals: false, invisibleToPatient: false, invisibleToRepresentatives: false },
    toDmp: true,
  });
});

test('REST: truncated Base64, a CDA said to be of an unknown type and an unknown establishment are refused, and nothing is stored', async (t) => {
  const { context } = await openBench(t);
  const refused = async (parts: Partial<Submitted>) => {
    const result = await submitDocument(context, { ...REST, ...parts }, ACTOR);
    return result.ok ? undefined : result.refusal.rule;
  };
  assert.equal(await refused({ content: 'AAAAA' }), apiRules.invalidBase64);
  assert.equal(await refused({ typeCode: '00000-0', mimeType: 'text/xml' }), feedRules.typeUnknown);
  assert.equal(await refused({ establishment: '990000099' }), apiRules.invalidRequest);
  assert.equal((await context.pool.query('select 1 from inbound_message')).rowCount, 0);
});

test('REST: a CDA is a CDA', async (t) => {
  const { context, document } = await openBench(t);
  const content = cda('1.2.250.1.999.8').toString('base64');
  const result = await submitDocument(
    context,
    { ...REST, mimeType: 'text/xml', content, requestId: randomUUID() },
    ACTOR,
  );
  assert.ok(result.ok);
  assert.deepEqual([(await document()).kind, (await document()).uniqueId], ['cda', '1.2.250.1.999.8']);
});
