import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { documentTypes } from '../codes/document-types.ts';
import { feedRules } from '../rules/feed.ts';
import { policyRules } from '../rules/policy.ts';
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
