import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildLevelOneCda } from './build-level-one.ts';
import { cdaConformance, headerOf, levelOneDocument, NO_CONFORMANCE, valueOfResult } from './cda.fixture.ts';
import { readCdaHeader } from './header.ts';

const CDA = buildLevelOneCda(levelOneDocument()).toString('utf8');

function refusalOf(xml: string, maxBytes = 1_000_000): string {
  const result = readCdaHeader(Buffer.from(xml), { maxBytes });
  assert.ok(!result.ok);
  return result.refusal.rule.id;
}

test('what cannot be read as one CDA is refused with its reason', () => {
  assert.equal(refusalOf(CDA.replace('</ClinicalDocument>', '')), 'TDU-DOC-001');
  assert.equal(
    refusalOf(CDA.replace('<ClinicalDocument', '<!DOCTYPE ClinicalDocument><ClinicalDocument')),
    'TDU-DOC-002',
  );
  assert.equal(refusalOf(CDA, 1000), 'TDU-DOC-003');
  assert.equal(refusalOf('<ClinicalDocument/>'), 'TDU-DOC-004');
  assert.equal(refusalOf(`<x>${CDA.replace(/<\?xml.*\?>\n/, '')}</x>`), 'TDU-DOC-004');
});

test('a style sheet with two documents is not a CDA', () => {
  const inner = CDA.replace(/<\?xml.*\?>\n/, '');
  const sheet = (content: string) =>
    `<s:stylesheet xmlns:s="http://www.w3.org/1999/XSL/Transform">${content}</s:stylesheet>`;
  assert.equal(headerOf(Buffer.from(sheet(inner))).selfPresentable, true);
  assert.equal(refusalOf(sheet(inner + inner)), 'TDU-DOC-004');
});

test('an element repeated where one is allowed is reported', () => {
  const twice = CDA.replace(/<name>(.*?)<\/name>/, '<name>$1</name><name><family qualifier="BR">AUTRE</family></name>');
  assert.deepEqual(headerOf(Buffer.from(twice)).repeated, ['/ClinicalDocument/recordTarget/patientRole/patient/name']);
  assert.deepEqual(headerOf(Buffer.from(CDA)).repeated, []);
});

test('an element with a nullFlavor has no value', () => {
  const header = headerOf(Buffer.from(CDA.replace(/<title>.*?<\/title>/, '<title nullFlavor="UNK">x</title>')));
  assert.equal(header.title, undefined);
});

test('white space inside a value is collapsed, as the metadata will carry it', () => {
  const header = headerOf(Buffer.from(CDA.replace(/<title>.*?<\/title>/, '<title>\n  Lettre\n de   liaison </title>')));
  assert.equal(header.title, 'Lettre de liaison');
});

test('the Base64 of a level 1 body may lack its padding, never characters', () => {
  const content = (base64: string) => {
    const { body } = headerOf(Buffer.from(CDA.replace(/(representation="B64">)[^<]*/, `$1${base64}`)));
    assert.equal(body.kind, 'level-1');
    return body.kind === 'level-1' ? body.content.state : '';
  };
  assert.equal(content('JVBERi0x'), 'base64');
  assert.equal(content('JVBE\n Ri0xLg=='), 'base64');
  assert.equal(content('JVBERi0xLg'), 'base64');
  assert.equal(content('JVBERi0xL'), 'not-base64');
  assert.equal(content('JVBERi0xL='), 'not-base64');
  assert.equal(content('JVBE*i0x'), 'not-base64');
  assert.equal(content('='), 'not-base64');
  assert.equal(content('  '), 'empty');
});

test('a long run of blanks before a wrong character does not slow the reading', () => {
  const hostile = CDA.replace(/(representation="B64">)[^<]*/, `$1AAAA${' '.repeat(2_000_000)}*`);
  const started = performance.now();
  const { body } = headerOf(Buffer.from(hostile));
  assert.equal(body.kind === 'level-1' && body.content.state, 'not-base64');
  assert.ok(performance.now() - started < 5000);
});

test('the header of a self-presentable document is that of the CDA inside', (t) => {
  const folder = cdaConformance();
  if (folder === undefined) return t.skip(NO_CONFORMANCE);
  const bytes = readFileSync(join(folder, 'examples/BIO-CR-BIO_2021.01_Auto-Presentable.xml'));
  const header = valueOfResult(readCdaHeader(bytes));
  assert.equal(header.selfPresentable, true);
  assert.equal(header.id?.root, '1.2.250.1.213.1.1.1.55.2021.1.1');
  assert.equal(header.body.kind, 'structured');
  assert.equal(header.legalAuthenticator?.family, 'CAMPARINI');
});
