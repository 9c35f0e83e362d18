/** The use-case bench with an old connector: its patient admitted, what it submits, and what has become of it. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { documentById } from '../store/documents.ts';
import type { LegacySubmission } from '../wire/legacy/submission.ts';
import { receiveSubmission } from './receive.ts';
import { DECIDED, legacySubmission, rawSubmission, withConnector } from './submission.fixture.ts';

export const REPLACES = { replaceInsInHeader: DECIDED };

/** What a connector submits, and everything that a running gateway would have done of it by now. */
export async function submit(
  bench: UseCaseBench,
  submission: LegacySubmission,
  attempt = 1,
): Promise<readonly string[]> {
  const [source] = bench.context.config.sources;
  assert.ok(source);
  const { documentIds } = await receiveSubmission(
    bench.context,
    source,
    submission,
    rawSubmission(submission, attempt),
  );
  await bench.settle();
  return documentIds;
}

/** State and rule of the one document that was submitted. */
export async function outcomeOf(
  bench: UseCaseBench,
  submission = legacySubmission(),
): Promise<[string, string | null]> {
  const [id = ''] = await submit(bench, submission);
  const document = await documentById(bench.context.pool, id);
  return [document?.state ?? '', document?.ruleId ?? null];
}

export async function admitted(
  t: TestContext,
  parts: Parameters<typeof withConnector>[0] = REPLACES,
): Promise<UseCaseBench> {
  const bench = await openBench(t, withConnector(parts));
  await bench.admit();
  await bench.settle();
  return bench;
}
