/**
 * A change of an identity is looked at for what already left under its INS (promise 6): the same person under a new number
 * is recorded with its explanation, anything else is a doubt that freezes the identity until somebody decides.
 */
import { type BrokenIns, brokenIns, namesFormer, sameIns } from '../ins/broken-ins.ts';
import type { Db } from '../store/db.ts';
import { hasEmitted, insUsedBy } from '../store/emissions.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { insOfMisfiled } from '../store/misfiled.ts';
import {
  insertRecall,
  isAnswered,
  isRecalledFrom,
  lockOpenRecalls,
  lockRecall,
  type Recall,
  type RecallCause,
  updateRecall,
} from '../store/recalls.ts';
import { stateOf } from './record.ts';

interface Why {
  readonly at: Date;
  readonly source: string;
  readonly event: string;
}

const SYSTEM = 'system';
const SAME_PERSON =
  'INSi nomme l’ancienne INS dans l’historique de la nouvelle : même personne, rien n’est supprimé, la suite part sous la nouvelle INS.';
const SAME_INS = 'L’identité est de nouveau qualifiée sous la même INS : ce qui a été transmis est juste.';

/** Since when nothing may leave under the identity that is about to be saved; null when nothing is asked about it. */
export async function frozenBy(tx: Db, before: IdentityRecord, after: IdentityRecord, why: Why): Promise<Date | null> {
  const broken = brokenIns(stateOf(before), stateOf(after), after.insiHistory);
  let frozenAt = after.frozenAt;
  if (broken !== undefined && (await propose(tx, after.id, broken, why))) frozenAt ??= why.at;
  if (isDoubted(before, after) && (await propose(tx, after.id, verification(after), why))) frozenAt ??= why.at;
  const gained = before.status !== 'QUAL' || before.matricule !== after.matricule || isDoubted(after, before);
  if (after.status !== 'QUAL' || !gained) return frozenAt;
  // A record that this very message created has sent nothing.
  if (before.createdAt >= why.at && before.frozenAt === null) return frozenAt;
  if (await otherInsUsed(tx, after, why)) frozenAt ??= why.at;
  if (before.frozenAt !== null) frozenAt = await settledByQualification(tx, after, frozenAt, why);
  return (await isForbidden(tx, after)) ? (frozenAt ?? why.at) : frozenAt;
}

/** A verification that INSi did not confirm, of an INS that the identity still bears. */
function isDoubted(before: IdentityRecord, after: IdentityRecord): boolean {
  return before.insDoubt === null && after.insDoubt !== null && after.status === 'QUAL' && after.matricule !== null;
}

function verification({ matricule, oid }: IdentityRecord): Broken {
  return { previous: { matricule: matricule ?? '', oid: oid ?? '' }, path: 'doubt', cause: 'verification' };
}

interface Broken extends Pick<BrokenIns, 'path'> {
  readonly previous: { readonly matricule: string; readonly oid: string };
  readonly cause: RecallCause;
}

/** True when it freezes the identity. */
async function propose(tx: Db, identityId: string, broken: Broken, why: Why): Promise<boolean> {
  const { previous, path, cause } = broken;
  if (!(await hasEmitted(tx, identityId, previous))) return false;
  return raise(tx, identityId, { ins: previous, path, cause }, why);
}

interface Question {
  readonly ins: { readonly matricule: string; readonly oid: string };
  readonly path: 'doubt' | 'new-ins';
  readonly cause: RecallCause;
}

async function raise(tx: Db, identityId: string, { ins, path, cause }: Question, why: Why): Promise<boolean> {
  const id = await insertRecall(tx, {
    identityId,
    path: 'doubt',
    cause,
    matricule: ins.matricule,
    oid: ins.oid,
    reason: `${why.source} : ${why.event}`.slice(0, 500),
    openedBy: SYSTEM,
    openedAt: why.at,
  });
  if (id === undefined) return isAsked(tx, identityId);
  if (path === 'doubt') return true;
  const opened = await lockRecall(tx, id);
  if (opened !== undefined) await settle(tx, opened, 'new-ins', why.at);
  return false;
}

/** Does a doubt keep everything where it is? Once it is decided, what is right may go on. */
export async function isAsked(tx: Db, identityId: string): Promise<boolean> {
  return (await lockOpenRecalls(tx, identityId)).some(({ path }) => path === 'doubt');
}

/**
 * A closed record is about to live again with the INS that it bore. What was asked about that INS meanwhile was asked of the
 * record that remained, and says nothing of this one: it is asked anew, and nothing leaves before that is settled.
 */
export async function frozenAgain(
  tx: Db,
  reopened: IdentityRecord,
  survivorId: string,
  why: Why,
): Promise<Date | null> {
  const { id, matricule, oid } = reopened;
  if (matricule !== null && oid !== null && (await isAnswered(tx, survivorId, { matricule, oid })))
    await raise(tx, id, { ins: { matricule, oid }, path: 'doubt', cause: 'unmerge' }, why);
  const held = (await isAsked(tx, id)) || (await isForbidden(tx, reopened));
  return held ? (reopened.frozenAt ?? why.at) : null;
}

/** It carries, perhaps by its upstream repository, the INS of somebody else that was recalled from it. */
export async function isForbidden(db: Db, { id, status, matricule, oid }: IdentityRecord): Promise<boolean> {
  return status === 'QUAL' && matricule !== null && oid !== null && isRecalledFrom(db, id, { matricule, oid });
}

/** Qualified again: did documents leave under another INS, from this record or from one merged into it? */
async function otherInsUsed(tx: Db, after: IdentityRecord, why: Why): Promise<boolean> {
  let frozen = false;
  for (const ins of await insUsedBy(tx, after.id)) {
    if (isOwn(after, ins) || (await isAnswered(tx, after.id, ins))) continue;
    const path = namesFormer(after.insiHistory, ins) ? 'new-ins' : 'doubt';
    if (await raise(tx, after.id, { ins, path, cause: 'ins-changed' }, why)) frozen = true;
  }
  return frozen;
}

function isOwn({ matricule, oid }: IdentityRecord, ins: { matricule: string; oid: string }): boolean {
  return matricule !== null && oid !== null && sameIns({ matricule, oid }, ins);
}

/** Two new proofs answer the doubts that a change raised; what a person asked, a person answers. */
async function settledByQualification(
  tx: Db,
  after: IdentityRecord,
  frozenAt: Date | null,
  { at }: Why,
): Promise<Date | null> {
  const open = await lockOpenRecalls(tx, after.id);
  const freezing = open.filter(({ path }) => path === 'doubt');
  let remaining = freezing.length;
  for (const recall of freezing) {
    if (recall.openedBy !== SYSTEM) continue;
    if (isOwn(after, recall)) await settle(tx, recall, 'released', at);
    else if (namesFormer(after.insiHistory, recall)) await settle(tx, recall, 'new-ins', at);
    else continue;
    remaining--;
  }
  return remaining > 0 ? frozenAt : null;
}

function settle(tx: Db, recall: Recall, how: 'released' | 'new-ins', at: Date): Promise<void> {
  const decided = { ...recall, decidedBy: SYSTEM, decidedAt: at, finishedAt: at };
  return updateRecall(
    tx,
    how === 'released'
      ? { ...decided, state: 'released', explanation: SAME_INS }
      : { ...decided, path: 'new-ins', state: 'done', explanation: SAME_PERSON },
  );
}

/**
 * A person has separated two patients: what left under the other's record is to be recalled for the right one. It is for
 * people to choose, prepare and approve; nothing of the record itself is in doubt by that.
 */
export async function recallMisfiled(
  tx: Db,
  { from, to }: { readonly from: string; readonly to: string },
  why: { readonly cause: 'unmerge' | 'split'; readonly at: Date; readonly actor: string; readonly reason: string },
): Promise<void> {
  const { cause, at, actor, reason } = why;
  for (const { matricule, oid } of await insOfMisfiled(tx, from, to)) {
    const what = { identityId: from, matricule, oid, cause, reason: reason.slice(0, 500) };
    const id = await insertRecall(tx, { ...what, path: 'doubt', openedBy: SYSTEM, openedAt: at });
    const opened = id === undefined ? undefined : await lockRecall(tx, id);
    if (opened === undefined) continue;
    const decided = { path: 'wrong-person', explanation: reason, decidedBy: actor, decidedAt: at } as const;
    await updateRecall(tx, { ...opened, ...decided, rightIdentityId: to });
  }
}
