import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cdaText, judged, schemaText } from './pack.fixture.ts';
import { rewrite } from './rewrite.ts';

const NS = { h: 'urn:h' };
const asked = (text: string): string => rewrite(text, NS, 'own').text;

test('a descendant of the whole tree is looked up by its name', () => {
  assert.equal(asked('count(//h:a/h:b)=1'), "count(own:named(., 'urn:h', 'a')/h:b)=1");
  assert.equal(asked('not(//h:a/@x) and //*:b'), "not(own:named(., 'urn:h', 'a')/@x) and own:named(., '*', 'b')");
  assert.equal(asked("//h:a[@x = '1']"), "own:named(., 'urn:h', 'a')[@x = '1']");
});

test('what only looks like one is left alone', () => {
  for (const text of [
    './/h:a',
    'h:b//h:a',
    'h:b[1]//h:a',
    "'//h:a'",
    '//h:a[1]',
    '//h:a[last()]',
    '//u:a',
    '//a',
    'h:and//h:a',
    '$x//h:a',
    '//@x',
  ])
    assert.equal(asked(text), text);
});

test('the part of a value set that no context changes is kept', () => {
  const { text, constants } = rewrite("@c = doc('j.xml')/*/set//c/@code", NS, 'own');
  assert.deepEqual(
    constants.map((one) => one.text),
    ["doc('j.xml')/*/set//c/@code"].map((path) => path),
  );
  assert.equal(text, `@c = $${constants[0]?.name}`);
  const before = rewrite("doc('j.xml')//set[1]/c[@code = $x]", NS, 'own');
  assert.deepEqual(before.constants, []);
  const shorter = rewrite("doc('j.xml')/set/c[@code = $x]", NS, 'own');
  assert.deepEqual(
    shorter.constants.map((one) => one.text),
    ["doc('j.xml')/set"],
  );
  assert.match(shorter.text, /^\$tdu-constant-[\d-]+\/c\[@code = \$x\]$/);
});

test('both ways of asking have one answer', () => {
  const tests = [
    "//h:author[h:time/@value = '1']/h:id",
    'count(//h:author) = 2',
    'count(//*:time) = 2',
    "h:time/@value = doc('j.xml')/*/c/@code",
    "doc('j.xml')//c[@code = '1']",
    "doc('j.xml')//c[1][@code = '1']",
    'some $a in //h:author satisfies $a/h:id',
  ];
  const body = tests.map((one) => `<assert test="${one}">${one}</assert>`).join('');
  const report = judged(
    {
      'main.sch': schemaText(`<pattern><rule context="h:author[h:id]">${body}</rule></pattern>`),
      'j.xml': '<s><c code="1"/><c code="2"/></s>',
    },
    cdaText('<author><time/></author><author><time value="1"/><id/></author>'),
  );
  assert.deepEqual([report.firedRules, report.failures, report.faults], [1, [], []]);
});
