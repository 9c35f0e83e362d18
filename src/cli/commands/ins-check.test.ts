import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cli, lastLine } from '../cli.fixture.ts';

test('a matricule with the right key is displayed in groups, with its nature', async () => {
  const { code, stdout } = await cli(['ins', 'check', '279035121518989', '--oid', '1.2.250.1.213.1.4.10']);
  assert.equal(code, 0);
  assert.match(stdout, /2 79 03 51 215 189 \/ 89/);
  assert.match(stdout, /exacte/);
  assert.match(stdout, /NIR \(test\)/);
});

test('a wrong key is invalid here, and the remark on the numbers that INSi published is given', async () => {
  // HERMANN GATIEN, published by the CNDA with a wrong key (ins.md 8).
  const run = await cli(['ins', 'check', '181036322045660']);
  assert.equal(run.code, 1);
  assert.match(run.stdout, /inexacte, \d\d attendu/);
  assert.match(run.stdout, /INSi a déjà publié/);
  const json = await cli(['ins', 'check', '181036322045660', '--json']);
  assert.equal(json.code, 1);
  const { ok, keyValid, alerts } = lastLine(json);
  assert.deepEqual([ok, keyValid, alerts], [false, false, ['key-mismatch']]);
});

test('a Corsican matricule is accepted in lower case', async () => {
  const run = await cli(['ins', 'check', '160012b02077713', '--oid', '1.2.250.1.213.1.4.8', '--json']);
  assert.equal(run.code, 0);
  const { matricule, nature } = lastLine(run);
  assert.deepEqual([matricule, nature], ['160012B02077713', { nature: 'NIR', environment: 'production' }]);
});

test('another shape, an OID that is none and an INS-C are refused with their rule', async () => {
  for (const [args, rule] of [
    [['12'], 'TDU-ID-001'],
    [['279035121518989', '--oid', 'abc'], 'TDU-ID-002'],
    [['279035121518989', '--oid', '1.2.250.1.213.1.4.2'], 'TDU-ID-003'],
  ] as const) {
    const { code, stdout } = await cli(['ins', 'check', ...args]);
    assert.equal(code, 1);
    assert.ok(stdout.startsWith(rule), stdout);
  }
});
