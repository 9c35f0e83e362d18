import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { provideAndRegister, type SubmitterOptions } from '../dmp/provide-and-register.ts';
import { createTestAuthority } from '../soap/certificates.fixture.ts';
import { createSigner, type Signer } from '../xml/signer.ts';
import { elements, text, withXml, type XmlElement } from '../xml/xml.ts';
import { RIM, XDSB } from './schemes.ts';
import { acting, CDA, entry, MATRICULE, submission } from './submission.fixture.ts';
import type { Submission } from './submission.ts';

const CONFORMANCE = fileURLToPath(new URL('../../../../shared/conformance/xds/', import.meta.url));
const SAMPLE = `${CONFORMANCE}fr-derived/submit-objects.DOC_NON_STRUCTURE_CDA-R2-N1.xml`;
const NS = { r: RIM, b: XDSB };

describe('SubmitObjectsRequest', () => {
  let signer: Signer;
  before(async () => {
    const authority = await createTestAuthority('CN=AC');
    const { cert, key } = await authority.issue('CN=cachet');
    signer = createSigner({ certPem: cert, keyPem: key });
  });

  const build = (set: Submission = submission, changes: Partial<SubmitterOptions> = {}) =>
    provideAndRegister(set, {
      institution: acting.structure,
      sourceId: '1.2.250.1.999.1.1.1',
      sendHashAndSize: false,
      signer,
      algorithm: 'rsa-sha1',
      signedAt: new Date('2026-11-23T00:00:00Z'),
      ...changes,
    });
  const read = <T>(xml: string, use: (root: XmlElement) => T) => withXml(Buffer.from(xml), use);

  it('is what the ITI-41 schema accepts, once the attachments are back in their place', async (t) => {
    if (!existsSync(CONFORMANCE)) return t.skip('conformance data is absent');
    const twice: Submission = {
      ...submission,
      comments: 'Deux documents & un lot',
      documents: [
        {
          entry: { ...entry, comments: 'Commentaire' },
          bytes: CDA,
          replaces: 'urn:uuid:0e3a4b5c-0000-4000-8000-000000000001',
        },
        { entry: { ...entry, referenceIds: ['A1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:accession'] }, bytes: CDA },
      ],
    };
    for (const set of [submission, twice]) {
      for (const sendHashAndSize of [false, true]) {
        const { body, attachments } = await build(set, { sendHashAndSize });
        const whole = attachments.reduce(
          (xml, { contentId, bytes }) =>
            xml.replace(
              new RegExp(`<xop:Include [^>]*href="cid:${contentId}"/>`),
              Buffer.from(bytes).toString('base64'),
            ),
          body,
        );
        assert.doesNotMatch(whole, /xop:Include/);
        validate(t, whole);
      }
    }
  });

  function validate(t: TestContext, xml: string): void {
    const schema = `${CONFORMANCE}xsd/XDS.b_DocumentRepository.xsd`;
    const judge = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema, '-'], { input: xml });
    if (judge.error !== undefined) t.skip('xmllint is not installed');
    else assert.equal(judge.status, 0, judge.stderr.toString());
  }

  it('describes set and document exactly as the French reference shape does', async (t) => {
    if (!existsSync(SAMPLE)) return t.skip('conformance data is absent');
    const ours = read((await build(submission, { sendHashAndSize: false })).body, facts);
    // Fields that this submission does not send: the registry fills them (dmp.md 2.2).
    const theirs = withXml(readFileSync(SAMPLE), facts).filter((fact) => !/ slot (?:hash|size) /.test(fact));
    assert.deepEqual(ours, theirs);
  });

  /** Everything said of SubmissionSet01 and Document01, whatever the order and the local identifiers. */
  function facts(root: XmlElement): string[] {
    return elements(root, "//r:*[@id='SubmissionSet01' or @id='Document01']", NS)
      .flatMap((object) => {
        const of = object.attr('id')?.value;
        const slots = (from: XmlElement) =>
          elements(from, 'r:Slot', NS).map((slot) => {
            const values = elements(slot, 'r:ValueList/r:Value', NS).map((value) => value.content);
            return `${slot.attr('name')?.value} ${values.join(' + ')}`;
          });
        const classifications = elements(object, 'r:Classification', NS).map((each) => {
          const names = ['classificationScheme', 'classificationNode', 'nodeRepresentation', 'classifiedObject'];
          const values = names.map((name) => each.attr(name)?.value);
          return `${values.join(' ')} ${slots(each).join(' ')} ${text(each, 'r:Name/r:LocalizedString/@value', NS)}`;
        });
        const identifiers = elements(object, 'r:ExternalIdentifier', NS).map((each) => {
          const values = ['identificationScheme', 'registryObject', 'value'].map((name) => each.attr(name)?.value);
          return `${values.join(' ')} ${text(each, 'r:Name/r:LocalizedString/@value', NS)}`;
        });
        return [
          `${of} name ${text(object, 'r:Name/r:LocalizedString/@value', NS)}`,
          `${of} type ${object.attr('mimeType')?.value} ${object.attr('objectType')?.value}`,
          ...slots(object).map((slot) => `${of} slot ${slot}`),
          ...[...classifications, ...identifiers].map((fact) => `${of} ${fact}`),
        ];
      })
      .sort();
  }

  it('binds documents, signature and replaced version by associations', async () => {
    const replaces = 'urn:uuid:0e3a4b5c-0000-4000-8000-000000000001';
    const { body } = await build({
      ...submission,
      documents: [
        { entry, bytes: CDA, replaces },
        { entry, bytes: CDA },
      ],
    });
    const found = read(body, (root) =>
      elements(root, '//r:Association', NS).map((each) => {
        const type = each.attr('associationType')?.value.split(':').at(-1);
        const status = text(each, 'r:Slot/r:ValueList/r:Value', NS) ?? '';
        return `${type} ${each.attr('sourceObject')?.value} ${each.attr('targetObject')?.value} ${status}`.trim();
      }),
    );
    assert.deepEqual(found, [
      'HasMember SubmissionSet01 Document01 Original',
      'HasMember SubmissionSet01 Document02 Original',
      'HasMember SubmissionSet01 Signature01 Original',
      'signs Signature01 SubmissionSet01',
      `RPLC Document01 ${replaces}`,
    ]);
  });

  it('has one Document element and one attachment per entry, under the same name', async () => {
    const { body, attachments } = await build();
    const [entries, documents] = read(body, (root) => [
      elements(root, '//r:ExtrinsicObject', NS).map((each) => each.attr('id')?.value),
      elements(root, '//b:Document', NS).map((each) => [each.attr('id')?.value, text(each, '*/@href')]),
    ]);
    assert.deepEqual(entries, ['Document01', 'Signature01']);
    assert.deepEqual(documents, [
      ['Document01', 'cid:Document01@traitdunion'],
      ['Signature01', 'cid:Signature01@traitdunion'],
    ]);
    assert.deepEqual(
      attachments.map(({ contentId }) => contentId),
      ['Document01@traitdunion', 'Signature01@traitdunion'],
    );
    assert.equal(attachments[0]?.bytes, CDA);
  });

  it('gives the signature entry the metadata that the DMP asks for', async () => {
    const { body } = await build();
    const codes = read(body, (root) =>
      elements(root, "//r:ExtrinsicObject[@id='Signature01']/r:Classification", NS).map(
        (each) =>
          `${each.attr('nodeRepresentation')?.value} ${text(each, "r:Slot[@name='codingScheme']/r:ValueList/r:Value", NS) ?? ''}`,
      ),
    );
    assert.deepEqual(codes.slice(1), [
      'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1 URN',
      'E1762 ASTM',
      'http://www.w3.org/2000/09/xmldsig# URN',
      'N 2.16.840.1.113883.5.25',
      'MASQUE_PS 1.2.250.1.213.1.1.4.13',
      'INVISIBLE_PATIENT 1.2.250.1.213.1.1.4.13',
      'SA07 1.2.250.1.71.4.2.4',
      'AMBULATOIRE 1.2.250.1.213.1.1.4.9',
      '1.2.840.10065.1.12.1.14 1.2.840.10065.1.12',
    ]);
    const slot = (name: string) =>
      read(body, (root) =>
        text(root, `//r:ExtrinsicObject[@id='Signature01']/r:Slot[@name='${name}']/r:ValueList/r:Value`, NS),
      );
    assert.equal(slot('languageCode'), 'art');
    assert.equal(slot('sourcePatientId'), `${MATRICULE}^^^&1.2.250.1.213.1.4.10&ISO^NH`);
    assert.equal(slot('sourcePatientInfo'), undefined);
    assert.equal(slot('legalAuthenticator'), '801234534765^CAMPARINI^Marcel^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS');
  });

  it('lets no name break an identifier apart', async () => {
    const institution = { id: '1750000001', name: 'Clinique A&B ^ C' };
    const { body } = await build(submission, { institution });
    const value = read(body, (root) =>
      text(root, "//r:RegistryPackage//r:Slot[@name='authorInstitution']/r:ValueList/r:Value", NS),
    );
    assert.equal(value, 'Clinique A-B - C^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750000001');
  });

  it('sends the used name beside the birth name, and hash and size when told to', async () => {
    const patient = { ...entry.patient, usedName: 'DURAND', usedGivenName: 'DO' };
    const set: Submission = { ...submission, documents: [{ entry: { ...entry, patient }, bytes: CDA }] };
    const { body } = await build(set, { sendHashAndSize: true });
    const values = (name: string) =>
      read(body, (root) =>
        elements(root, `//r:ExtrinsicObject[1]/r:Slot[@name='${name}']/r:ValueList/r:Value`, NS).map(
          (each) => each.content,
        ),
      );
    assert.deepEqual(values('sourcePatientInfo').slice(0, 2), [
      'PID-5|PAT-TROIS^DOMINIQUE^^^^^L',
      'PID-5|DURAND^DO^^^^^D',
    ]);
    assert.deepEqual(values('size'), [String(CDA.byteLength)]);
    assert.match(values('hash')[0] ?? '', /^[0-9a-f]{40}$/);
  });
});
