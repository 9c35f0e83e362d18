import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hasTool, run } from '../../../test/support/tools.ts';
import { buildLevelOneCda } from './build-level-one.ts';
import { cdaConformance, levelOneDocument, NO_CONFORMANCE, xmlFiles } from './cda.fixture.ts';
import { createCdaSchemaValidator } from './xsd.ts';

const folder = cdaConformance();
const schema = folder === undefined ? undefined : join(folder, 'xsd/CDA_extended.xsd');
const validator = schema === undefined ? undefined : createCdaSchemaValidator(schema);
after(() => validator?.dispose());

const BUILT = {
  'a PDF': levelOneDocument(),
  'a text': levelOneDocument({ mediaType: 'text/plain', content: Buffer.from('Compte rendu') }),
  'a replacement, with every optional part': levelOneDocument({
    versionNumber: 2,
    replaces: { root: '1.2.250.1.999.1.1.41' },
    setId: { root: '1.2.250.1.999.1.2', extension: 'A & "B"' },
    languageCode: 'fr-FR',
    authors: [
      {
        professional: {
          id: '801234567897',
          family: 'DAVID',
          given: 'Charles',
          specialty: { code: 'G15_10/SM27', system: '1.2.250.1.213.1.1.4.5', label: 'Médecin - Médecine interne (SM)' },
        },
        role: { code: 'PCP', system: '2.16.840.1.113883.5.88', label: 'Médecin traitant' },
        time: '20260703142500+0200',
      },
    ],
  }),
};

for (const [what, document] of Object.entries(BUILT)) {
  test(`the CDA built for ${what} is valid for the French CDA schema`, async (t) => {
    if (validator === undefined || schema === undefined) return t.skip(NO_CONFORMANCE);
    const cda = buildLevelOneCda(document);
    assert.deepEqual(validator.validate(cda), []);
    if (!hasTool('xmllint')) return t.skip('xmllint absent : pas de second juge');
    const judged = await run('xmllint', ['--noout', '--nonet', '--schema', schema, '-'], cda);
    assert.equal(judged.status, 0, judged.stderr);
  });
}

test('every example of the ANS is valid, self-presentable ones included', (t) => {
  if (folder === undefined || validator === undefined) return t.skip(NO_CONFORMANCE);
  for (const { name, bytes } of xmlFiles(join(folder, 'examples'))) {
    assert.deepEqual(validator.validate(bytes), [], name);
  }
});

test('an element out of order or missing is reported with its line, without any received value', (t) => {
  if (folder === undefined || validator === undefined) return t.skip(NO_CONFORMANCE);
  const faults = xmlFiles(join(folder, 'invalid')).flatMap(({ name, bytes }) =>
    validator
      .validate(bytes)
      .map(({ rule, location, detail }) => `${name.slice(0, 6)} ${rule.id} ${location} ${detail}`),
  );
  assert.deepEqual(faults, ['inv-06 TDU-DOC-005 ligne 124 informationRecipient', 'inv-14 TDU-DOC-005 ligne 10 title']);
});

test('what is not a CDA is refused before the schema', (t) => {
  if (validator === undefined) return t.skip(NO_CONFORMANCE);
  const rules = ['<a/>', '<a', '<!DOCTYPE a><a/>'].map((xml) => validator.validate(Buffer.from(xml))[0]?.rule.id);
  assert.deepEqual(rules, ['TDU-DOC-004', 'TDU-DOC-001', 'TDU-DOC-002']);
});

test('a schema that cannot be read stops at start', () => {
  assert.throws(() => createCdaSchemaValidator('/nowhere/CDA.xsd'));
});
