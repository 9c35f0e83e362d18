/** The versions of a document when one of them is looked at: before it is sent, what is asked for is checked and settled. */
import type { UseCaseContext } from '../queue/context.ts';
import { addDeliveryTask } from '../queue/document-tasks.ts';
import { ruleById } from '../rules/catalogue.ts';
import { feedRules } from '../rules/feed.ts';
import { gatewayRules } from '../rules/gateway.ts';
import { policyRules } from '../rules/policy.ts';
import type { Rule } from '../rules/rule.ts';
import { versionRules } from '../rules/versions.ts';
import type { ChainMember } from '../store/chains.ts';
import type { Db } from '../store/db.ts';
import type { DeliveryRecord } from '../store/deliveries.ts';
import { type DocumentRecord, lockDocument } from '../store/documents.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { identityToDelete } from './gate.ts';
import {
  answerCopy,
  moveDelivery,
  refuseDelivery,
  settleNothingToDelete,
  stopDelivery,
  withdrawPending,
} from './settle.ts';
import { isFedElsewhere, turnOf } from './turn.ts';

export interface Looked {
  readonly document: DocumentRecord;
  readonly delivery: DeliveryRecord;
  /** Of the document and everything in its chain, locked; empty for a document that stands alone. */
  readonly chain: readonly ChainMember[];
  readonly identity: IdentityRecord | undefined;
}

/**
 * A prepared version takes the place of those that never left. False when it may not go: why is recorded. One whose turn
 * has not come may be prepared all the same: its delivery will wait for it.
 */
export async function enterChain(tx: Db, context: UseCaseContext, looked: Looked): Promise<boolean> {
  const { document, delivery, chain } = looked;
  if (document.chainKey === null && document.action === 'create') return true;
  const fault = foreignTarget(looked) ?? hiddenAgain(looked);
  const turn = fault === undefined ? turnOf(document, chain) : ({ kind: 'stopped', refusal: { rule: fault } } as const);
  if (turn.kind === 'stopped') {
    await stopDelivery(tx, context, document, delivery, turn.refusal);
    return false;
  }
  if (turn.kind === 'go' || turn.kind === 'ask')
    await withdrawPending(tx, context, turn.superseded, versionRules.superseded);
  return true;
}

/**
 * A request to delete needs no gate for a document that was fed from here, or never left: only to look for one in the DMP
 * does its patient have to be known with a qualified INS.
 */
export async function stepDeletion(tx: Db, context: UseCaseContext, looked: Looked): Promise<void> {
  const { document, delivery, chain, identity } = looked;
  if (!document.notice.toDmp)
    return refuseDelivery(tx, context, document, delivery, {
      state: 'withdrawn',
      refusal: { rule: feedRules.notForTheDmp },
    });
  const fault = foreignTarget(looked);
  if (fault !== undefined) return stopDelivery(tx, context, document, delivery, { rule: fault });
  const turn = turnOf(document, chain);
  if (turn.kind === 'stopped') return stopDelivery(tx, context, document, delivery, turn.refusal);
  if (turn.kind !== 'wait') await withdrawPending(tx, context, turn.superseded, versionRules.deletedBeforeSending);
  if (turn.kind === 'done') return settleNothingToDelete(tx, context, document, delivery);
  const asked = turn.kind === 'ask' ? identityToDelete(identity) : undefined;
  if (asked?.ok === false) {
    const { refusal } = asked;
    return moveDelivery(tx, context, document, delivery, { state: 'waiting', step: 'waiting', refusal });
  }
  await moveDelivery(tx, context, document, delivery, { state: 'ready', step: 'prepared' });
  await addDeliveryTask(tx, 'deliver', document, delivery.id);
}

/** What it is about is another patient's, or another structure's: the DMP would refuse it (dmp.md 1.6 and 6). */
function foreignTarget(looked: Looked): Rule | undefined {
  const target = looked.chain.find(({ id }) => id === looked.document.targetId);
  if (target === undefined) return undefined;
  if (isOfAnotherPatient(looked, target)) return versionRules.otherPatient;
  return target.eg === looked.document.eg ? undefined : versionRules.otherStructure;
}

/** What the patient sees in the DMP cannot be hidden from him again (dmp.md 6). */
function hiddenAgain({ document, chain }: Looked): Rule | undefined {
  if (!document.notice.visibility.invisibleToPatient) return undefined;
  const seen = chain.some(
    ({ id, state, action, notice }) =>
      id !== document.id && action !== 'delete' && state === 'accepted' && !notice.visibility.invisibleToPatient,
  );
  return seen ? policyRules.hiddenAgain : undefined;
}

/** Nothing in common: neither the identity, nor the local number, nor the INS that was sent. */
function isOfAnotherPatient({ document, identity }: Looked, target: ChainMember): boolean {
  const sameIdentity = identity !== undefined && target.identityId === identity.id;
  const sameNumber = document.ipp !== '' && document.ipp === target.ipp && document.ippDomain === target.ippDomain;
  const { matricule, oid } = identity?.matricule ? identity : document.notice.patient;
  const sameIns = matricule !== undefined && matricule === target.sentMatricule && oid === target.sentOid;
  return !(sameIdentity || sameNumber || sameIns);
}

/**
 * What a version that we build names in its CDA: the last one before it that is in the DMP or may be. None of those that
 * never got there, which it leaves behind.
 */
export function originalToName(document: DocumentRecord, chain: readonly ChainMember[]): string | undefined {
  let asked = document;
  for (;;) {
    const named = chain.find(({ id }) => id === asked.targetId);
    if (named === undefined) return asked.action === 'create' ? undefined : asked.notice.designates;
    const left = ['accepted', 'sending', 'unknown', 'replaced'].includes(named.state);
    if (left || isFedElsewhere(named) || (named.state === 'ready' && named.wasSent)) return named.uniqueId;
    asked = named;
  }
}

/** A document that repeats another, byte for byte: answered as that one was, or when it will be. */
export async function stepCopy(tx: Db, context: UseCaseContext, copy: DocumentRecord): Promise<void> {
  const first = await lockDocument(tx, copy.targetId ?? '');
  switch (first.state) {
    case 'accepted':
    case 'replaced':
    case 'deleted':
      return answerCopy(tx, context, copy, { kind: 'accepted' });
    case 'refused':
    case 'withdrawn':
    case 'unreadable': {
      const rule = ruleById(first.ruleId ?? '') ?? gatewayRules.unexpected;
      return answerCopy(tx, context, copy, { kind: 'refused', refusal: { rule } });
    }
    default:
      return;
  }
}
