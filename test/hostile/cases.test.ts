/** The reliability cases of hostile.md at CI size; T-R1 at its own in test/crash, those of several processes in test/processes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findPlatformPackage } from '../../src/store/embedded/binaries.ts';
import { PROCESS_CASES } from '../processes/cases.ts';
import { askedBeforeResend } from './ambiguous.ts';
import { HOSTILE_CASES } from './cases.ts';
import { kills } from './kills.ts';

const noServer = await findPlatformPackage().then(
  () => false,
  (error: unknown) => (error instanceof Error ? error.message : 'aucun PostgreSQL embarqué sur cette plateforme'),
);

test('the order on the wire that T-R3 accepts is: asked until found, or told twice that it is not so, before anything goes again', () => {
  for (const steps of [
    'S',
    'sF',
    'sAF',
    'sqF',
    'sAAS',
    'sqAqAqS',
    'sAAsAAS',
    'sAAsF',
    'SFD',
    'sFqFdX',
    'SFdFFFD',
    'SFdqFqFqFdX',
  ])
    assert.ok(askedBeforeResend(steps), steps);
  for (const steps of [
    'ss',
    'sS',
    'sAS',
    'sqS',
    'SS',
    's',
    'sFS',
    'sAAsS',
    '',
    'SFd',
    'SFdD',
    'SFdFD',
    'SFDD',
    'SFDFD',
    'SFdXD',
  ])
    assert.ok(!askedBeforeResend(steps), steps);
});

describe('Hostile conditions at CI size', () => {
  for (const { id, title, ci, run, missing } of HOSTILE_CASES.filter(
    (each) => each !== kills && !PROCESS_CASES.includes(each),
  ))
    test(`${id}: ${title}`, { skip: noServer }, async (t) => {
      const lacking = await missing?.();
      if (lacking !== undefined) return t.skip(lacking);
      const findings = await run(ci, (line) => t.diagnostic(line));
      assert.ok(findings.length > 0);
      for (const { what, value, threshold } of findings) t.diagnostic(`${what}: ${value} (${threshold})`);
      assert.deepEqual(
        findings.filter(({ holds }) => !holds),
        [],
      );
    });
});
