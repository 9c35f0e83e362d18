import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsIn } from './bench.fixture.ts';
import { optionFile } from './option-file.ts';
import { policyOf } from './options.ts';

test('a file of options becomes the policy of the simulator; what it does not say keeps its default', () => {
  const { options, signerCa } = optionFile.parse({
    nia: false,
    clockSkewSeconds: 30,
    vihfVersions: ['4.0'],
    structures: [{ ej: '130000007', egs: ['130000015'] }],
    maxLotBytes: 1_000,
    signerCa: 'ca.pem',
  });
  const policy = policyOf({ ...optionsIn('/nowhere'), ...options });
  assert.equal(signerCa, 'ca.pem');
  assert.equal(policy.clockSkewMs, 30_000);
  assert.deepEqual(policy.vihfVersions.V2, ['4.0']);
  assert.deepEqual(policy.structures, [{ ej: '130000007', egs: ['130000015'] }]);
  assert.equal(policy.maxLotBytes, 1_000);
  assert.equal(policy.insOids.has('1.2.250.1.213.1.4.9'), false);
  assert.equal(policy.insOids.has('1.2.250.1.213.1.4.10'), true);
  assert.equal(policy.maxDocumentBytes, Number.POSITIVE_INFINITY);
  assert.equal(policy.accessReason, true);
});

test('a file that says nothing changes nothing; an unknown key is told', () => {
  assert.deepEqual(optionFile.parse({}), { options: {}, signerCa: undefined });
  assert.equal(optionFile.safeParse({ vihfVersion: '3.0' }).success, false);
});
