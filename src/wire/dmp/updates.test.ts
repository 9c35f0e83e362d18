import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type EntryFacts, extrinsicObject, registryList } from '../xds/registry.fixture.ts';
import { acting, MATRICULE, qualifiedPatient, submission } from '../xds/submission.fixture.ts';
import { elements, text, withXml } from '../xml/xml.ts';
import { accepted, bodyOf, client, nurse, queryAnswered } from './client.fixture.ts';

const NS = { r: 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0' };
const LCM = fileURLToPath(new URL('../../../../shared/conformance/xds/xsd/lcm.xsd', import.meta.url));
const CONFIDENTIALITY = 'urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f';
const ENTRY = 'urn:uuid:7';

const { uniqueId, contentTypeCode, author, submissionTime, title } = submission;
const header = {
  uniqueId,
  contentTypeCode,
  author,
  submissionTime,
  title,
  patient: qualifiedPatient(),
  entryUuid: ENTRY,
};
const visible = { maskedFromProfessionals: false, invisibleToPatient: false, invisibleToLegalGuardians: false };

function holding(facts: Omit<EntryFacts, 'id'>) {
  return client([queryAnswered(registryList(extrinsicObject({ id: ENTRY, ...facts }))), accepted]);
}

/** The one SubmitObjectsRequest of a message. */
function requestIn(message: string): string {
  return /<lcm:SubmitObjectsRequest.*<\/lcm:SubmitObjectsRequest>/s.exec(message)?.[0] ?? '';
}

describe('changing visibility', () => {
  it('gives the entry back whole, one version further, with other visibility codes', async (t) => {
    const { dmp, requests } = holding({ version: '5', confidentiality: ['N', 'INVISIBLE_PATIENT'] });
    const outcome = await dmp.changeVisibility({ ...header, ...visible, maskedFromProfessionals: true }, nurse);
    assert.deepEqual(outcome, { kind: 'accepted', warnings: [] });
    const request = requestIn(bodyOf(requests[1]));
    const read = (xpath: string) => withXml(Buffer.from(request), (root) => text(root, xpath, NS));
    const all = (xpath: string) =>
      withXml(Buffer.from(request), (root) => elements(root, xpath, NS).map((each) => each.content.trim()));
    assert.equal(read("//r:Association/r:Slot[@name='PreviousVersion']//r:Value"), '5');
    assert.equal(read("//r:Association/r:Slot[@name='SubmissionSetStatus']//r:Value"), 'Original');
    assert.equal(read('//r:Association/@targetObject'), read('//r:ExtrinsicObject/@id'));
    assert.equal(read('//r:ExtrinsicObject/@lid'), 'urn:uuid:first');
    assert.equal(read('//r:ExtrinsicObject/r:VersionInfo/@versionName'), '5');
    assert.equal(read('//r:ExtrinsicObject/@status'), 'urn:oasis:names:tc:ebxml-regrep:StatusType:Approved');
    assert.deepEqual(all("//r:ExtrinsicObject/r:Slot[@name='sourcePatientInfo']//r:Value"), [
      'PID-5|PAT-TROIS^DOMINIQUE^^^^^L',
      'PID-7|19790328',
      'PID-8|F',
    ]);
    assert.equal(read("//r:ExtrinsicObject/r:Slot[@name='repositoryUniqueId']//r:Value"), '1.2.250.1.213.4.1.1.1.2');
    assert.equal(read("//r:ExtrinsicObject//r:Slot[@name='authorSpecialty']//r:Value")?.split('^')[0], 'G15_10/SM04');
    const codes = withXml(Buffer.from(request), (root) =>
      elements(root, `//r:Classification[@classificationScheme='${CONFIDENTIALITY}']`, NS).map(
        (each) => each.attr('nodeRepresentation')?.value,
      ),
    );
    assert.deepEqual(codes, ['N', 'MASQUE_PS']);
    assert.equal(
      read("//r:ExternalIdentifier[r:Name/r:LocalizedString/@value='XDSDocumentEntry.patientId']/@value"),
      `${MATRICULE}^^^&1.2.250.1.213.1.4.10&ISO^NH`,
    );
    if (!existsSync(LCM)) return t.skip('conformance data is absent');
    const judge = (input: string) => spawnSync('xmllint', ['--noout', '--nonet', '--schema', LCM, '-'], { input });
    const verdict = judge(request);
    if (verdict.error !== undefined) return t.skip('xmllint is not installed');
    assert.equal(verdict.status, 0, verdict.stderr.toString());
    assert.notEqual(judge(request.replaceAll('ExternalIdentifier', 'Identifier')).status, 0);
  });

  it('sends nothing when the entry is already so: an update whose answer was lost is not made twice', async () => {
    const { dmp, requests } = holding({ confidentiality: ['N', 'MASQUE_PS'] });
    const outcome = await dmp.changeVisibility({ ...header, ...visible, maskedFromProfessionals: true }, nurse);
    assert.deepEqual(outcome, { kind: 'accepted', warnings: [] });
    assert.equal(requests.length, 1);
  });

  for (const [name, facts, wanted, rule] of [
    ['to hide again what the patient could see', {}, { invisibleToPatient: true }, 'TDU-DMP-153'],
    [
      'a document that nobody could read',
      { confidentiality: ['N', 'INVISIBLE_PATIENT'] },
      { invisibleToPatient: true, maskedFromProfessionals: true },
      'TDU-DMP-154',
    ],
    [
      'a version that is no longer current',
      { status: 'urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated' },
      { maskedFromProfessionals: true },
      'TDU-DMP-152',
    ],
  ] as const) {
    it(`refuses ${name}, before anything changes`, async () => {
      const { dmp, requests } = holding(facts);
      const outcome = await dmp.changeVisibility({ ...header, ...visible, ...wanted }, nurse);
      assert.ok(outcome.kind === 'not-sent');
      assert.equal(outcome.refusal.rule.id, rule);
      assert.equal(requests.length, 1);
    });
  }

  it('is not for the structure, nor for an entry that the DMP does not know', async () => {
    const held = holding({});
    const indirect = await held.dmp.changeVisibility({ ...header, ...visible, maskedFromProfessionals: true }, acting);
    assert.ok(indirect.kind === 'not-sent');
    assert.equal(indirect.refusal.rule.id, 'TDU-DMP-014');
    assert.equal(held.requests.length, 1, 'the question is open to the structure, the update is not');
    const unknown = client(queryAnswered(registryList()));
    const missing = await unknown.dmp.changeVisibility({ ...header, ...visible }, nurse);
    assert.ok(missing.kind === 'not-sent');
    assert.equal(missing.refusal.rule.id, 'TDU-DMP-152');
  });

  it('waits when the question was not answered', async () => {
    const outcome = await client({ kind: 'ambiguous', reason: 'ECONNRESET' }).dmp.changeVisibility(
      { ...header, ...visible },
      nurse,
    );
    assert.ok(outcome.kind === 'not-sent');
    assert.equal(outcome.class, 'transient');
  });
});

describe('archiving', () => {
  const ARCHIVED = 'urn:asip:ci-sis:2010:StatusType:Archived';
  const newStatus = (message: string) =>
    withXml(Buffer.from(requestIn(message)), (root) =>
      text(root, "//r:Association/r:Slot[@name='NewStatus']//r:Value", NS),
    );

  it('archives and takes out of the archive', async () => {
    const approved = holding({});
    assert.equal((await approved.dmp.archive({ ...header, archived: true }, nurse)).kind, 'accepted');
    assert.equal(newStatus(bodyOf(approved.requests[1])), ARCHIVED);
    const archived = holding({ status: ARCHIVED });
    assert.equal((await archived.dmp.archive({ ...header, archived: false }, nurse)).kind, 'accepted');
    assert.equal(newStatus(bodyOf(archived.requests[1])), 'urn:oasis:names:tc:ebxml-regrep:StatusType:Approved');
  });

  it('sends nothing for what is archived already, and refuses what is deleted', async () => {
    const archived = holding({ status: ARCHIVED });
    assert.equal((await archived.dmp.archive({ ...header, archived: true }, nurse)).kind, 'accepted');
    assert.equal(archived.requests.length, 1);
    const deleted = holding({ status: 'urn:asip:ci-sis:2010:StatusType:Deleted' });
    const outcome = await deleted.dmp.archive({ ...header, archived: true }, nurse);
    assert.ok(outcome.kind === 'not-sent');
    assert.equal(outcome.refusal.rule.id, 'TDU-DMP-152');
  });
});
