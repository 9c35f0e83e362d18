import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultCase, openTestDmp, refusesAll } from './bench.fixture.ts';
import { feedRequest, type Recipe, swap } from './message.fixture.ts';

const WRAPPED = /(<saml:Assertion.*<\/saml:Assertion>)/s;

const CASES: readonly FaultCase[] = [
  {
    what: 'SOAP 1.1',
    recipe: { envelope: swap('http://www.w3.org/2003/05/soap-envelope', 'http://schemas.xmlsoap.org/soap/envelope/') },
    reason: /SOAP 1\.2/,
    code: 's:VersionMismatch',
  },
  { what: 'DOCTYPE', recipe: { envelope: (xml) => `<!DOCTYPE a>${xml}` }, reason: /DOCTYPE interdit/ },
  { what: 'malformed XML', recipe: { envelope: (xml) => xml.slice(0, -3) }, reason: /mal formé/ },
  { what: 'no Action', recipe: { envelope: swap(/<Action.*?<\/Action>/, '') }, reason: /wsa:Action/ },
  {
    what: 'unknown action',
    recipe: {
      contentType: swap(/; action="[^"]*"/, ''),
      envelope: swap(
        '2007:ProvideAndRegisterDocumentSet-b</Action>',
        'xds-b:2007:ProvideAndRegisterDocumentSet-b</Action>',
      ),
    },
    reason: /Action inconnue/,
  },
  {
    what: 'action other than the HTTP one',
    recipe: { contentType: swap('DocumentSet-b', 'DocumentSet') },
    reason: /diffère de wsa:Action/,
  },
  { what: 'no MessageID', recipe: { envelope: swap(/<MessageID.*?<\/MessageID>/, '') }, reason: /MessageID/ },
  { what: 'MessageID not a UUID', recipe: { messageId: 'urn:uuid:1' }, reason: /urn:uuid/ },
  {
    what: 'ReplyTo elsewhere',
    recipe: {
      envelope: swap(
        '</s:Header>',
        '<ReplyTo xmlns="http://www.w3.org/2005/08/addressing"><Address>https://ailleurs</Address></ReplyTo></s:Header>',
      ),
    },
    reason: /ReplyTo/,
  },
  {
    what: 'unknown mandatory header',
    recipe: { envelope: swap('</s:Header>', '<x:Y xmlns:x="urn:x" s:mustUnderstand="1"/></s:Header>') },
    reason: /non compris/,
    code: 's:MustUnderstand',
  },
  {
    what: 'no security header',
    recipe: { envelope: swap(/<wsse:Security.*<\/wsse:Security>/s, '') },
    reason: /wsse:Security/,
  },
  {
    what: 'body of another operation',
    recipe: { envelope: swap('ProvideAndRegisterDocumentSetRequest', 'RetrieveDocumentSetRequest') },
    reason: /ne contient pas/,
  },
  { what: 'not signed', recipe: { token: swap(/<ds:Signature.*<\/ds:Signature>/s, '') }, reason: /non signée/ },
  {
    what: 'modified after signature',
    recipe: { token: swap('Gateway', 'Someone') },
    reason: /Empreinte de l’assertion/,
  },
  {
    what: 'signature value of something else',
    recipe: { token: swap(/<ds:SignatureValue>..../, '<ds:SignatureValue>AAAA') },
    reason: /Signature de l’assertion fausse/,
  },
  {
    what: 'two assertions in Security',
    recipe: { token: (xml) => xml + xml.replace(/ID="[^"]*"/, 'ID="_b"') },
    reason: /une et une seule Assertion/,
  },
  {
    what: 'signed assertion wrapped in a forged one',
    recipe: {
      token: swap(
        WRAPPED,
        '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_evil"><saml:Issuer>x</saml:Issuer>$1</saml:Assertion>',
      ),
    },
    reason: /Plusieurs assertions/,
  },
  {
    what: 'original hidden in the signature Object',
    recipe: {
      token: (xml) =>
        xml
          .replace('</ds:Signature>', `<ds:Object>${xml}</ds:Object></ds:Signature>`)
          .replace(/ID="[^"]*"/, 'ID="_evil"'),
    },
    reason: /Plusieurs assertions/,
  },
  {
    what: 'signed assertion moved to another header',
    recipe: {
      envelope: (xml) => {
        const [token = ''] = WRAPPED.exec(xml) ?? [];
        const forged = token.replace('Gateway', 'Other');
        return xml.replace(token, forged).replace('</s:Header>', `<x:W xmlns:x="urn:x">${token}</x:W></s:Header>`);
      },
    },
    reason: /Plusieurs assertions/,
  },
  {
    what: 'id used twice',
    recipe: { envelope: (xml) => xml.replace('<s:Body>', `<s:Body Id="${/ID="([^"]*)"/.exec(xml)?.[1]}">`) },
    reason: /non unique/,
  },
  { what: 'comment in a value', recipe: { token: swap('Gateway', 'Gate<!-- x -->way') }, reason: /Commentaire/ },
  {
    what: 'two SignedInfo',
    recipe: { token: swap(/(<ds:SignedInfo.*?<\/ds:SignedInfo>)/s, '$1$1') },
    reason: /forme ou d’algorithme/,
  },
  {
    what: 'empty SignedInfo',
    recipe: { signedInfo: swap(/<ds:Reference.*<\/ds:Reference>/s, '') },
    reason: /elle seule/,
  },
  {
    what: 'reference to another id',
    recipe: { signedInfo: swap(/URI="#[^"]*"/, 'URI="#_other"') },
    reason: /elle seule/,
  },
  {
    what: 'empty reference (whole document)',
    recipe: { signedInfo: swap(/URI="#[^"]*"/, 'URI=""') },
    reason: /elle seule/,
  },
  {
    what: 'XPath transform',
    recipe: {
      signedInfo: swap(
        'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
        'http://www.w3.org/TR/1999/REC-xpath-19991116',
      ),
    },
    reason: /Transformations/,
  },
  {
    what: 'HMAC',
    recipe: {
      signedInfo: swap(
        'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
        'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
      ),
    },
    reason: /forme ou d’algorithme/,
  },
  {
    what: 'inclusive canonicalisation',
    recipe: {
      signedInfo: swap(
        'CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
        'CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"',
      ),
    },
    reason: /canonicalisation|fausse/,
  },
  {
    what: 'signature at the end',
    recipe: {
      token: (xml) => {
        const [signature = ''] = /<ds:Signature.*<\/ds:Signature>/s.exec(xml) ?? [];
        return xml.replace(signature, '').replace('</saml:Assertion>', `${signature}</saml:Assertion>`);
      },
    },
    reason: /suivre immédiatement Issuer/,
  },
  { what: 'API V1', recipe: { path: '/si-dmp-server/v1/services/repository' }, reason: /V1 fermée/ },
  { what: 'TD0.0', recipe: { path: '/si-dmp-server/v2/services/patientCertif' }, reason: /TD0\.0/ },
  { what: 'unknown service', recipe: { path: '/si-dmp-server/v2/services/nothing' }, reason: /Service inconnu/ },
];

test('a wrong message or a wrong signature is a SOAP fault that says why', async (t) => {
  await refusesAll(t, CASES);
});

test('a MessageID serves once', async (t) => {
  const dmp = await openTestDmp(t);
  const messageId = 'urn:uuid:00000000-0000-4000-8000-000000000001';
  assert.equal((await dmp.send(feedRequest({ messageId }))).status, 200);
  const again = await dmp.send(feedRequest({ messageId }));
  assert.equal(again.status, 500);
  assert.match(again.body, /déjà reçu/);
});

test('a package that is not MTOM is a fault', async (t) => {
  const dmp = await openTestDmp(t);
  const cases: [Recipe, RegExp][] = [
    [{ contentType: swap('multipart/related', 'multipart/mixed') }, /multipart\/related/],
    [{ contentType: swap('application/xop+xml', 'text/xml') }, /type ≠/],
    [{ contentType: swap('start-info="application/soap+xml"', 'start-info="text/xml"') }, /start-info/],
    [{ contentType: swap('start="<root@test>"', 'start="<none@test>"') }, /racine/],
    [{ mime: swap('--frontiere_42--', '') }, /délimit/],
    [{ mime: swap('Content-Transfer-Encoding: binary', 'Content-Transfer-Encoding: base64') }, /binaires/],
    [{ mime: swap('<Signature01@test>', '<Document01@test>') }, /deux fois/],
    [{ mime: swap('application/xop+xml; charset=UTF-8', 'text/xml') }, /partie racine/],
  ];
  for (const [recipe, reason] of cases) {
    const { status, body } = await dmp.send(feedRequest(recipe));
    assert.equal(status, 500);
    assert.match(body, reason);
  }
});
