import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deletionRequest } from './status-update.ts';
import { acting, sentPatient, submission } from './submission.fixture.ts';

const SCHEMA = fileURLToPath(new URL('../../../../shared/conformance/xds/xsd/lcm.xsd', import.meta.url));

test('a deletion is a SubmitObjectsRequest that the ebXML schema accepts', (t) => {
  if (!existsSync(SCHEMA)) return t.skip('conformance data is absent');
  const { uniqueId, contentTypeCode, author, submissionTime, title } = submission;
  const set = { uniqueId, contentTypeCode, author, submissionTime, title };
  const xml = deletionRequest(
    { ...set, patient: sentPatient(), entryUuid: 'urn:uuid:0e3a4b5c-0000-4000-8000-000000000001', status: 'Approved' },
    { institution: acting.structure, sourceId: '1.2.250.1.999.1.1.1' },
  );
  const judge = spawnSync('xmllint', ['--noout', '--nonet', '--schema', SCHEMA, '-'], { input: xml });
  if (judge.error !== undefined) return t.skip('xmllint is not installed');
  assert.equal(judge.status, 0, judge.stderr.toString());
});
