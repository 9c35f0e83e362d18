import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { availableForms, formOf, originalOf } from '../documents/index.ts';
import { askAgain } from '../feed/index.ts';
import { INS_OIDS } from '../ins/oids.ts';
import { dmpRules } from '../rules/dmp.ts';
import { documentRules } from '../rules/document.ts';
import { feedRules } from '../rules/feed.ts';
import { identityRules } from '../rules/identity.ts';
import { reissueRules } from '../rules/reissue.ts';
import { documentById, eventsOf } from '../store/documents.ts';
import { legacyNumbersOf } from '../store/legacy-numbers.ts';
import { loadMessage } from '../store/messages.ts';
import { readCdaHeader } from '../wire/cda/header.ts';
import { admitted, outcomeOf, REPLACES, submit } from './bench.fixture.ts';
import { DECIDED, INS_C, legacyCda, legacyDocument, legacySubmission, rawSubmission } from './submission.fixture.ts';

test('a TD2.1 of API V1 leaves under API V2 with the qualified INS, and its original is archived', async (t) => {
  const bench = await admitted(t);
  const submission = legacySubmission();
  const [id = ''] = await submit(bench, submission);
  const document = await documentById(bench.context.pool, id);
  assert.ok(document);
  assert.deepEqual([document.state, document.uniqueId], ['accepted', '1.2.250.1.999.1.1.42']);
  const [sent] = bench.dmp.submitted;
  const [left] = sent?.documents ?? [];
  assert.ok(left);
  assert.deepEqual(left.entry.patient.ins, PAT_TROIS_INS);
  const header = readCdaHeader(left.bytes);
  assert.deepEqual(header.ok && header.value.patient.ids.map(({ root, extension }) => [root, extension]), [
    [PAT_TROIS_INS.oid, PAT_TROIS_INS.matricule],
    [DEMO_IPP_DOMAIN, 'P1'],
  ]);
  assert.ok(!Buffer.from(left.bytes).includes(INS_C.value));
  const message = await loadMessage(bench.context.pool, document.messageId);
  const original = originalOf(message, 1);
  assert.ok(original.ok && original.value.bytes.equals(legacyCda()));
  const { body } = rawSubmission(submission);
  const archived = message.body.subarray(message.body.indexOf('\n') + 1);
  assert.ok(archived.equals(body), 'the request exactly as it came');
  const cda = await formOf(bench.context.pool, document, 'cda');
  assert.ok(cda.ok && cda.value.bytes.equals(Buffer.from(left.bytes)));
  assert.deepEqual(await availableForms(bench.context.pool, document), ['original', 'cda', 'difference']);
  const difference = await formOf(bench.context.pool, document, 'difference');
  assert.ok(difference.ok);
  const { changes } = JSON.parse(difference.value.bytes.toString('utf8'));
  assert.deepEqual(
    changes.map(({ before, after }: { before: string; after: string }) => [before, after]),
    [
      [INS_C.oid, PAT_TROIS_INS.oid],
      [INS_C.value, PAT_TROIS_INS.matricule],
    ],
  );
  const events = await eventsOf(bench.context.pool, id);
  const reissued = events.find(({ step }) => step === 'reissued');
  assert.equal(reissued?.detail, 'décision du site : Dr Martin, DIM, 20/11/2026');
  assert.deepEqual(document.notice.legacy?.software, { name: 'DXCARE', version: '7.7.7', homologation: 'HOMOLOG-V1' });
});

test('the same documents submitted again, whatever wraps them, are the same and leave once', async (t) => {
  const bench = await admitted(t);
  const first = await submit(bench, legacySubmission());
  const again = await submit(bench, legacySubmission({ setUniqueId: '1.2.250.1.999.3.2' }), 2);
  const verySame = await submit(bench, legacySubmission());
  assert.deepEqual([again, verySame], [first, first]);
  assert.equal(bench.dmp.submitted.length, 1);
  const { rows } = await bench.context.pool.query('select 1 from inbound_message where kind = $1', ['XDS^TD2.1']);
  assert.equal(rows.length, 1);
});

test('several documents of one set are each recorded; a set that repeats some of them brings the others', async (t) => {
  const bench = await admitted(t);
  const other = legacyDocument(legacyCda({ uniqueId: '1.2.250.1.999.1.1.43' }), {
    entryId: 'Document02',
    uniqueId: '1.2.250.1.999.1.1.43',
  });
  const [first] = await submit(bench, legacySubmission());
  const both = await submit(
    bench,
    legacySubmission({ setUniqueId: '1.2.3.4', documents: [legacyDocument(), other] }),
    2,
  );
  assert.equal(both.length, 2);
  assert.equal(both[0], first);
  const second = await documentById(bench.context.pool, both[1] ?? '');
  assert.deepEqual([second?.state, second?.part, second?.uniqueId], ['accepted', 2, '1.2.250.1.999.1.1.43']);
});

test('another content under the same uniqueId is another document, refused as such', async (t) => {
  const bench = await admitted(t);
  await submit(bench, legacySubmission());
  const changed = legacyDocument(Buffer.from(legacyCda().toString().replace('sortie » &amp; suites', 'sortie')));
  assert.deepEqual(await outcomeOf(bench, legacySubmission({ setUniqueId: '1.2.3.5', documents: [changed] })), [
    'refused',
    feedRules.uniqueIdInUse.id,
  ]);
});

test('without a decision of the site the header is not changed: the document waits, and leaves once decided', async (t) => {
  const bench = await admitted(t, {});
  const submission = legacySubmission();
  assert.deepEqual(await outcomeOf(bench, submission), ['waiting', reissueRules.headerNotDecided.id]);
  const [source] = bench.context.config.sources;
  assert.ok(source?.legacy);
  Object.assign(source.legacy, REPLACES);
  const [id = ''] = await submit(bench, submission, 2);
  assert.equal((await documentById(bench.context.pool, id))?.state, 'accepted');
  assert.equal(bench.dmp.submitted.length, 1);
});

test('a CDA that already bears the qualified INS goes through byte for byte, whatever was decided', async (t) => {
  const bench = await admitted(t, {});
  const ins = { value: PAT_TROIS_INS.matricule as string, oid: PAT_TROIS_INS.oid as string };
  const bytes = legacyCda({ number: ins });
  const submission = legacySubmission({ api: 'V2', patientId: ins, documents: [legacyDocument(bytes)] });
  assert.deepEqual(await outcomeOf(bench, submission), ['accepted', null]);
  assert.ok(Buffer.from(bench.dmp.submitted[0]?.documents[0].bytes ?? '').equals(bytes));
});

test('a NIR of TD0.0 gives place to the qualified INS', async (t) => {
  const bench = await admitted(t);
  const nir = { value: '277076322082910', oid: INS_OIDS.nirTest as string };
  const submission = legacySubmission({
    api: 'V2',
    patientId: nir,
    documents: [legacyDocument(legacyCda({ number: nir }))],
  });
  assert.deepEqual(await outcomeOf(bench, submission), ['accepted', null]);
  assert.deepEqual(bench.dmp.submitted[0]?.documents[0].entry.patient.ins, PAT_TROIS_INS);
});

test('the patient is found by local number and traits, never by the number on the wire', async (t) => {
  const bench = await admitted(t);
  const ofCda = legacyCda().toString();
  const withoutIpp = Buffer.from(ofCda.replace(`<id root="${DEMO_IPP_DOMAIN}" extension="P1"/>`, ''));
  const alone = legacyDocument(withoutIpp, { sourcePatient: INS_C });
  assert.deepEqual(await outcomeOf(bench, legacySubmission({ documents: [alone] })), [
    'refused',
    reissueRules.noLocalNumber.id,
  ]);
  const unknown = legacyDocument(legacyCda({ ipp: 'P9', uniqueId: '1.2.250.1.999.1.1.44' }), {
    uniqueId: '1.2.250.1.999.1.1.44',
    sourcePatient: { value: 'P9', oid: DEMO_IPP_DOMAIN },
  });
  assert.deepEqual(await outcomeOf(bench, legacySubmission({ setUniqueId: '1.2.3.6', documents: [unknown] })), [
    'waiting',
    identityRules.patientUnknown.id,
  ]);
  // Of the CDA alone, where the metadata repeat the INS-C.
  const inCda = legacyDocument(legacyCda({ uniqueId: '1.2.250.1.999.1.1.45' }), {
    uniqueId: '1.2.250.1.999.1.1.45',
    sourcePatient: INS_C,
  });
  assert.deepEqual(await outcomeOf(bench, legacySubmission({ setUniqueId: '1.2.3.7', documents: [inCda] })), [
    'accepted',
    null,
  ]);
});

test('traits that disagree stop the document, whichever side says them', async (t) => {
  const bench = await admitted(t);
  const cases: readonly [Parameters<typeof legacyCda>[0], string][] = [
    [{ traits: { birthName: 'PAT-QUATRE' } }, documentRules.cdaBirthNameDiffers.id],
    [
      { traits: { firstGivenName: 'CLAUDE', birthGivenNames: 'CLAUDE MARIE' } },
      documentRules.cdaFirstGivenNameDiffers.id,
    ],
    [{ traits: { sex: 'M' } }, documentRules.cdaSexDiffers.id],
    [{ traits: { birthDate: '1979-03-29' } }, documentRules.cdaBirthDateDiffers.id],
  ];
  for (const [index, [parts, rule]] of cases.entries()) {
    const uniqueId = `1.2.250.1.999.1.1.5${index}`;
    const document = legacyDocument(legacyCda({ ...parts, uniqueId }), { uniqueId });
    const submission = legacySubmission({ setUniqueId: `1.2.5.${index}`, documents: [document] });
    assert.deepEqual(await outcomeOf(bench, submission), ['refused', rule]);
  }
  const { sourcePatientInfo } = legacyDocument();
  const said = legacyDocument(legacyCda(), { sourcePatientInfo: { ...sourcePatientInfo, birthDate: '19800101' } });
  assert.deepEqual(await outcomeOf(bench, legacySubmission({ documents: [said] })), [
    'refused',
    documentRules.cdaBirthDateDiffers.id,
  ]);
  // What the metadata leave out is nothing said.
  const silent = legacyDocument(legacyCda(), {
    sourcePatientInfo: { identifiers: [], names: [], birthDate: '', sex: '' },
  });
  assert.deepEqual(await outcomeOf(bench, legacySubmission({ setUniqueId: '1.2.3.8', documents: [silent] })), [
    'accepted',
    null,
  ]);
});

test('twins: the given name tells them apart, and an INS-C seen with one stops a document of the other', async (t) => {
  const bench = await admitted(t);
  await bench.admit({ patient: { ipp: 'P2', firstGivenName: 'CLAUDE', birthGivenNames: 'CLAUDE', status: 'VALI' } });
  const ofTwin = legacyDocument(legacyCda(), { sourcePatient: { value: 'P2', oid: DEMO_IPP_DOMAIN } });
  assert.deepEqual((await outcomeOf(bench, legacySubmission({ documents: [ofTwin] })))[0], 'refused');
  await submit(bench, legacySubmission({ setUniqueId: '1.2.3.9' }));
  const { id } = await bench.identity();
  assert.deepEqual(
    (await legacyNumbersOf(bench.context.pool, id)).map(({ value }) => value),
    [INS_C.value],
  );
});

test('an INS-C already seen with another patient is a reason to stop, for a person to look', async (t) => {
  const bench = await admitted(t);
  await bench.admit({
    patient: { ipp: 'P2', birthName: 'AUTRE', firstGivenName: 'CLAUDE', birthGivenNames: 'CLAUDE' },
  });
  const other = await bench.identity('P2');
  await bench.context.pool.query(
    `insert into legacy_number (identity_id, oid, value, first_seen_at, last_seen_at) values ($1, $2, $3, now(), now())`,
    [other.id, INS_C.oid, INS_C.value],
  );
  assert.deepEqual(await outcomeOf(bench), ['refused', reissueRules.numberOfAnother.id]);
  assert.equal(bench.dmp.submitted.length, 0);
});

test('metadata and CDA that carry two numbers stop the document', async (t) => {
  const bench = await admitted(t);
  const submission = legacySubmission({ patientId: { ...INS_C, value: '1541187387477485562499' } });
  assert.deepEqual(await outcomeOf(bench, submission), ['refused', reissueRules.numbersDiffer.id]);
});

test('a submission by card is refused until the site decides that it becomes the structure’s', async (t) => {
  const bench = await admitted(t);
  assert.deepEqual(await outcomeOf(bench, legacySubmission({ mode: 'DIRECTE' })), [
    'refused',
    reissueRules.directWithoutDecision.id,
  ]);
  const [source] = bench.context.config.sources;
  assert.ok(source?.legacy);
  const refused = await bench.document();
  // Taken up again by a person, it is not let out by that alone.
  await askAgain(bench.context, refused.id, 'quelqu’un');
  await bench.settle();
  assert.deepEqual((await bench.document()).ruleId, reissueRules.directWithoutDecision.id);
  Object.assign(source.legacy, { cardsBecomeStructure: DECIDED });
  const [id = ''] = await submit(bench, legacySubmission({ mode: 'DIRECTE', setUniqueId: '1.2.3.10' }), 2);
  assert.equal((await documentById(bench.context.pool, id))?.state, 'accepted');
});

test('what was decided for cards stands in the timeline, with who submitted', async (t) => {
  const bench = await admitted(t, { ...REPLACES, cardsBecomeStructure: DECIDED });
  const [id = ''] = await submit(bench, legacySubmission({ mode: 'DIRECTE' }));
  const events = await eventsOf(bench.context.pool, id);
  assert.equal(
    events.find(({ step }) => step === 'attributed')?.detail,
    'déposé en DIRECTE par LIBRE MAX ; décision du site : Dr Martin, DIM, 20/11/2026',
  );
  assert.equal(events.at(-1)?.step, 'accepted');
});

test('visibility is kept; one that API V2 does not know stops the document', async (t) => {
  const bench = await admitted(t);
  const visibility = (code: string) => ({ code, system: '1.2.250.1.213.1.1.4.13', label: code });
  const [normal] = legacyDocument().confidentialityCodes;
  assert.ok(normal);
  const masked = legacyDocument(legacyCda(), { confidentialityCodes: [normal, visibility('MASQUE_PS')] });
  await submit(bench, legacySubmission({ documents: [masked] }));
  assert.deepEqual(
    bench.dmp.submitted[0]?.documents[0].entry.confidentialityCodes.map(({ code }) => code),
    ['N', 'MASQUE_PS'],
  );
  const strange = legacyDocument(legacyCda({ uniqueId: '1.2.250.1.999.1.1.47' }), {
    uniqueId: '1.2.250.1.999.1.1.47',
    confidentialityCodes: [normal, visibility('MASQUE_PSOCIAL')],
  });
  assert.deepEqual(await outcomeOf(bench, legacySubmission({ setUniqueId: '1.2.3.11', documents: [strange] })), [
    'refused',
    reissueRules.visibilityUnknown.id,
  ]);
});

test('a CDA without legalAuthenticator is refused: nothing is invented', async (t) => {
  const bench = await admitted(t);
  const bytes = Buffer.from(
    legacyCda()
      .toString()
      .replace(/<legalAuthenticator>.*?<\/legalAuthenticator>/s, ''),
  );
  const [state, rule] = await outcomeOf(bench, legacySubmission({ documents: [legacyDocument(bytes)] }));
  assert.deepEqual([state, rule], ['refused', documentRules.cdaLegalAuthenticatorMissing.id]);
});

test('a copy of traffic is kept, and never sent', async (t) => {
  const bench = await admitted(t, { ...REPLACES, copy: true });
  assert.deepEqual(await outcomeOf(bench), ['withdrawn', reissueRules.copied.id]);
  assert.equal(bench.dmp.submitted.length, 0);
});

test('an INS that changes before the document leaves is the one that its header bears', async (t) => {
  const bench = await admitted(t);
  const active = bench.dmp.existenceAnswer;
  bench.dmp.existenceAnswer = () => ({ kind: 'failed', class: 'transient', refusal: { rule: dmpRules.unreachable } });
  const [id = ''] = await submit(bench, legacySubmission());
  assert.equal((await documentById(bench.context.pool, id))?.state, 'ready');
  const { pool } = bench.context;
  const changed = '279035121518890';
  await pool.query('update identity set matricule = $1, version = version + 1', [changed]);
  await pool.query('update known_ins set matricule = $1', [changed]);
  bench.dmp.existenceAnswer = active;
  await bench.run('deliver', 'document', 'deliver');
  assert.equal((await documentById(pool, id))?.state, 'accepted');
  const left = Buffer.from(bench.dmp.submitted[0]?.documents[0].bytes ?? '');
  assert.deepEqual([left.includes(changed), left.includes(PAT_TROIS_INS.matricule)], [true, false]);
});
