import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { createTestAuthority, type TestAuthority } from '../soap/certificates.fixture.ts';
import { canonicalDocument } from './canonical-document.ts';
import { type SignatureAlgorithm, signEnveloped } from './signature.ts';
import { verifyEnveloped } from './signature-verify.ts';
import { createSigner, type Signer } from './signer.ts';
import { element, withXml } from './xml.ts';
import { xmlsecAccepts, xmlsecIsAbsent, xmlsecSigns } from './xmlsec.fixture.ts';

const NS = 'urn:test';
const BOTH: readonly SignatureAlgorithm[] = ['rsa-sha256', 'rsa-sha1'];

describe('enveloped XML signature', () => {
  let authority: TestAuthority;
  let signer: Signer;
  before(async () => {
    authority = await createTestAuthority('C=FR, O=Test, CN=AC de test');
    const { cert, key } = await authority.issue('C=FR, O=Hôpital A\\, B, OU=1750000001, CN=Signataire');
    signer = createSigner({ certPem: cert, keyPem: key });
  });

  const signed = (algorithm: SignatureAlgorithm = 'rsa-sha256') =>
    signEnveloped(
      {
        before: `<t:Doc xmlns:t="${NS}" ID="_d1"><t:Issuer>É &amp; co</t:Issuer>`,
        after: '<t:Value>42</t:Value></t:Doc>',
      },
      '_d1',
      signer,
      algorithm,
    );
  const check = (xml: string, allowed = BOTH) =>
    withXml(Buffer.from(xml), (root) => {
      const doc = element(root, 'descendant-or-self::t:Doc', { t: NS });
      assert.ok(doc);
      const verdict = verifyEnveloped(doc, allowed);
      return verdict.ok ? 'accepted' : verdict.problem;
    });

  for (const algorithm of BOTH) {
    it(`is accepted by xmlsec1 and by us, bare and inside an envelope (${algorithm})`, async (t) => {
      const bare = await signed(algorithm);
      const enveloped = `<e:Envelope xmlns:e="urn:env" xmlns="urn:other">\n${bare}\n</e:Envelope>`;
      assert.equal(check(bare), 'accepted');
      assert.equal(check(enveloped), 'accepted');
      if (xmlsecIsAbsent()) return t.skip('xmlsec1 is not installed');
      assert.equal(xmlsecAccepts(bare, authority.ca, [`ID ${NS}:Doc`]), true);
      assert.equal(xmlsecAccepts(enveloped, authority.ca, [`ID ${NS}:Doc`]), true);
    });
  }

  it('of another library, which lists prefixes to declare (Java), is accepted, and refused once the list has changed', async (t) => {
    if (xmlsecIsAbsent()) return t.skip('xmlsec1 is not installed');
    const [ds, exclusive] = ['http://www.w3.org/2000/09/xmldsig#', 'http://www.w3.org/2001/10/xml-exc-c14n#'];
    const transforms =
      `<ds:Transform Algorithm="${ds}enveloped-signature"/><ds:Transform Algorithm="${exclusive}">` +
      `<ec:InclusiveNamespaces xmlns:ec="${exclusive}" PrefixList="xs t"/></ds:Transform>`;
    const template =
      `<e:Envelope xmlns:e="urn:env"><t:Doc xmlns:t="${NS}" xmlns:xs="urn:xs" ID="_d1"><ds:Signature xmlns:ds="${ds}"><ds:SignedInfo>` +
      `<ds:CanonicalizationMethod Algorithm="${exclusive}"/><ds:SignatureMethod Algorithm="${ds}rsa-sha1"/>` +
      `<ds:Reference URI="#_d1"><ds:Transforms>${transforms}</ds:Transforms><ds:DigestMethod Algorithm="${ds}sha1"/><ds:DigestValue/>` +
      `</ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo>` +
      `</ds:Signature><t:Value kind="xs:string">42</t:Value></t:Doc></e:Envelope>`;
    const { cert, key } = await authority.issue('CN=Java');
    const signedElsewhere = xmlsecSigns(template, { cert, key }, `ID ${NS}:Doc`);
    assert.equal(check(signedElsewhere), 'accepted');
    assert.equal(check(signedElsewhere.replace('urn:xs', 'urn:xt')), 'digest-mismatch');
    assert.equal(check(signedElsewhere.replace('PrefixList="xs t"', 'PrefixList="t"')), 'signature-mismatch');
  });

  it('is refused by xmlsec1 and by us once a character has changed', async (t) => {
    const tampered = (await signed()).replace('>42<', '>43<');
    assert.equal(check(tampered), 'digest-mismatch');
    const resigned = (await signed()).replace(/<ds:DigestValue>..../, '<ds:DigestValue>AAAA');
    assert.equal(check(resigned), 'signature-mismatch');
    if (xmlsecIsAbsent()) return t.skip('xmlsec1 is not installed');
    assert.equal(xmlsecAccepts(tampered, authority.ca, [`ID ${NS}:Doc`]), false);
    assert.equal(xmlsecAccepts(resigned, authority.ca, [`ID ${NS}:Doc`]), false);
  });

  it('is refused under an algorithm that the policy does not name', async () => {
    assert.equal(check(await signed('rsa-sha1'), ['rsa-sha256']), 'algorithm');
    assert.equal(
      check((await signed()).replaceAll('xmldsig-more#rsa-sha256', 'xmldsig-more#hmac-sha256')),
      'algorithm',
    );
  });

  it('is refused in every wrapping shape: the signed copy elsewhere, an identifier twice, another reference', async () => {
    const inner = await signed();
    const forged = `<t:Doc xmlns:t="${NS}" ID="_evil"><t:Value>666</t:Value>`;
    assert.equal(check(`${forged}${inner}</t:Doc>`), 'structure');
    const signature = /<ds:Signature .*<\/ds:Signature>/.exec(inner)?.[0] ?? '';
    assert.equal(check(`${forged}${signature}<t:Old>${inner.replace(signature, '')}</t:Old></t:Doc>`), 'reference');
    assert.equal(check(`<x>${inner}<y Id="_d1"/></x>`), 'reference');
    const twice = inner.replace(signature, signature + signature);
    assert.equal(check(twice), 'structure');
    assert.equal(check(inner.replace(signature, '')), 'structure');
  });

  it('is refused when a signed value hides a comment, or SignedInfo comes twice', async () => {
    const commented = (await signed()).replace('<ds:DigestValue>', '<ds:DigestValue>AAAA<!-- -->');
    assert.equal(check(commented), 'signature-mismatch');
    const inValue = (await signed()).replace('<ds:SignatureValue>', '<ds:SignatureValue><!-- -->');
    assert.equal(check(inValue), 'structure');
    const info = /<ds:SignedInfo .*<\/ds:SignedInfo>/.exec(await signed())?.[0] ?? '';
    assert.equal(check((await signed()).replace(info, info + info)), 'structure');
  });

  it('is refused without its transforms, with one more, or with a parameter inside', async () => {
    for (const [from, to] of [
      [/<ds:Transform Algorithm="[^"]*enveloped-signature"><\/ds:Transform>/, ''],
      [/<ds:Transforms>/, '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>'],
      [/(xml-exc-c14n#")><\/ds:CanonicalizationMethod>/, '$1><x/></ds:CanonicalizationMethod>'],
    ] as const) {
      const altered = (await signed()).replace(from, to);
      assert.notEqual(altered, await signed());
      assert.notEqual(check(altered), 'accepted');
    }
  });

  it('is refused when no canonical form exists, or no certificate can be read', async () => {
    const relative = (await signed()).replace('<t:Value>', '<x:Void xmlns:x="1"/><t:Value>');
    assert.equal(check(relative), 'structure');
    const unreadable = (await signed()).replace(/(<ds:X509Certificate>)[^<]+/, '$1AAAA');
    assert.equal(check(unreadable), 'certificate');
  });

  it('names its signer as RFC 2253 asks', async () => {
    assert.equal(signer.subject, 'CN=Signataire,OU=1750000001,O=Hôpital A\\, B,C=FR');
    assert.equal(signer.issuer, 'CN=AC de test,O=Test,C=FR');
    assert.equal(signer.serialNumber, '1001');
  });

  it('never starts with a key that is not that of the certificate', async () => {
    const { cert } = await authority.issue('CN=A');
    const { key } = await authority.issue('CN=B');
    assert.throws(() => createSigner({ certPem: cert, keyPem: key }), /does not belong/);
  });
});

describe('canonical form of a document', () => {
  it('keeps what stands around the root, exactly as xmllint does', async (t) => {
    const xml =
      '<?xml version="1.0"?>\n<?xml-stylesheet href="a.xsl"?><!-- a --><r b="2"  a="1"><x/><!-- b --></r><!-- c -->\n';
    const expected = '<?xml-stylesheet href="a.xsl"?>\n<!-- a -->\n<r a="1" b="2"><x></x><!-- b --></r>\n<!-- c -->';
    assert.equal(canonicalDocument(Buffer.from(xml)).toString(), expected);
    const judge = spawnSync('xmllint', ['--c14n', '-'], { input: xml });
    if (judge.error !== undefined) return t.skip('xmllint is not installed');
    assert.equal(judge.stdout.toString(), expected);
  });
});
