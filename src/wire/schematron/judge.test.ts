import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cdaText, judged, schemaText } from './pack.fixture.ts';

const ONE_TITLE = cdaText('<title>Lettre</title>');

/** Fired rules, failed asserts and texts of one schema. */
function said(body: string, document: string, more: Readonly<Record<string, string>> = {}, attributes = '') {
  const report = judged({ ...more, 'main.sch': schemaText(body, attributes) }, document);
  assert.deepEqual(report.faults, []);
  return { fired: report.firedRules, failed: report.failedAsserts, texts: report.failures.map(({ text }) => text) };
}

describe('A schematron is assembled', () => {
  test('from the files that it includes, whatever holds them', () => {
    const more = {
      'parts/p.sch': '<pattern xmlns="http://purl.oclc.org/dsdl/schematron"><include href="r.sch"/></pattern>',
      'parts/r.sch':
        '<rule xmlns="http://purl.oclc.org/dsdl/schematron" context="h:title"><assert test="false()">non</assert></rule>',
    };
    assert.deepEqual(said('<include href="parts/p.sch"/>', ONE_TITLE, more), { fired: 1, failed: 1, texts: ['non'] });
  });

  test('an include that does not exist is skipped, as the official package needs', () => {
    const body = '<include href="absent.sch"/><pattern><rule context="h:title"><assert test="."/></rule></pattern>';
    assert.deepEqual(said(body, ONE_TITLE), { fired: 1, failed: 0, texts: [] });
  });

  test('abstract patterns take the values of their instances, by whole names', () => {
    const body =
      '<pattern abstract="true" id="a"><rule context="$elt"><assert test="$eltOk">$elt <value-of select="$said"/></assert></rule></pattern>' +
      '<pattern is-a="a" id="b"><param name="elt" value="h:title"/><param name="eltOk" value="false()"/><param name="said" value="\'vu\'"/></pattern>';
    assert.deepEqual(said(body, ONE_TITLE), { fired: 1, failed: 1, texts: ['$elt vu'] });
  });

  test('abstract rules give their asserts and their variables to those that extend them, under any prefix', () => {
    const body =
      '<pattern><rule abstract="true" id="base"><let name="x" value="string(.)"/><assert test="$x = \'autre\'"><value-of select="$x"/></assert></rule>' +
      '<rule context="h:title"><extends rule="base"/></rule></pattern>' +
      '<pattern xmlns:o="urn:other"><rule context="h:title"><o:extends rule="base"/></rule></pattern>';
    assert.deepEqual(said(body, ONE_TITLE), { fired: 2, failed: 2, texts: ['Lettre', 'Lettre'] });
  });

  test('only the patterns of the default phase run, and what another one declares is seen', () => {
    const body =
      '<phase id="p"><active pattern="on"/></phase>' +
      '<pattern id="on"><rule context="h:title"><assert test="$far = 1">x</assert></rule></pattern>' +
      '<pattern id="off"><let name="far" value="1"/><rule context="h:title"><assert test="false()">y</assert></rule></pattern>';
    assert.deepEqual(said(body, ONE_TITLE, {}, 'defaultPhase="p"'), { fired: 1, failed: 0, texts: [] });
  });

  test('extensions in a loop, a wrong root and a missing file are said with the name of the file', () => {
    const loop =
      '<pattern><rule abstract="true" id="a"><extends rule="a"/></rule><rule context="*"><extends rule="a"/></rule></pattern>';
    assert.throws(() => said(loop, ONE_TITLE), /boucle/);
    assert.throws(() => judged({ 'main.sch': '<a/>' }, ONE_TITLE), /main\.sch/);
    assert.throws(() => judged({}, ONE_TITLE), /main\.sch/);
  });
});

describe('A rule is about', () => {
  const three = cdaText('<author><time/></author><author><time value="1"/><id/></author><title/>');
  const fired = (context: string, document = three): number =>
    said(`<pattern><rule context="${context}"><assert test="true()"/></rule></pattern>`, document).fired;

  test('the nodes of its context, as a pattern of XSLT', () => {
    const contexts: Readonly<Record<string, number>> = {
      '/': 1,
      '//h:author': 2,
      'h:author': 2,
      '/h:ClinicalDocument/h:author': 2,
      '/h:author': 0,
      'h:ClinicalDocument/h:author/h:time': 2,
      'h:ClinicalDocument//h:time': 2,
      'h:author[h:id]/h:time': 1,
      'h:author[1]': 1,
      'h:author[last()]/h:time': 1,
      'h:author[position() = 2][h:id]': 1,
      'h:title | h:id': 2,
      'h:title|h:author[h:id]': 2,
      "h:author[h:time/@value = '1'] | h:title": 2,
      'h:time/@value': 1,
      '@value': 1,
      '*': 7,
      '*[not(*)]': 4,
      'h:*[self::h:title or self::h:id]': 2,
      'h:author[count(*)]': 2,
      'h:author[count(*) - 1]': 0,
      author: 0,
      '*:author': 2,
    };
    const seen = Object.fromEntries(Object.keys(contexts).map((context) => [context, fired(context)]));
    assert.deepEqual(seen, contexts);
  });

  test('what no earlier rule of its pattern is about', () => {
    const body =
      '<pattern><rule context="h:author[h:id]"><assert test="false()">avec</assert></rule><rule context="h:author"><assert test="false()">sans</assert></rule></pattern>' +
      '<pattern><rule context="h:author"><report test="h:id">signalé</report></rule></pattern>';
    const report = judged({ 'main.sch': schemaText(body) }, three);
    assert.deepEqual(
      report.failures.map(({ location, text, kind }) => `${kind} ${location} ${text}`),
      [
        'assert /ClinicalDocument/author[1] sans',
        'assert /ClinicalDocument/author[2] avec',
        'report /ClinicalDocument/author[2] signalé',
      ],
    );
    assert.deepEqual([report.firedRules, report.failedAsserts, report.successfulReports], [4, 2, 1]);
  });
});

describe('An expression may', () => {
  const passes = (test: string, more: Readonly<Record<string, string>> = {}, lets = ''): boolean =>
    said(
      `<pattern><rule context="h:title">${lets}<assert test="${test}">x</assert></rule></pattern>`,
      cdaText('<title xsi:type="ST" use="A b">3</title>'),
      more,
    ).failed === 0;
  const codes = { 'sets/j.xml': '<set><c code="1"/><c code="3"/></set>' };

  test('open the files of its pack, relative to the schematron; one that is missing is no node', () => {
    assert.equal(passes("document('sets/j.xml')//c[@code = '3']", codes), true);
    assert.equal(passes("doc('sets/j.xml')//c[@code = '4']", codes), false);
    assert.equal(passes("empty(document('sets/absent.xml')) and not(doc-available('sets/absent.xml'))", codes), true);
    assert.equal(passes("doc-available('sets/j.xml')", codes), true);
  });

  test('name variables of several values, in order', () => {
    const lets = `<let name="all" value="document('sets/j.xml')//@code"/><let name="n" value="count($all)"/>`;
    assert.equal(passes('$n = 2 and . = $all', codes, lets), true);
    assert.equal(passes('. = $all[1]', codes, lets), false);
  });

  test('resolve qualified names, and match with flags', () => {
    assert.equal(passes("resolve-QName(@xsi:type, .) = QName('urn:hl7-org:v3', 'ST')"), true);
    assert.equal(passes("local-name-from-QName(resolve-QName(@xsi:type, .)) = 'TS'"), false);
    assert.equal(passes("matches(@use, '^a B$', 'i') and not(matches(@use, '^a B$'))"), true);
    assert.equal(passes("matches(., '^-?[1-9]\\d*$|^+?\\d*$')"), true);
  });

  test('be wrong without stopping the others: a fault of the rules, never of the document', () => {
    const body =
      '<pattern><rule context="h:title"><assert test="unknown()">x</assert><assert test="false()">y</assert></rule></pattern>';
    const report = judged({ 'main.sch': schemaText(body) }, ONE_TITLE);
    assert.deepEqual([report.failedAsserts, report.failures[0]?.text, report.faults.length], [1, 'y', 1]);
  });
});

test('a self-presentable document is judged on its ClinicalDocument', () => {
  const body = '<pattern><rule context="/h:ClinicalDocument/h:title"><assert test="."/></rule></pattern>';
  const inside = `<x:stylesheet xmlns:x="urn:x"><x:template>${ONE_TITLE}</x:template></x:stylesheet>`;
  assert.equal(said(body, inside).fired, 1);
});
