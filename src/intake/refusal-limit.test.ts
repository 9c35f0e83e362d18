import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hl7Rules } from '../rules/hl7.ts';
import { createRefusalLimit } from './refusal-limit.ts';

const START = Date.parse('2026-11-23T10:00:00Z');

test('the same refusal of the same address is kept once a minute, and sixty different ones at most', () => {
  let at = START;
  const isKept = createRefusalLimit(() => new Date(at));
  const stranger = { rule: hl7Rules.clientCertificateRefused };
  const kept = (address: string, refusal: { rule: (typeof hl7Rules)[keyof typeof hl7Rules] } = stranger): boolean =>
    isKept(refusal, { address });
  assert.deepEqual([kept('10.0.0.1'), kept('10.0.0.1'), kept('10.0.0.2')], [true, false, true]);
  assert.equal(kept('10.0.0.1', { rule: hl7Rules.tooManyConnections }), true);
  const others = Array.from({ length: 1_000 }, (_, n) => kept(`10.1.${n >> 8}.${n & 255}`));
  assert.equal(others.filter(Boolean).length, 57);
  at += 60_000;
  assert.equal(kept('10.0.0.1'), true);
  at -= 48 * 3_600_000;
  assert.deepEqual([kept('10.0.0.1'), kept('10.0.0.1')], [true, false], 'a clock set back does not silence it');
});
