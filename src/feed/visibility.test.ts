import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { documentTypes } from '../codes/document-types.ts';
import { makeVisible } from '../documents/index.ts';
import { feedRules } from '../rules/feed.ts';
import { policyRules } from '../rules/policy.ts';
import { documentById } from '../store/documents.ts';
import { invisibleDocuments } from '../store/feed-endings.ts';
import type { MetadataFlags } from '../wire/hl7v2/metadata-flags.ts';
import { actingFor } from './submission.ts';

async function stateOf(bench: UseCaseBench): Promise<string> {
  const { state, ruleId } = await bench.document();
  return `${state} ${ruleId ?? '-'}`;
}

/** A raw document with these flags, sent after those that a document of the CI-SIS profile carries. */
async function file(bench: UseCaseBench, number: string, flags: MetadataFlags): Promise<void> {
  const lines = Object.entries(flags).map(
    ([flag, value], i) =>
      `\rOBX|${i + 2}|CE|${flag}^${flag}^MetaDMPMSS||${value ? 'Y' : 'N'}^^expandedYes-NoIndicator||||||F`,
  );
  await bench.file(
    { number, content: Buffer.from(`Lettre ${number}\n`) },
    (text) => `${text.trimEnd()}${lines.join('')}\r`,
  );
  await bench.settle();
}

test('a type that the DMP does not take is non transmissible; forbidden masks are for their author to settle', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  const type = documentTypes().find(({ feedable }) => !feedable);
  assert.ok(type);
  await bench.file({ type: { code: type.code, label: type.label } });
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${feedRules.typeNotFeedable.id}`);
  await file(bench, 'L-2', { MASQUE_PS: true, INVISIBLE_PATIENT: true });
  assert.equal(await stateOf(bench), `refused ${feedRules.masksCombined.id}`);
  await file(bench, 'L-3', { INVISIBLE_REP_LEGAUX: true, CONNEXION_SECRETE: true });
  assert.equal(await stateOf(bench), `refused ${policyRules.notAMinor.id}`);
  assert.equal(bench.dmp.submitted.length, 0);
});

test('what the representatives of a minor must not see leaves by secret connection, masked to them', async (t) => {
  const bench = await openBench(t);
  const birthDate = '20120328';
  bench.insi.answer = () => found({ birthDate: '2012-03-28' });
  const patient = { birthDate };
  await bench.admit({ patient });
  await bench.settle();
  await bench.file(
    { patient, number: 'L-1' },
    (text) => `${text.trimEnd()}\rOBX|2|CE|INVISIBLE_REP_LEGAUX^x^MetaDMPMSS||Y||||||F\r`,
  );
  await bench.settle();
  assert.equal(await stateOf(bench), `refused ${feedRules.secretConnectionNeeded.id}`);
  const both =
    '\rOBX|2|CE|INVISIBLE_REP_LEGAUX^x^MetaDMPMSS||Y||||||F\rOBX|3|CE|CONNEXION_SECRETE^x^MetaDMPMSS||Y||||||F\r';
  await bench.file({ patient, number: 'L-2', content: Buffer.from('Autre\n') }, (text) => `${text.trimEnd()}${both}`);
  await bench.settle();
  assert.equal(await stateOf(bench), 'accepted -');
  const [entry] = bench.dmp.submitted.flatMap(({ documents }) => documents);
  assert.ok(JSON.stringify(entry?.entry).includes('INVISIBLE_REPRESENTANTS_LEGAUX'));
  assert.equal(actingFor(bench.context, await bench.document()).secretConnection, true);
});

const HIDDEN = '\rOBX|2|CE|INVISIBLE_PATIENT^x^MetaDMPMSS||Y||||||F\r';

test('a document that its patient does not see is listed, made visible by a version, and cannot be hidden again', async (t) => {
  const bench = await openBench(t);
  const { context } = bench;
  await bench.admit();
  await bench.settle();
  await bench.file({ number: 'L-1' }, (text) => `${text.trimEnd()}${HIDDEN}`);
  await bench.settle();
  const hidden = await bench.document();
  assert.equal(hidden.state, 'accepted');
  const listed = await invisibleDocuments(context.pool, { eg: null, limit: 10 });
  assert.deepEqual(
    listed.map(({ id }) => id),
    [hidden.id],
  );
  bench.dmp.findAnswer = (uniqueId) => ({
    kind: 'answered',
    value: [{ entryUuid: 'urn:uuid:00000000-0000-4000-8000-000000000001', uniqueId, status: 'Approved' } as never],
  });
  const by = { actor: 'user:anne', reason: 'annonce faite' };
  const made = await makeVisible(context, hidden.id, by);
  assert.ok(made.ok);
  const twice = await makeVisible(context, hidden.id, by);
  assert.equal(twice.ok ? undefined : twice.refusal.rule, policyRules.visibilityAsked);
  await bench.settle();
  const version = await documentById(context.pool, made.value);
  assert.equal(version?.state, 'accepted');
  assert.equal((await documentById(context.pool, hidden.id))?.state, 'replaced');
  const entries = bench.dmp.submitted.flatMap(({ documents }) => documents);
  assert.equal(JSON.stringify(entries.at(0)?.entry).includes('INVISIBLE_PATIENT'), true);
  assert.equal(JSON.stringify(entries.at(1)?.entry).includes('INVISIBLE_PATIENT'), false);
  assert.deepEqual(await invisibleDocuments(context.pool, { eg: null, limit: 10 }), []);
  const again = await makeVisible(context, made.value, by);
  assert.equal(again.ok ? undefined : again.refusal.rule, policyRules.alreadyVisible);
  await bench.file(
    { kind: 'replace', number: 'L-2', parent: 'L-1', content: Buffer.from('Corrigée\n') },
    (text) => `${text.trimEnd()}${HIDDEN}`,
  );
  await bench.settle();
  assert.equal(await stateOf(bench), `refused ${policyRules.hiddenAgain.id}`);
});

test('a received CDA is made visible by its own software only', async (t) => {
  const bench = await openBench(t);
  const { context } = bench;
  await bench.admit();
  await bench.settle();
  await bench.file({ number: 'L-1' }, (text) => `${text.trimEnd()}${HIDDEN}`);
  await bench.settle();
  const { id } = await bench.document();
  await context.pool.query(`update document set kind = 'cda' where id = $1`, [id]);
  const made = await makeVisible(context, id, { actor: 'user:anne', reason: 'annonce' });
  assert.equal(made.ok ? undefined : made.refusal.rule, policyRules.visibilityOfSender);
});

test('a version that says nothing new is not sent, and its sender hears that it is in the DMP', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  await bench.file({ number: 'L-1' });
  await bench.settle();
  bench.dmp.findAnswer = (uniqueId) => ({
    kind: 'answered',
    value: [{ entryUuid: 'urn:uuid:00000000-0000-4000-8000-000000000001', uniqueId, status: 'Approved' } as never],
  });
  await bench.file({ kind: 'replace', number: 'L-2', parent: 'L-1' });
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${policyRules.unchanged.id}`);
  const answers = await bench.answers();
  assert.equal(answers.length, 2);
  assert.ok(answers.every((answer) => !answer.includes('TDU-')));
  assert.equal(bench.dmp.submitted.length, 1);
  await bench.file({ kind: 'delete', number: 'L-2', content: Buffer.from('sans objet\n') });
  await bench.settle();
  assert.equal(bench.dmp.removed.length, 1, 'what it repeats stands for it');
});

test('a version after one that said nothing new replaces what is in the DMP', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  await bench.file({ number: 'L-1' });
  await bench.settle();
  bench.dmp.findAnswer = (uniqueId) => ({
    kind: 'answered',
    value: [{ entryUuid: 'urn:uuid:00000000-0000-4000-8000-000000000001', uniqueId, status: 'Approved' } as never],
  });
  await bench.file({ kind: 'replace', number: 'L-2', parent: 'L-1' });
  await bench.settle();
  await bench.file({ kind: 'replace', number: 'L-3', parent: 'L-2', content: Buffer.from('Corrigée\n') });
  await bench.settle();
  assert.equal(await stateOf(bench), 'accepted -');
  assert.equal(bench.dmp.submitted.length, 2);
});
