/** Traffic that a test makes up, written at once. */
import assert from 'node:assert/strict';
import type { UseCaseContext } from '../queue/context.ts';
import type { Observation } from '../store/observed.ts';
import { startRecorder } from './recorder.ts';

const HOUR_MS = 3_600_000;

/** `seen` on top of an accepted ADT^A01 with an IPP. */
export async function seeTraffic(
  { pool, now }: Pick<UseCaseContext, 'pool' | 'now'>,
  ...seen: readonly (Partial<Observation> & { readonly at?: Date })[]
): Promise<void> {
  const recorder = startRecorder(pool, HOUR_MS, assert.ifError);
  for (const { at = now(), ...one } of seen)
    recorder.see(
      {
        application: 'GAM',
        facility: 'CH',
        api: 'HL7v2',
        transaction: 'ADT^A01',
        identityKind: 'IPP',
        basis: 'seen',
        outcome: 'accepted',
        ...one,
      },
      at,
    );
  await recorder.stop();
}
