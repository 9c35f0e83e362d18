import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { createTestAuthority, type TestAuthority } from '../soap/certificates.fixture.ts';
import { canonicalDocument } from '../xml/canonical-document.ts';
import type { SignatureAlgorithm } from '../xml/signature.ts';
import { verifyEnveloping } from '../xml/signature-verify.testing.ts';
import { createSigner, type Signer } from '../xml/signer.ts';
import { canonical, element, elements, text, withXml } from '../xml/xml.ts';
import { xmlsecAccepts, xmlsecIsAbsent } from '../xml/xmlsec.fixture.ts';
import { signatureDocument } from './signature-document.ts';
import { CDA, entry } from './submission.fixture.ts';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const XADES = 'http://uri.etsi.org/01903/v1.1.1#';
const NS = { d: DS, x: XADES };
const IDS = [`Id ${DS}Manifest`, `Id ${XADES}SignedProperties`].map((each) => each.replace(/#(\w+)$/, '#:$1'));
const SIGNED_IDS = ['IHEManifest', 'S0-SignedProperties'];
const SHA1: readonly SignatureAlgorithm[] = ['rsa-sha1'];

describe('signature document of a submission set', () => {
  let authority: TestAuthority;
  let signer: Signer;
  let signed: Buffer;
  const image = Buffer.from([0, 1, 2, 255]);

  before(async () => {
    authority = await createTestAuthority('C=FR, O=ASIP-SANTE, CN=TEST AC IGC-SANTE');
    const { cert, key } = await authority.issue('C=FR, O=HOPITAL TEST, CN=cachet');
    signer = createSigner({ certPem: cert, keyPem: key });
    signed = await build('rsa-sha1');
  });

  const build = (algorithm: SignatureAlgorithm) =>
    signatureDocument({
      submissionSetUniqueId: '1.2.250.1.999.1.1.1.42.1',
      documents: [
        { entry, bytes: CDA },
        { entry: { ...entry, mimeType: 'application/dicom' }, bytes: image },
      ],
      signer,
      algorithm,
      signedAt: new Date('2026-11-23T10:30:00Z'),
    });
  const check = (bytes: Buffer, allowed = SHA1) =>
    withXml(bytes, (root) => {
      const verdict = verifyEnveloping(root, SIGNED_IDS, allowed);
      return verdict.ok ? 'accepted' : verdict.problem;
    });

  it('is accepted by xmlsec1 and by us', async (t) => {
    assert.equal(check(signed), 'accepted');
    assert.equal(check(await build('rsa-sha256'), ['rsa-sha256']), 'accepted');
    if (xmlsecIsAbsent()) return t.skip('xmlsec1 is not installed');
    assert.equal(xmlsecAccepts(signed.toString(), authority.ca, IDS), true);
    assert.equal(xmlsecAccepts((await build('rsa-sha256')).toString(), authority.ca, IDS), true);
  });

  for (const [name, from, to] of [
    ['a document of the manifest', '<Reference URI="urn:oid:1.3.6', '<Reference URI="urn:oid:1.3.7'],
    ['the moment of signature', '2026-11-23', '2026-11-24'],
    ['what SignedInfo says', '#IHEManifest', '#S0-SignedProperties'],
  ] as const) {
    it(`is refused by xmlsec1 and by us when ${name} has changed`, (t) => {
      const altered = signed.toString().replace(from, to);
      assert.notEqual(altered, signed.toString());
      assert.notEqual(check(Buffer.from(altered)), 'accepted');
      if (xmlsecIsAbsent()) return t.skip('xmlsec1 is not installed');
      assert.equal(xmlsecAccepts(altered, authority.ca, IDS), false);
    });
  }

  it('is refused under an algorithm that the policy does not name, or when it signs something else', () => {
    assert.equal(check(signed, ['rsa-sha256']), 'algorithm');
    const verdict = withXml(signed, (root) => verifyEnveloping(root, ['IHEManifest'], SHA1));
    assert.deepEqual(verdict, { ok: false, problem: 'reference' });
  });

  it('lists the set first with its one-byte digest, then each document', () => {
    const references = withXml(signed, (root) =>
      elements(root, '//d:Manifest/d:Reference', NS).map((each) => [
        each.attr('URI')?.value,
        text(each, 'd:DigestValue', NS),
        text(each, 'd:Transforms/d:Transform/@Algorithm', NS),
      ]),
    );
    const sha1 = (bytes: Buffer) => createHash('sha1').update(bytes).digest('base64');
    const withComments = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments';
    assert.deepEqual(references, [
      ['urn:oid:1.2.250.1.999.1.1.1.42.1', 'AA==', undefined],
      [`urn:oid:${entry.uniqueId}`, sha1(canonicalDocument(CDA)), withComments],
      [`urn:oid:${entry.uniqueId}`, sha1(image), undefined],
    ]);
  });

  it('carries the XAdES 1.1.1 properties that the DMP samples carry', () => {
    const read = (xpath: string) => withXml(signed, (root) => text(root, xpath, NS));
    assert.equal(read('//d:SignatureProperty'), '1.2.840.10065.1.12.1.14');
    assert.equal(read('//x:SigningTime'), '2026-11-23T10:30:00.000Z');
    assert.equal(read('//x:Cert/x:IssuerSerial/d:X509IssuerName'), 'CN=TEST AC IGC-SANTE,O=ASIP-SANTE,C=FR');
    assert.equal(read('//x:Cert/x:IssuerSerial/d:X509SerialNumber'), '1001');
    const digest = createHash('sha1').update(signer.certificate.raw).digest('base64');
    assert.equal(read('//x:Cert/x:CertDigest/x:DigestValue'), digest);
    assert.equal(read('//x:SignaturePolicyIdentifier/x:SignaturePolicyImplied'), '');
    assert.equal(read('//x:SignedDataObjectProperties'), '');
    assert.equal(read('//x:QualifyingProperties/@Target'), `#${read('/d:Signature/@Id')}`);
  });

  it('gives the same bytes under inclusive and exclusive canonicalisation of what is signed', () => {
    for (const id of SIGNED_IDS) {
      const [inclusive, exclusive] = withXml(signed, (root) => {
        const target = element(root, `//*[@Id='${id}']`);
        assert.ok(target);
        return [canonical(target, 'inclusive'), canonical(target, 'exclusive')];
      });
      assert.deepEqual(inclusive, exclusive);
    }
  });
});
