import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openBench, PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { documentRules } from '../rules/document.ts';
import { reissueRules } from '../rules/reissue.ts';
import { documentById } from '../store/documents.ts';
import type { LegacyDocument } from '../wire/legacy/submission.ts';
import { receiveSubmission } from './receive.ts';
import { INS_C, kosDocument, legacySubmission, rawSubmission, withConnector } from './submission.fixture.ts';

async function admitted(t: TestContext): Promise<UseCaseBench> {
  const bench = await openBench(t, withConnector());
  await bench.admit();
  await bench.settle();
  return bench;
}

async function outcomeOf(bench: UseCaseBench, document: LegacyDocument): Promise<string> {
  const [source] = bench.context.config.sources;
  assert.ok(source);
  const submission = legacySubmission({ documents: [document], setUniqueId: `1.2.${document.bytes.length}` });
  const { documentIds } = await receiveSubmission(bench.context, source, submission, rawSubmission(submission));
  await bench.settle();
  const kept = await documentById(bench.context.pool, documentIds[0] ?? '');
  return `${kept?.state} ${kept?.ruleId ?? '-'} ${kept?.detail ?? ''}`.trim();
}

test('a KOS passes byte for byte by its metadata, under the qualified INS', async (t) => {
  const bench = await admitted(t);
  const kos = kosDocument();
  assert.equal(await outcomeOf(bench, kos), 'accepted -');
  const [left] = bench.dmp.submitted[0]?.documents ?? [];
  assert.ok(left);
  assert.ok(Buffer.from(left.bytes).equals(kos.bytes));
  const { patient, uniqueId, mimeType, typeCode, authors, legalAuthenticator, sourcePatientId, referenceIds } =
    left.entry;
  assert.deepEqual(patient.ins, PAT_TROIS_INS);
  assert.deepEqual([uniqueId, mimeType, typeCode.code], ['1.2.250.1.999.1.1.60', 'application/dicom', 'IMG-KOS']);
  assert.deepEqual(
    authors.map(({ person, role }) => [person.id, person.authority, person.kind, person.idType, role]),
    [
      ['1.2.3', '1.2.250.1.999.7', 'U', 'EI', 'appareil'],
      ['801234567897', '1.2.250.1.71.4.2.1', 'D', 'IDNPS', undefined],
    ],
  );
  assert.deepEqual([legalAuthenticator.family, sourcePatientId?.value, referenceIds.length], ['DAVID', 'P1', 1]);
});

test('its metadata say every trait of its patient, and agree', async (t) => {
  const bench = await admitted(t);
  const { sourcePatientInfo } = kosDocument();
  const other = kosDocument({ sourcePatientInfo: { ...sourcePatientInfo, birthDate: '19800101' } });
  assert.match(await outcomeOf(bench, other), new RegExp(`^refused ${documentRules.cdaBirthDateDiffers.id}`));
  const silent = kosDocument({ sourcePatientInfo: { ...sourcePatientInfo, sex: '' } }, 'KOS 2');
  assert.match(await outcomeOf(bench, silent), new RegExp(`^refused ${documentRules.cdaSexDiffers.id}`));
});

test('a metadata that is missing is named, and not completed', async (t) => {
  const bench = await admitted(t);
  const { entry, people } = kosDocument();
  const { languageCode: _, ...without } = entry;
  const refused = (what: string) => `refused ${reissueRules.metadataIncomplete.id} ${what}`;
  assert.equal(await outcomeOf(bench, kosDocument({ entry: without })), refused('languageCode'));
  const anonymous = { ...people, legalAuthenticator: 'DAVID^Charles' };
  assert.equal(await outcomeOf(bench, kosDocument({ people: anonymous }, 'KOS 2')), refused('legalAuthenticator'));
});

test('an INS-C inside it would leave with it: it is refused; so is what is no DICOM', async (t) => {
  const bench = await admitted(t);
  assert.equal(await outcomeOf(bench, kosDocument({}, INS_C.value)), `refused ${reissueRules.codedElsewhere.id}`);
  const fake = kosDocument({ bytes: Buffer.from('%PDF-1.4') });
  assert.match(await outcomeOf(bench, fake), new RegExp(`^refused ${reissueRules.formatNotReissued.id}`));
});
