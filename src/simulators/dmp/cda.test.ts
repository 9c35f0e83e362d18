/** Our reading of a CDA against the values expected of the public examples. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readCda } from './cda.ts';
import { readHl7Time, readXdsTime } from './values.ts';

const CONFORMANCE = fileURLToPath(new URL('../../../../shared/conformance/cda', import.meta.url));

const expectation = z.object({
  file: z.string(),
  uniqueId: z.string(),
  title: z.string(),
  typeCode: z.object({ code: z.string(), codeSystem: z.string() }),
  creationTimeUtc: z.string(),
  languageCode: z.string(),
  versionNumber: z.string().nullable(),
  patientIds: z.array(z.object({ root: z.string(), extension: z.string() })),
  authors: z.array(z.object({ person: z.object({ id: z.string() }).nullable() })),
  serviceStartTimeUtc: z.string().nullable(),
  practiceSettingCode: z.object({ code: z.string() }).nullable(),
  healthcareFacilityTypeCode: z.object({ code: z.string() }).nullable(),
  bodyLevel: z.number(),
});

test('the public examples are read as expected', (t) => {
  const file = join(CONFORMANCE, 'expected/xds-metadata-expected.json');
  if (!existsSync(file)) return t.skip('no conformance data');
  const expected = z.array(expectation).parse(JSON.parse(readFileSync(file, 'utf8')));
  assert.ok(expected.length > 10);
  for (const want of expected) {
    const cda = readCda(readFileSync(join(CONFORMANCE, 'examples', want.file)));
    assert.ok(cda !== undefined, want.file);
    const utc = (text: string | null): number | undefined => (text === null ? undefined : readXdsTime(text));
    assert.deepEqual(
      {
        id: cda.id.root,
        title: cda.title.replace(/\s+/g, ' '),
        code: cda.code,
        created: readHl7Time(cda.effectiveTime)?.utc,
        language: cda.language,
        version: cda.versionNumber,
        patientIds: cda.patientIds,
        authors: cda.authorIds,
        started: readHl7Time(cda.serviceStart)?.utc,
        practice: cda.practice,
        facility: cda.facility,
        level1: cda.body.kind === 'level-1',
      },
      {
        id: want.uniqueId,
        title: want.title.replace(/\s+/g, ' '),
        code: { code: want.typeCode.code, system: want.typeCode.codeSystem },
        created: utc(want.creationTimeUtc),
        language: want.languageCode,
        version: want.versionNumber ?? '',
        patientIds: want.patientIds.map(({ root, extension }) => ({ root, extension })),
        authors: want.authors.flatMap(({ person }) => person?.id ?? []),
        started: utc(want.serviceStartTimeUtc),
        practice: want.practiceSettingCode?.code ?? '',
        facility: want.healthcareFacilityTypeCode?.code ?? '',
        level1: want.bodyLevel === 1,
      },
      want.file,
    );
  }
});
