/**
 * XML signatures made to be believed (hostile.md, XML signature): each case changes a signed assertion so that what is read
 * would not be what was signed. `FORGE` marks what the attacker wants to be read.
 */
import { swap } from '../../src/simulators/dmp/message.fixture.ts';

type Edit = (xml: string) => string;

export interface SignatureAttack {
  readonly name: string;
  /** The signed assertion, as the attacker sends it on. */
  readonly token?: Edit;
  /** SignedInfo before it is signed: a signer that signs what must not be accepted. */
  readonly signedInfo?: Edit;
}

const SIGNATURE = /<ds:Signature .*?<\/ds:Signature>/s;
const WRAP = 'urn:attaque';

const signatureOf = (xml: string): string => SIGNATURE.exec(xml)?.[0] ?? '';
const unsigned = (xml: string): string => xml.replace(SIGNATURE, '');
const idOf = (xml: string): string => /\bID="([^"]*)"/.exec(xml)?.[1] ?? '';
/** The same assertion in another name, under this identifier, without a signature. */
function forged(xml: string, id: string): string {
  const named = unsigned(xml).replace(/<saml:NameID>[^<]*/, '<saml:NameID>FORGE');
  return id === '' ? named.replace(/ ID="[^"]*"/, '') : named.replace(/\bID="[^"]*"/, `ID="${id}"`);
}
const inside = (outer: string, inner: string): string => outer.replace('</saml:Issuer>', `</saml:Issuer>${inner}`);
const atEnd = (outer: string, inner: string): string =>
  outer.replace(/<\/saml:Assertion>$/, `${inner}</saml:Assertion>`);
const wrapped = (inner: string): string => `<x:w xmlns:x="${WRAP}">${inner}</x:w>`;
const inObject = (signature: string, inner: string): string =>
  signature.replace('</ds:Signature>', `<ds:Object>${inner}</ds:Object></ds:Signature>`);

/** The classic shapes: where the forged assertion, the signed one and the signature stand. */
const SHAPES: Readonly<Record<string, (xml: string, evil: string) => string>> = {
  'forged before the signed one': (xml, evil) => `${evil}${xml}`,
  'forged after the signed one': (xml, evil) => `${xml}${evil}`,
  'signed one inside the forged': (xml, evil) => atEnd(evil, xml),
  'signature moved to the forged, the rest beside it': (xml, evil) =>
    `${inside(evil, signatureOf(xml))}${unsigned(xml)}`,
  'signature moved to the forged, the rest inside it': (xml, evil) =>
    atEnd(inside(evil, signatureOf(xml)), wrapped(unsigned(xml))),
  'signed one in an Object of its own signature': (xml, evil) =>
    inside(evil, inObject(signatureOf(xml), unsigned(xml))),
  'whole signed one in an Object of a copy of its signature': (xml, evil) =>
    inside(evil, inObject(signatureOf(xml), xml)),
  'signed one in an extension before the forged': (xml, evil) => `${wrapped(xml)}${evil}`,
  'forged in an extension of the signed one': (xml, evil) => atEnd(xml, wrapped(evil)),
  'forged in an Object of the signature': (xml, evil) =>
    xml.replace(signatureOf(xml), inObject(signatureOf(xml), evil)),
};
const IDENTIFIERS: Readonly<Record<string, (id: string) => string>> = {
  'the same identifier': (id) => id,
  'another identifier': () => '_forge',
  'no identifier': () => '',
  'the identifier with a space': (id) => `${id} `,
};

function wrappings(): SignatureAttack[] {
  return Object.entries(SHAPES).flatMap(([shape, make]) =>
    Object.entries(IDENTIFIERS).map(([what, idFrom]) => ({
      name: `${shape}, ${what}`,
      token: (xml) => make(xml, forged(xml, idFrom(idOf(xml)))),
    })),
  );
}

/** Between two readers of the same value: what is no text inside what must be text. */
function hidden(): SignatureAttack[] {
  const noise = ['<!-- x -->', '<?x y?>', '<x/>', '<![CDATA[ ]]>AA', 'AA', '&#65;', '====', '*'];
  const values = ['DigestValue', 'SignatureValue', 'X509Certificate'];
  return values.flatMap((value) =>
    noise.map((what) => ({
      name: `${what} at the head of ${value}`,
      token: swap(`<ds:${value}>`, `<ds:${value}>${what}`),
    })),
  );
}

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const RSA_SHA256 = `${MORE}rsa-sha256`;
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/** Both after the signature was made, and by a signer who signs it so. */
function both(name: string, edit: Edit): SignatureAttack[] {
  return [
    { name: `${name}, changed`, token: edit },
    { name: `${name}, signed so`, signedInfo: edit },
  ];
}

function algorithms(): SignatureAttack[] {
  const methods = [
    `${DS}hmac-sha1`,
    `${MORE}hmac-sha256`,
    `${DS}dsa-sha1`,
    `${MORE}ecdsa-sha256`,
    `${MORE}rsa-md5`,
  ].concat(['none', '', 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1']);
  const digests = [`${MORE}md5`, 'none', '', `${DS}hmac-sha1`];
  const forms = ['', 'none', 'urn:x', 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315', `${EXCLUSIVE}WithComments`];
  const transforms = [
    'http://www.w3.org/TR/1999/REC-xpath-19991116',
    'http://www.w3.org/2002/06/xmldsig-filter2',
    'http://www.w3.org/TR/1999/REC-xslt-19991116',
    `${DS}base64`,
    'http://www.w3.org/2002/07/decrypt#XML',
    '',
  ];
  return [
    ...methods.flatMap((method) => both(`signature by « ${method} »`, swap(`"${RSA_SHA256}"`, `"${method}"`))),
    ...digests.flatMap((digest) => both(`digest by « ${digest} »`, swap(`"${SHA256}"`, `"${digest}"`))),
    ...forms.flatMap((form) =>
      both(`canonical form « ${form} »`, swap(/(<ds:CanonicalizationMethod Algorithm=")[^"]*/, `$1${form}`)),
    ),
    ...transforms.flatMap((transform) => [
      ...both(
        `transform « ${transform} » instead`,
        swap(/(<ds:Transform Algorithm=")[^"]*enveloped-signature/, `$1${transform}`),
      ),
      ...both(
        `transform « ${transform} » besides`,
        swap('</ds:Transforms>', `<ds:Transform Algorithm="${transform}"/></ds:Transforms>`),
      ),
    ]),
    ...both('no transform', swap(/<ds:Transforms>.*<\/ds:Transforms>/, '')),
    ...both(
      'an XPath inside a transform',
      swap(
        /(xml-exc-c14n#")\/?>(<\/ds:Transform>)?(<\/ds:Transforms>)/,
        '$1><ds:XPath>1=2</ds:XPath></ds:Transform>$3',
      ),
    ),
  ];
}

function references(): SignatureAttack[] {
  const uris = [
    '',
    '#',
    '#_forge',
    '#xpointer(/)',
    '#xpointer(id(1))',
    'http://127.0.0.1:1/a',
    'file:///etc/hostname',
    'cid:a',
  ];
  const reference = /<ds:Reference .*?<\/ds:Reference>/s;
  return [
    ...uris.flatMap((uri) => both(`a reference to « ${uri} »`, swap(/(<ds:Reference URI=")[^"]*/, `$1${uri}`))),
    ...both('a reference without an address', swap(/(<ds:Reference) URI="[^"]*"/, '$1')),
    ...both('no reference: a signature over the empty set', swap(reference, '')),
    ...both('two references', (xml) => xml.replace(reference, (found) => found + found)),
    ...both('a reference of the type Manifest', swap('<ds:Reference ', `<ds:Reference Type="${DS}Manifest" `)),
    {
      name: 'SignedInfo twice',
      token: (xml) => xml.replace(/<ds:SignedInfo.*<\/ds:SignedInfo>/s, (found) => found + found),
    },
    {
      name: 'another SignedInfo first',
      token: (xml) =>
        xml.replace(
          '<ds:SignedInfo',
          `<ds:SignedInfo xmlns:ds="${DS}"><ds:Reference URI=""/></ds:SignedInfo><ds:SignedInfo`,
        ),
    },
    { name: 'no SignedInfo', token: swap(/<ds:SignedInfo.*<\/ds:SignedInfo>/s, '') },
    { name: 'no SignatureValue', token: swap(/<ds:SignatureValue>.*<\/ds:SignatureValue>/s, '') },
    { name: 'an empty SignatureValue', token: swap(/(<ds:SignatureValue>)[^<]*/, '$1') },
    { name: 'an empty DigestValue', token: swap(/(<ds:DigestValue>)[^<]*/, '$1') },
    { name: 'no KeyInfo', token: swap(/<ds:KeyInfo>.*<\/ds:KeyInfo>/s, '') },
    {
      name: 'a bare key instead of the certificate',
      token: swap(
        /<ds:X509Data>.*<\/ds:X509Data>/s,
        '<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQ==</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>',
      ),
    },
    {
      name: 'two certificates',
      token: (xml) => xml.replace(/<ds:X509Data>.*<\/ds:X509Data>/s, (found) => found + found),
    },
    { name: 'an empty certificate', token: swap(/(<ds:X509Certificate>)[^<]*/, '$1') },
    { name: 'no signature', token: unsigned },
    { name: 'two signatures', token: (xml) => xml.replace(SIGNATURE, (found) => found + found) },
  ];
}

/** Attributes and namespaces that two readers take differently; each also changes who is named. */
function confusions(): SignatureAttack[] {
  const rename: Edit = (xml) => xml.replace(/<saml:NameID>[^<]*/, '<saml:NameID>FORGE');
  const attributes = ['x:ID', 'Id', 'id', 'xml:id', 'wsu:Id'];
  return [
    ...attributes.map((attribute) => ({
      name: `the identifier carried by ${attribute} too`,
      token: (xml: string) =>
        `<w xmlns="${WRAP}" xmlns:x="${WRAP}" xmlns:wsu="urn:wsu" ${attribute}="${idOf(xml)}"/>${rename(xml)}`,
    })),
    ...attributes.map((attribute) => ({
      name: `the identifier carried by ${attribute} alone`,
      token: (xml: string) => rename(xml).replace(/\bID="/, `xmlns:x="${WRAP}" xmlns:wsu="urn:wsu" ${attribute}="`),
    })),
    {
      name: 'the signature in another namespace',
      token: (xml) => rename(xml).replaceAll(`xmlns:ds="${DS}"`, `xmlns:ds="${WRAP}"`),
    },
    {
      name: 'the assertion in another namespace',
      token: (xml) => rename(xml).replace('urn:oasis:names:tc:SAML:2.0:assertion', WRAP),
    },
    {
      name: 'the prefix bound again inside',
      token: (xml) => rename(xml).replace('<saml:NameID>', `<saml:NameID xmlns:saml="${WRAP}">`),
    },
    { name: 'a second NameID', token: swap('</saml:Subject>', '<saml:NameID>FORGE</saml:NameID></saml:Subject>') },
    { name: 'a comment that cuts the NameID', token: swap(/<saml:NameID>(.)/, '<saml:NameID>$1<!-- FORGE -->') },
    { name: 'a relative namespace, which has no canonical form', token: (xml) => atEnd(rename(xml), '<v xmlns="1"/>') },
    {
      name: 'a DOCTYPE with a default attribute',
      token: (xml) => `<!DOCTYPE a [<!ATTLIST a ID ID #IMPLIED>]>${rename(xml)}`,
    },
    {
      name: 'white space before the signature, and another name',
      token: (xml) => rename(xml).replace('<ds:Signature ', '\n<ds:Signature '),
    },
    { name: 'another name', token: rename },
  ];
}

export const SIGNATURE_ATTACKS: readonly SignatureAttack[] = [
  ...wrappings(),
  ...hidden(),
  ...algorithms(),
  ...references(),
  ...confusions(),
];
