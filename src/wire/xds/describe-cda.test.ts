import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildLevelOneCda } from '../cda/build-level-one.ts';
import { cdaConformance, headerOf, levelOneDocument, NO_CONFORMANCE } from '../cda/cda.fixture.ts';
import { levelOneContent } from '../cda/content.ts';
import { type DescribedCda, describeCda } from './describe-cda.ts';

const CDA = buildLevelOneCda(levelOneDocument()).toString('utf8');

function describe(bytes: Buffer): DescribedCda {
  return describeCda(headerOf(bytes), bytes, levelOneContent(bytes)?.bytes);
}

function changed(from: string | RegExp, to: string): DescribedCda {
  const bytes = Buffer.from(CDA.replaceAll(new RegExp(from, 'g'), to), 'utf8');
  assert.notEqual(bytes.toString('utf8'), CDA);
  return describe(bytes);
}

test('every valid example is described as expected, value by value', (t) => {
  const folder = cdaConformance();
  if (folder === undefined) return t.skip(NO_CONFORMANCE);
  const all = JSON.parse(readFileSync(join(folder, 'expected/xds-metadata-expected.json'), 'utf8')) as Array<{
    file: string;
  }>;
  assert.equal(all.length, 14);
  for (const { file, ...expected } of all) {
    // What the reference does not say: the references of a document to orders and studies.
    const { referenceIdList: _, ...metadata } = describe(readFileSync(join(folder, 'examples', file))).metadata;
    assert.deepEqual(metadata, expected, file);
  }
});

test('any document that can be read is described, whatever it lacks', (t) => {
  const folder = cdaConformance();
  if (folder === undefined) return t.skip(NO_CONFORMANCE);
  for (const name of readdirSync(join(folder, 'invalid')).filter((each) => each.endsWith('.xml')))
    assert.match(
      String(describe(readFileSync(join(folder, 'invalid', name))).metadata.hashSha1),
      /^[0-9a-f]{40}$/,
      name,
    );
  const { metadata } = describe(readFileSync(join(folder, 'examples/BIO-CR-BIO_2021.01_Auto-Presentable.xml')));
  assert.equal(metadata.mimeType, 'application/xslt+xml');
  assert.equal(metadata.formatCode, 'urn:ihe:lab:xd-lab:2008');
  assert.equal(metadata.bodyLevel, 3);
});

test('what cannot be said is null, and why is listed', () => {
  const { metadata, obstacles } = changed(/<title>.*?<\/title>|<custodian>.*?<\/custodian>|<high [^>]*>/.source, '');
  assert.deepEqual([metadata.title, metadata.custodian, metadata.serviceStopTimeUtc], [null, null, null]);
  assert.deepEqual(
    obstacles.map(({ rule, location }) => `${rule.id} ${location}`),
    ['TDU-DOC-006 /ClinicalDocument/title'],
  );
  const anonymous = changed('1\\.2\\.250\\.1\\.213\\.1\\.4\\.10', '1.2.250.1.999.7');
  assert.equal(anonymous.metadata.patientIdCx, null);
  assert.ok(anonymous.obstacles.some(({ rule }) => rule.id === 'TDU-DOC-020'));
});

test('a NIA is told from a NIR', () => {
  const { metadata } = changed('1\\.2\\.250\\.1\\.213\\.1\\.4\\.10', '1.2.250.1.213.1.4.9');
  assert.match(JSON.stringify(metadata.patientIds), /"kind":"INS-NIA"/);
  assert.equal(metadata.patientIdCx, '279035121518989^^^&1.2.250.1.213.1.4.9&ISO^NH');
});

test('the declared encoding of the file is honoured', () => {
  const latin9 = CDA.replace(/^<\?xml[^>]*\?>/, '<?xml version="1.0" encoding="ISO-8859-15"?>')
    .replace(/<title>.*?<\/title>/, '<title>Suites opératoires, cœur</title>')
    .replaceAll(/[^\0-\xff]/g, (each) => (each === 'œ' ? '\xbd' : '?'));
  const { metadata } = describe(Buffer.from(latin9, 'latin1'));
  assert.equal(metadata.title, 'Suites opératoires, cœur');
  assert.equal(metadata.size, latin9.length);
  const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(CDA, 'utf8')]);
  assert.equal(describe(marked).metadata.title, describe(Buffer.from(CDA, 'utf8')).metadata.title);
});
