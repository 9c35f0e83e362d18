import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentRules } from '../../rules/document.ts';
import { buildLevelOneCda } from './build-level-one.ts';
import { headerOf, levelOneDocument, qualifiedIdentity } from './cda.fixture.ts';
import { checkCdaHeader } from './check.ts';

function base64In(cda: Buffer): string {
  return /representation="B64">([^<]*)</.exec(cda.toString('latin1'))?.[1] ?? '';
}

test('the header says what was given, markup characters included', () => {
  const document = levelOneDocument();
  const header = headerOf(buildLevelOneCda(document));
  assert.equal(header.title, document.title);
  assert.equal(header.custodian?.name, document.custodian.name);
  assert.equal(header.effectiveTime, '20260703143000+0200');
  assert.deepEqual(header.serviceEvents[0]?.period, { low: '20260629080000+0200', high: '20260703140000+0200' });
  assert.equal(header.confidentiality?.code, 'N');
  assert.equal(header.relatedDocument, undefined);
});

test('a stay or an act that ends when it begins has a beginning only', () => {
  const day = '20260703143000+0200';
  const { act, encounter } = levelOneDocument();
  const header = headerOf(
    buildLevelOneCda(
      levelOneDocument({ act: { ...act, start: day, stop: day }, encounter: { ...encounter, start: day, stop: day } }),
    ),
  );
  assert.equal(header.serviceEvents[0]?.period?.low, day);
  assert.equal(header.serviceEvents[0]?.period?.high, undefined);
  assert.equal(header.encounter?.period?.low, day);
  assert.equal(header.encounter?.period?.high, undefined);
});

test('the INS comes first, then the local number', () => {
  const ids = headerOf(buildLevelOneCda(levelOneDocument())).patient.ids;
  assert.deepEqual(
    ids.map(({ root, extension }) => [root, extension]),
    [
      ['1.2.250.1.213.1.4.10', '279035121518989'],
      ['1.2.250.1.999.2', 'IPP0042'],
    ],
  );
});

test('the traits are those of the qualified identity; used names only when recorded', () => {
  const built = (usedName?: string) =>
    headerOf(buildLevelOneCda(levelOneDocument({ patient: qualifiedIdentity({}, usedName) }))).patient;
  const { families, givens, gender, birthTime, birthPlace } = built();
  assert.deepEqual(families, [{ qualifier: 'BR', value: 'PAT-TROIS' }]);
  assert.deepEqual(givens, [
    { qualifier: undefined, value: 'DOMINIQUE MARIE-LOUISE' },
    { qualifier: 'BR', value: 'DOMINIQUE' },
  ]);
  assert.equal(gender?.code, 'F');
  assert.equal(birthTime, '19790328');
  assert.equal(birthPlace, '51215');
  assert.deepEqual(built('DURAND').families[1], { qualifier: 'CL', value: 'DURAND' });
});

test('a replacement names its parent and keeps the set', () => {
  const replaces = { root: '1.2.250.1.999.1.1.41' };
  const header = headerOf(buildLevelOneCda(levelOneDocument({ versionNumber: 2, replaces })));
  assert.equal(header.versionNumber, '2');
  assert.equal(header.relatedDocument?.typeCode, 'RPLC');
  assert.equal(header.relatedDocument?.parentId?.root, replaces.root);
});

test('the content comes back byte for byte, at every remainder of the Base64', () => {
  for (const length of [0, 1, 2, 3, 4, 1_000_001]) {
    const whole = Buffer.alloc(length + 7, 'é');
    // A view inside a larger buffer: nothing around it may leak into the document.
    const content = whole.subarray(3, 3 + length);
    const cda = buildLevelOneCda(levelOneDocument({ mediaType: 'text/plain', content }));
    assert.ok(Buffer.from(base64In(cda), 'base64').equals(content), `${length}`);
  }
});

test('every media type of the DMP is built and recognised', () => {
  const contents = {
    'application/pdf': '%PDF-1.4',
    'text/plain': 'bonjour',
    'text/rtf': '{\\rtf1}',
    'image/jpeg': '\xff\xd8\xff\xe0',
    'image/tiff': 'II*\0',
  } as const;
  for (const mediaType of ['application/pdf', 'text/plain', 'text/rtf', 'image/jpeg', 'image/tiff'] as const) {
    const content = Buffer.from(contents[mediaType], 'latin1');
    const found = checkCdaHeader(headerOf(buildLevelOneCda(levelOneDocument({ mediaType, content }))));
    assert.deepEqual(found, [], mediaType);
  }
});

test('an empty content is built, and found by the rules', () => {
  const cda = buildLevelOneCda(levelOneDocument({ mediaType: 'text/plain', content: Buffer.alloc(0) }));
  assert.deepEqual(
    checkCdaHeader(headerOf(cda)).map(({ rule }) => rule),
    [documentRules.cdaBodyContent],
  );
});

test('a title cannot bring markup or control characters into the document', () => {
  const header = headerOf(buildLevelOneCda(levelOneDocument({ title: '</title><id root="9"/>\u0001 ]]>' })));
  assert.equal(header.title, '</title><id root="9"/> ]]>');
  assert.equal(header.id?.root, '1.2.250.1.999.1.1.42');
});
