/**
 * The one constructor of a RecalledIdentity: what an approved recall may take out of a DMP that is not the patient's own
 * (practice 23). Only `src/recall` may import this file (import rule).
 */
import { recallRules } from '../rules/recall.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { sentIdentityFromRecord } from './sent-identity.ts';
import type { RecalledIdentity } from './types.ts';

/** The recall as it was decided, as evidence. */
export interface RecallEvidence {
  readonly id: string;
  readonly state: string;
  readonly path: string;
  readonly matricule: string;
  readonly oid: string;
  readonly preparedBy: string | null;
  readonly approvedBy: string | null;
}

/** Refused unless the recall of a wrong person is running and two different people answer for it. */
export function recalledIdentity(recall: RecallEvidence): Result<RecalledIdentity> {
  const { id: recallId, state, path, preparedBy, approvedBy } = recall;
  if (path !== 'wrong-person' || state !== 'running') return refuse(recallRules.wrongMoment, { detail: state });
  if (preparedBy === null || approvedBy === null || preparedBy === approvedBy) return refuse(recallRules.secondPerson);
  const sent = sentIdentityFromRecord(recall);
  if (!sent.ok) return sent;
  return ok({ ...sent.value, recallId, preparedBy, approvedBy } as RecalledIdentity);
}
