/** The cases of hostile.md that need several processes on one database, at CI size. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPlatformPackage } from '../../src/store/embedded/binaries.ts';
import { PROCESS_CASES } from './cases.ts';

const skip = await findPlatformPackage().then(
  () => false,
  (error: unknown) => (error instanceof Error ? error.message : 'aucun PostgreSQL embarqué sur cette plateforme'),
);

for (const { id, title, ci, run } of PROCESS_CASES)
  test(`${id}: ${title}`, { skip }, async (t) => {
    const findings = await run(ci, (line) => t.diagnostic(line));
    for (const { what, value, threshold } of findings) t.diagnostic(`${what}: ${value} (${threshold})`);
    assert.deepEqual(
      findings.filter(({ holds }) => !holds),
      [],
    );
  });
