import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { demoKeysIn } from '../../../test/support/demo-keys.ts';
import { DEMO_EJ } from '../../demo/structure.ts';
import { createSigner } from '../xml/signer.ts';
import { type Field, refusalOf } from './difference.ts';
import { leavingDocument, MEANT as MEANT_WITHOUT_OWNER } from './leaving.fixture.ts';
import { incoherences, type Leaving, type Meant } from './leaving.ts';

const folder = await mkdtemp(join(tmpdir(), 'coherence-'));
after(() => rm(folder, { recursive: true }));
const signer = createSigner((await demoKeysIn(folder)).sign);
const LEAVING = await leavingDocument(signer);
const MEANT: Meant = { ...MEANT_WITHOUT_OWNER, legalEntity: DEMO_EJ };

type Where = 'cda' | 'metadata' | 'assertion' | 'signature';

/** The same submission, but for one place. */
function with_(where: Where, change: (text: string) => string): Leaving {
  if (where === 'metadata' || where === 'assertion') return { ...LEAVING, [where]: change(LEAVING[where]) };
  const at = where === 'cda' ? 0 : 1;
  const parts = LEAVING.parts.map((part, index) =>
    index === at ? { ...part, bytes: Buffer.from(change(Buffer.from(part.bytes).toString('utf8')), 'utf8') } : part,
  );
  return { ...LEAVING, parts };
}

function fieldsOf(leaving: Leaving, meant = MEANT): Field[] {
  return incoherences(leaving, meant).map(({ field }) => field);
}

/** A value of the document's entry, which comes before that of its signature. */
const code = (scheme: string) =>
  new RegExp(`classificationScheme="urn:uuid:${scheme}[^"]*" [^>]*nodeRepresentation="([^"]+)"`);
const slot = (name: string) => new RegExp(`<Slot name="${name}"><ValueList><Value>([^<]+)<`);
const identifier = (scheme: string, object: string) =>
  new RegExp(`identificationScheme="urn:uuid:${scheme}[^"]*" registryObject="${object}" value="([^"]+)"`);
const authorOf = (object: string, part: string) =>
  new RegExp(
    `classifiedObject="${object}" nodeRepresentation="">(?:(?!</Classification>).)*?<Slot name="${part}"><ValueList><Value>([^<]+)<`,
  );
const attribute = (name: string) => new RegExp(`Name="${name}"><saml2:AttributeValue>([^<]+)<`);

/** Where each fact is written: changed there, and only there, it must be named, and nothing else with it. */
const SPOTS: ReadonlyArray<readonly [Field, Where, RegExp]> = [
  ['ins', 'cda', /<id root="1\.2\.250\.1\.213\.1\.4\.10" extension="([^"]+)"/],
  ['ins', 'cda', /<id root="(1\.2\.250\.1\.213\.1\.4\.10)"/],
  ['ins', 'metadata', identifier('58a6f841', 'Document01')],
  ['ins', 'metadata', identifier('6b5aea1a', 'SubmissionSet01')],
  ['ins', 'metadata', identifier('58a6f841', 'Signature01')],
  ['ins', 'assertion', attribute('urn:oasis:names:tc:xacml:2.0:resource:resource-id')],
  ['birthName', 'cda', /<family qualifier="BR">([^<]+)</],
  ['birthName', 'metadata', /PID-5\|([^^<]+)\^[^<]*\^L</],
  ['firstGivenName', 'cda', /<given qualifier="BR">([^<]+)</],
  ['firstGivenName', 'metadata', /PID-5\|[^^<]+\^([^^<]*)\^[^<]*\^L</],
  ['sex', 'cda', /<administrativeGenderCode code="([^"]+)"/],
  ['sex', 'metadata', /PID-8\|([^<]+)</],
  ['birthDate', 'cda', /<birthTime value="([^"]+)"/],
  ['birthDate', 'metadata', /PID-7\|([^<]+)</],
  ['birthPlace', 'cda', /<county>([^<]+)</],
  ['birthPlace', 'metadata', /PID-11\|\^\^\^\^\^\^BDL\^\^([^<]+)</],
  ['ipp', 'cda', /<id root="1\.2\.250\.1\.999\.2" extension="([^"]+)"/],
  ['ipp', 'metadata', slot('sourcePatientId')],
  ['author', 'cda', /<author>.*?<assignedAuthor><id root="[^"]+" extension="([^"]+)"/],
  ['author', 'metadata', authorOf('Document01', 'authorPerson')],
  ['author', 'metadata', authorOf('Document01', 'authorInstitution')],
  ['author', 'metadata', authorOf('Document01', 'authorSpecialty')],
  ['legalAuthenticator', 'cda', /<legalAuthenticator>.*?<assignedEntity><id root="[^"]+" extension="([^"]+)"/],
  ['legalAuthenticator', 'metadata', slot('legalAuthenticator')],
  ['submitter', 'assertion', /<saml2:NameID>([^<]+)</],
  [
    'submitter',
    'metadata',
    /classifiedObject="SubmissionSet01" nodeRepresentation=""><Slot name="authorPerson"><ValueList><Value>([^^]+)\^/,
  ],
  [
    'submitter',
    'metadata',
    /classifiedObject="Signature01" nodeRepresentation=""><Slot name="authorPerson"><ValueList><Value>([^^]+)\^/,
  ],
  ['structure', 'assertion', attribute('Identifiant_Structure')],
  ['structure', 'metadata', /classifiedObject="SubmissionSet01" nodeRepresentation="">.*?IDNST\^\^\^([^<]+)</],
  ['sector', 'assertion', /<saml2:AttributeValue>(SA01)\^/],
  ['creationTime', 'cda', /<effectiveTime value="(\d+)/],
  ['creationTime', 'metadata', slot('creationTime')],
  ['serviceTime', 'cda', /<serviceEvent>.*?<low value="(\d+)/],
  ['serviceTime', 'cda', /<serviceEvent>.*?<high value="(\d+)/],
  ['serviceTime', 'metadata', slot('serviceStartTime')],
  ['serviceTime', 'metadata', slot('serviceStopTime')],
  ['confidentiality', 'cda', /<confidentialityCode code="(N)"/],
  ['confidentiality', 'metadata', /nodeRepresentation="(N)"/],
  ['visibility', 'metadata', /nodeRepresentation="(MASQUE_PS)"/],
  ['typeCode', 'cda', /<\/?templateId[^>]*><id [^>]*><code code="([^"]+)"/],
  ['typeCode', 'metadata', code('f0306f51')],
  ['classCode', 'metadata', code('41a5887f')],
  ['title', 'cda', /<title>([^<]+)</],
  ['title', 'metadata', /<ExtrinsicObject id="Document01".*?<Name><LocalizedString [^>]*value="([^"]+)"/],
  ['languageCode', 'cda', /<languageCode code="([^"]+)"/],
  ['languageCode', 'metadata', slot('languageCode')],
  ['uniqueId', 'cda', /<id root="(1\.2\.250\.1\.999\.1\.1\.42)"/],
  ['uniqueId', 'metadata', identifier('2e82c1f6', 'Document01')],
  ['uniqueId', 'signature', /urn:oid:(1\.2\.250\.1\.999\.1\.1\.42)"/],
  ['content', 'metadata', slot('hash')],
  ['content', 'metadata', slot('size')],
  ['format', 'cda', /mediaType="([^"]+)"/],
  ['format', 'metadata', code('a09d5840')],
  ['format', 'metadata', /<ExtrinsicObject id="Document01" mimeType="([^"]+)"/],
  ['facility', 'cda', /<healthCareFacility><code code="([^"]+)"/],
  ['facility', 'metadata', code('f33fb8ac')],
  ['facility', 'metadata', code('cccf5598')],
  ['eventCodes', 'cda', /<serviceEvent><code code="([^"]+)"/],
  ['eventCodes', 'metadata', code('2c6b8cb7')],
  ['members', 'metadata', /<Association id="HasMember1"[^>]*targetObject="([^"]+)"/],
  ['members', 'metadata', identifier('96fdda7c', 'SubmissionSet01')],
];

const OTHER: Readonly<Record<string, string>> = {
  digit: '0123456789',
  upper: 'ABCDEFGHJKLMNPQRSTUVWXYZ',
  lower: 'abcdefghjkmnpqrstuvwxyz',
};

/** The text with one character of its first capture made another one of its kind. */
function mutated(text: string, spot: RegExp, position: number, choice: number): string {
  const found = new RegExp(spot.source, `${spot.flags}d`).exec(text);
  const [start, end] = found?.indices?.[1] ?? assert.fail(`${spot.source} is nowhere`);
  const places = Array.from({ length: end - start }, (_, index) => start + index).filter(
    (at) => /[0-9A-Za-z]/.test(text[at] ?? '') && !/&\w*$/.test(text.slice(0, at)),
  );
  const at = places[position % places.length] ?? assert.fail('nothing to change');
  const old = text[at] ?? '';
  const kind = /\d/.test(old) ? 'digit' : old === old.toUpperCase() ? 'upper' : 'lower';
  const others = [...(OTHER[kind] ?? '')].filter((each) => each !== old);
  return text.slice(0, at) + others[choice % others.length] + text.slice(at + 1);
}

test('a submission that repeats its document has no difference', () => {
  assert.deepEqual(incoherences(LEAVING, MEANT), []);
});

test('one change in any of the four places is named by its field, and by nothing else', () => {
  fc.assert(
    fc.property(fc.constantFrom(...SPOTS), fc.nat(1_000), fc.nat(1_000), ([field, where, spot], position, choice) => {
      const leaving = with_(where, (text) => mutated(text, spot, position, choice));
      // The size and the fingerprint of a CDA that was changed are no longer those announced either.
      const found = fieldsOf(leaving).filter((each) => where !== 'cda' || field === 'content' || each !== 'content');
      assert.deepEqual(found, [field], `${field} in ${where}: ${spot.source}`);
    }),
    { numRuns: 1_500, seed: 20_261_123 },
  );
});

test('every field is looked at somewhere', () => {
  const tried = new Set(SPOTS.map(([field]) => field));
  for (const field of [
    'ins',
    'birthName',
    'firstGivenName',
    'sex',
    'birthDate',
    'title',
    'typeCode',
    'author',
  ] as const) {
    const places = new Set(SPOTS.filter(([of]) => of === field).map(([, where]) => where));
    assert.ok(places.has('cda') && places.has('metadata'), field);
  }
  assert.equal(tried.size, 26);
});

test('what is lost in one place is named', () => {
  const without = (what: RegExp) => with_('metadata', (text) => text.replace(what, ''));
  assert.deepEqual(fieldsOf(without(/<Slot name="sourcePatientInfo">.*?<\/Slot>/)), [
    'birthName',
    'firstGivenName',
    'sex',
    'birthDate',
    'birthPlace',
  ]);
  assert.deepEqual(fieldsOf(without(/<Slot name="serviceStopTime">.*?<\/Slot>/)), ['serviceTime']);
  assert.deepEqual(fieldsOf({ ...LEAVING, parts: LEAVING.parts.slice(1) }), ['members']);
  assert.deepEqual(fieldsOf(with_('cda', (text) => text.replace(/<author>.*?<\/author>/, ''))).slice(0, 1), ['author']);
});

test('what is attached as a CDA and cannot be read is named', () => {
  assert.deepEqual(fieldsOf(with_('cda', (text) => text.replace('</title>', ''))), ['format']);
});

test('a reference that the CDA does not make is named', () => {
  const added =
    '<Slot name="urn:ihe:iti:xds:2013:referenceIdList"><ValueList><Value>A1^^^&amp;1.2.3&amp;ISO^urn:ihe:iti:xds:2013:accession</Value></ValueList></Slot>';
  const leaving = with_('metadata', (text) =>
    text.replace('<Slot name="languageCode">', `${added}<Slot name="languageCode">`),
  );
  assert.deepEqual(fieldsOf(leaving), ['referenceIds']);
});

test('the certificate of another legal entity is a warning, and so is another code of the place of birth', () => {
  const [found, ...others] = incoherences(LEAVING, { ...MEANT, legalEntity: '750000001' });
  assert.deepEqual([found?.field, found?.stops, others.length], ['legalEntity', false, 0]);
  const place = incoherences(
    with_('cda', (text) => text.replace('<county>51215', '<county>51216')),
    MEANT,
  ).find(({ field }) => field === 'birthPlace');
  assert.equal(place?.stops, false);
});

test('a document that the legal representatives must not see needs a secret connection', () => {
  const meant = { ...MEANT, visibility: [['MASQUE_PS', 'INVISIBLE_PATIENT', 'INVISIBLE_REPRESENTANTS_LEGAUX']] };
  assert.deepEqual(fieldsOf(LEAVING, meant), ['visibility']);
  const [difference] = incoherences(LEAVING, meant);
  assert.deepEqual(
    difference?.says.map(({ place }) => place),
    ['decision', 'entry', 'decision', 'vihf'],
  );
});

test('no trait of the patient is repeated, whatever differs', () => {
  for (const [, where, spot] of SPOTS) {
    const said = JSON.stringify(
      incoherences(
        with_(where, (text) => mutated(text, spot, 3, 5)),
        MEANT,
      )
        .map(refusalOf)
        .map(({ detail }) => detail),
    );
    assert.doesNotMatch(said, /PAT-|DOMI|27903|1979|51215|IPP0042|& suites/i, spot.source);
  }
  const [typeCode] = incoherences(
    with_('metadata', (text) => text.replaceAll('"11490-0"', '"34112-3"')),
    MEANT,
  );
  assert.match(refusalOf(typeCode ?? assert.fail()).detail ?? '', /^CDA : 11490-0\^.* ; fiche XDS : 34112-3\^/);
});
