import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createChecker } from './isolated-check.ts';
import { cdaText, packFolder, schemaText } from './pack.fixture.ts';

const checker = createChecker();
after(() => checker.close());

function pack(rule: string, more: Readonly<Record<string, string>> = {}) {
  const body = `<pattern><rule context="h:title">${rule}</rule></pattern>`;
  return {
    folder: packFolder({ ...more, 'main.sch': schemaText(body) }),
    // Not installed: its files are taken as they are.
    hash: '',
    entries: [{ path: 'main.sch', templates: [] }],
  };
}

const CDA = Buffer.from(cdaText('<templateId root="1.2.3"/><title>Lettre</title>'));

describe('A document is checked in a thread', () => {
  test('by the schematrons that are about it', async () => {
    const one = pack('<assert test="false()">non</assert>');
    const both = { ...one, entries: [...one.entries, { path: 'absent.sch', templates: ['9.9'] }] };
    const verdict = await checker.check(both, CDA);
    assert.ok(verdict.kind === 'judged');
    assert.deepEqual(
      verdict.schematrons.map(({ path, failures }) => [path, failures.map(({ text }) => text)]),
      [['main.sch', ['non']]],
    );
    assert.deepEqual(verdict.templates, ['1.2.3']);
  });

  test('and several at a time wait for their turn', async () => {
    const one = pack('<assert test="true()">non</assert>');
    const verdicts = await Promise.all(Array.from({ length: 5 }, () => checker.check(one, CDA)));
    assert.deepEqual(new Set(verdicts.map(({ kind }) => kind)), new Set(['judged']));
  });
});

describe('A pack that is not to be trusted', () => {
  test('reads nothing outside its folder, by a path or by a link', async () => {
    const outside = packFolder({ 'secret.xml': '<s/>' });
    const rule =
      `<assert test="empty(document('../${outside.split('/').at(-1)}/secret.xml'))">chemin</assert>` +
      `<assert test="empty(document('link.xml'))">lien</assert><assert test="empty(document('/etc/hostname'))">absolu</assert>` +
      `<assert test="empty(document('http://127.0.0.1/a.xml'))">réseau</assert>`;
    const one = pack(rule);
    symlinkSync(join(outside, 'secret.xml'), join(one.folder, 'link.xml'));
    const verdict = await checker.check(one, CDA);
    assert.ok(verdict.kind === 'judged');
    assert.deepEqual(verdict.schematrons[0]?.failures, []);
    assert.deepEqual(verdict.schematrons[0]?.faults, []);
  });

  test('that never ends is stopped with its thread, and the next document has another', async () => {
    const bounded = createChecker({ timeoutMs: 3_000 });
    after(() => bounded.close());
    const endless = pack(
      `<assert test="count(for $a in 1 to 100000, $b in 1 to 100000, $c in 1 to 100000 return $a) = 0">x</assert>`,
    );
    assert.deepEqual(await bounded.check(endless, CDA), { kind: 'too-long' });
    assert.equal((await bounded.check(pack('<assert test="true()"/>'), CDA)).kind, 'judged');
  });

  test('that holds a document type, or is not a schematron, is unusable and said so', async () => {
    const typed = pack('');
    writeFileSync(join(typed.folder, 'main.sch'), `<!DOCTYPE schema [<!ENTITY a "b">]>${schemaText('')}`);
    const verdict = await checker.check(typed, CDA);
    assert.deepEqual(verdict.kind, 'unusable');
    assert.match('why' in verdict ? verdict.why : '', /main\.sch.*DOCTYPE/);
  });
});

describe('A document that is not to be trusted', () => {
  const one = pack('<assert test="true()"/>');
  test('is unreadable with a document type, when it is too deep, or not XML', async () => {
    const deep = `${'<a>'.repeat(300)}${'</a>'.repeat(300)}`;
    const whys = [];
    for (const text of ['<!DOCTYPE a [<!ENTITY b "c">]><a/>', deep, '<a'])
      whys.push(await checker.check(one, Buffer.from(text)));
    assert.deepEqual(whys, [
      { kind: 'unreadable', why: 'déclaration DOCTYPE' },
      { kind: 'unreadable', why: 'trop volumineux' },
      { kind: 'unreadable', why: 'XML mal formé' },
    ]);
  });
});
