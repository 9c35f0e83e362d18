/**
 * Two people stood under one record (a collision): the second gets a record of its own, with the numbers, stays and documents
 * that are hers. Nobody knows whom the proofs of the first one were about: it is doubtful until it is checked again, and
 * its INS goes (ins.md 3).
 */
import type { UseCaseContext } from '../queue/context.ts';
import { identityRules } from '../rules/identity.ts';
import { matchingRules } from '../rules/matching.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { setAside } from '../store/candidate-pairs.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  type Identifier,
  type IdentityRecord,
  identifiersOf,
  identityByIdentifier,
  lockIdentity,
  updateIdentity,
} from '../store/identities.ts';
import { addHistory } from '../store/identity-history.ts';
import { documentsOfRecord, moveNumbers, moveStays, staysOfRecord } from '../store/merges.ts';
import { listMisfiled, moveDocuments, renumberMoved } from '../store/misfiled.ts';
import { insertNew, newRecord } from './arrival.ts';
import { type Cause, saveChange, withEvent } from './change.ts';
import { deskCause, type Editor, type GivenNumber, localNumbers } from './desk.ts';
import { recallMisfiled } from './recall-proposals.ts';
import { strictTraits, type TraitsInput } from './traits-input.ts';
import type { Separated } from './unmerge.ts';

export interface Split {
  /** Who the second person is. */
  readonly person: TraitsInput;
  /** Numbers of the record that pass to her. */
  readonly identifiers: readonly { readonly domain: string; readonly value: string }[];
  /** Numbers that nobody bears yet. */
  readonly newIdentifiers: readonly GivenNumber[];
  readonly stayIds: readonly string[];
  readonly documentIds: readonly string[];
  readonly reason: string;
}

export async function splitIdentity(
  context: UseCaseContext,
  id: string,
  split: Split,
  editor: Editor,
): Promise<Result<Separated>> {
  if (context.config.context !== 1) return refuse(identityRules.mirrorReadOnly);
  const strict = strictTraits(split.person);
  if (!strict.ok) return strict;
  const cause = deskCause(context, editor.name);
  return transaction(context.pool, async (tx) => {
    const record = await lockIdentity(tx, id);
    if (!record.active) return refuse(identityRules.mergedIdentity);
    if (record.mirror) return refuse(identityRules.mirrorReadOnly);
    const added = localNumbers(context.config, split.newIdentifiers);
    const obstacle = await obstacleTo(tx, record, split, added);
    if (obstacle !== undefined) return obstacle;
    const created = newRecord(context, strict.value, false);
    await insertNew(tx, created, added, cause);
    await moveNumbers(tx, split.identifiers, record.id, created.id);
    await moveStays(tx, split.stayIds, record.id, created.id);
    const counts = await shareDocuments(tx, split, record.id, created.id, cause);
    await doubt(tx, record, created.id, split.reason, cause);
    await tellNew(tx, record.id, created.id, split.reason, cause);
    const decided = { state: 'different', at: cause.at, by: cause.actor, reason: split.reason } as const;
    await setAside(tx, [record.id, created.id], decided);
    return ok({ identityId: created.id, keptId: record.id, ...counts });
  });
}

async function obstacleTo(
  tx: Db,
  record: IdentityRecord,
  { identifiers, stayIds, documentIds }: Split,
  added: readonly Identifier[],
): Promise<Result<never> | undefined> {
  for (const number of added) {
    const bearer = await identityByIdentifier(tx, number.domain, number.value);
    if (bearer !== undefined)
      return refuse(identityRules.ippConflict, { location: 'newIdentifiers', detail: `patient ${bearer.id}` });
  }
  const borne = await identifiersOf(tx, record.id);
  const chosen = borne.filter((one) =>
    identifiers.some(({ domain, value }) => one.domain === domain && one.value === value),
  );
  const [stays, documents] = [
    await staysOfRecord(tx, record.id, stayIds),
    await documentsOfRecord(tx, record.id, documentIds),
  ];
  if (chosen.length < identifiers.length || stays < stayIds.length || documents < documentIds.length)
    return refuse(matchingRules.splitOfOthers);
  const inUse = (numbers: readonly Identifier[]) => numbers.filter(({ retired }) => retired !== true).length;
  return inUse(chosen) + added.length === 0 || inUse(borne) === inUse(chosen)
    ? refuse(matchingRules.splitOfNothing)
    : undefined;
}

async function shareDocuments(tx: Db, { documentIds, reason }: Split, from: string, to: string, cause: Cause) {
  const belonging = { from, to, documentIds };
  const misfiled = await listMisfiled(tx, belonging, { cause: 'split', at: cause.at, actor: cause.actor });
  await recallMisfiled(tx, belonging, { ...cause, cause: 'split', reason });
  const moved = await moveDocuments(tx, belonging);
  await renumberMoved(tx, to, documentIds);
  return { moved, misfiled };
}

/** PROV without its INS, and nothing leaves: its own proofs may be the other person's. */
async function doubt(tx: Db, record: IdentityRecord, newId: string, reason: string, cause: Cause): Promise<void> {
  const event = `collision : une autre personne séparée dans le dossier ${newId} (${reason})`;
  const doubtful = record.fictive ? undefined : withEvent(record, { type: 'attributeSet', attribute: 'douteuse' });
  if (doubtful?.ok === true && !record.douteuse)
    return saveChange(tx, record, doubtful.value, { ...cause, event, requirement: 'EXI SI 09' });
  await updateIdentity(tx, { ...record, updatedAt: cause.at });
  await addHistory(tx, record.id, { ...cause, event, requirement: 'EXI SI 09', before: undefined, after: undefined });
}

async function tellNew(tx: Db, fromId: string, newId: string, reason: string, cause: Cause): Promise<void> {
  const event = `collision : séparée du dossier ${fromId} (${reason})`;
  await addHistory(tx, newId, { ...cause, event, requirement: 'ins.md 3', before: undefined, after: undefined });
}
