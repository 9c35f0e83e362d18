import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildLevelOneCda } from '../../wire/cda/build-level-one.ts';
import { cdaConformance, levelOneDocument, NO_CONFORMANCE } from '../../wire/cda/cda.fixture.ts';
import { cli, lastLine, scratch } from '../cli.fixture.ts';

const folder = scratch();
const CDA = buildLevelOneCda(levelOneDocument());

test('a CDA that we build conforms', async () => {
  const { code, stdout } = await cli(['cda', 'check', await folder.file('bon.xml', CDA)]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /Conforme\./);
});

test('each fault of the header is given with its rule and place', async () => {
  const wrong = CDA.toString('utf8')
    .replace('<realmCode code="FR"/>', '')
    .replace('languageCode code="fr-FR"', 'languageCode code="fr"');
  assert.notEqual(wrong, CDA.toString('utf8'));
  const file = await folder.file('faux.xml', wrong);
  const { code, stdout } = await cli(['cda', 'check', file]);
  assert.equal(code, 1);
  assert.match(stdout, /Où : \/ClinicalDocument\/realmCode/);
  assert.match(stdout, /défaut\(s\)\.\n$/);
  const { ok, refusals } = lastLine(await cli(['cda', 'check', file, '--json']));
  assert.equal(ok, false);
  assert.ok(Array.isArray(refusals) && refusals.length >= 1);
});

test('a title cannot command the terminal', async () => {
  const hostile = CDA.toString('utf8').replace(/<title>[^<]*/, '<title>a\u009b31mb');
  const { code, stdout } = await cli(['cda', 'check', await folder.file('hostile.xml', hostile)]);
  assert.equal(code, 0);
  assert.match(stdout, /Document : a·31mb/);
});

test('what is not XML, or not a CDA, is refused; a schema that cannot be read is a wrong call', async () => {
  const broken = await cli(['cda', 'check', await folder.file('cassé.xml', '<a')]);
  assert.deepEqual([broken.code, broken.stdout.slice(0, 11)], [1, 'TDU-DOC-001']);
  const other = await cli(['cda', 'check', await folder.file('autre.xml', '<a/>')]);
  assert.deepEqual([other.code, other.stdout.slice(0, 11)], [1, 'TDU-DOC-004']);
  const schema = await cli(['cda', 'check', await folder.file('bon.xml', CDA), '--xsd', '/absent/CDA_extended.xsd']);
  assert.equal(schema.code, 2);
  assert.match(schema.stderr, /Schéma inutilisable/);
});

test('the schema is one more gate where it is given', async (t) => {
  const conformance = cdaConformance();
  const schema = join(conformance ?? '', 'xsd/CDA_extended.xsd');
  if (conformance === undefined || !existsSync(schema)) return t.skip(NO_CONFORMANCE);
  const good = await cli(['cda', 'check', await folder.file('bon.xml', CDA), '--xsd', schema]);
  assert.equal(good.code, 0, good.stdout);
  const moved = CDA.toString('utf8')
    .replace(/<title>[^<]*<\/title>/, '')
    .replace('<realmCode', '<title>x</title><realmCode');
  const bad = await cli(['cda', 'check', await folder.file('désordre.xml', moved), '--xsd', schema]);
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /TDU-DOC-005/);
});

test('a rule pack is one more gate: what it finds is said with its place, and what it misses our own rules catch', async (t) => {
  const conformance = cdaConformance();
  if (conformance === undefined) return t.skip(NO_CONFORMANCE);
  const check = (file: string) => cli(['cda', 'check', join(conformance, file), '--pack', join(conformance, 'ans')]);
  const good = await check('examples/LDL-SES_2022.01.xml');
  assert.equal(good.code, 0, good.stdout);
  assert.match(good.stdout, /Contrôles : règles d'en-tête et paquet ans sans version/);
  const bad = await check('invalid/inv-08-facilityType-not-in-J02.xml');
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /healthCareFacility\/code : .*JDV_J02/);
  const missed = await check('invalid/gap-17-level1-mediaType-not-checked-by-ANS.xml');
  assert.equal(missed.code, 1);
  assert.match(missed.stdout, /TDU-DOC-/);
  assert.doesNotMatch(missed.stdout, /StrucMin/);
  const none = await cli(['cda', 'check', join(conformance, 'examples/LDL-SES_2022.01.xml'), '--pack', '/absent']);
  assert.equal(none.code, 2);
});

test('xds metadata shows the mapping of the document and sends nothing', async () => {
  const file = await folder.file('bon.xml', CDA);
  const { code, stdout } = await cli(['xds', 'metadata', file]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /uniqueId +1\.2\.250\.1\.999\.1\.1\.42/);
  assert.match(stdout, /typeCode +11490-0 /);
  assert.match(stdout, /creationTimeUtc +20260703123000/);
  assert.match(stdout, /patientIdCx +279035121518989\^\^\^&1\.2\.250\.1\.213\.1\.4\.10&ISO\^NH/);
  assert.match(stdout, /Rien n’est envoyé\./);
  const metadata = lastLine(await cli(['xds', 'metadata', file, '--json']));
  assert.equal(metadata.ok, true);
  assert.equal(metadata.file, 'bon.xml');
  assert.equal(metadata.formatCode, 'urn:ihe:iti:xds-sd:pdf:2008');
});

test('xds metadata says what would stop the document, and shows the rest', async () => {
  const undated = CDA.toString('utf8').replace('20260703143000+0200', '20260703143000');
  const { code, stdout } = await cli(['xds', 'metadata', await folder.file('sans-décalage.xml', undated)]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /creationTimeUtc +20260703143000/);
  assert.match(stdout, /Empêche l’envoi :\nTDU-DOC-015/);
});

test('xds metadata refuses a document without INS', async () => {
  const anonymous = CDA.toString('utf8').replaceAll('1.2.250.1.213.1.4.10', '1.2.250.1.999.7');
  const { code, stdout } = await cli(['xds', 'metadata', await folder.file('sans-ins.xml', anonymous)]);
  assert.equal(code, 1);
  assert.match(stdout, /^TDU-DOC-020/m);
});
