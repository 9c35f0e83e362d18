/** Handler of the `document` tasks: match the patient, pass the gate, prepare, hand to the delivery. */
import { isDeepStrictEqual } from 'node:util';
import { type Conformance, NO_CONFORMANCE, recordJudgements } from '../conformance/index.ts';
import { isUnchanged, originalOf, prepareDocument } from '../documents/index.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import { adoptMappings, awaitMappings, missingReason, type Resolution, resolveLocalValues } from '../mapping/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addDeliveryTask } from '../queue/document-tasks.ts';
import { completeTask, deferTask, type Task } from '../queue/tasks.ts';
import { ruleById } from '../rules/catalogue.ts';
import { feedRules } from '../rules/feed.ts';
import { gatewayRules } from '../rules/gateway.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import { policyRules } from '../rules/policy.ts';
import { ok, type Refusal, refuse } from '../rules/rule.ts';
import { versionRules } from '../rules/versions.ts';
import { dropBuiltCda, putBuiltCda } from '../store/built-cda.ts';
import { type ChainMember, chainOf, lockChain } from '../store/chains.ts';
import { commitLater, type Db, transaction } from '../store/db.ts';
import { type DeliveryRecord, deliveriesOf } from '../store/deliveries.ts';
import {
  addDocumentEvent,
  type DocumentRecord,
  documentById,
  eventsOf,
  lockDocument,
  matchDocument,
} from '../store/documents.ts';
import { type FedPatient, fedPatientById, fedPatientByIdentifier, fedPatientByIns } from '../store/fed-patients.ts';
import { shareIdentities } from '../store/identities.ts';
import { holdersEver } from '../store/known-ins.ts';
import { loadMessage } from '../store/messages.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';
import { type Gate, gateOf, withoutCopies } from './gate.ts';
import { isElsewhere, isTried, laneOf, stayInLane } from './lane.ts';
import { noteReissue } from './legacy.ts';
import { listsInForce } from './lists.ts';
import { moveDelivery, refuseDelivery, settleUnchanged, stopDelivery } from './settle.ts';
import { turnOf } from './turn.ts';
import { enterChain, type Looked, originalToName, stepCopy, stepDeletion } from './versions.ts';

/** Step that a person adds to let a late document go. */
export const CONFIRMED_STEP = 'confirmed';

export function documentTaskHandler(
  context: UseCaseContext,
  stamper: Stamper,
  conformance: Conformance = NO_CONFORMANCE,
  composes: Composes = async (_, made) => made,
): (task: Task) => Promise<void> {
  return async (task) => {
    const document = await documentById(context.pool, task.subject);
    if (document === undefined) throw new Error(`document ${task.subject} is gone`);
    const lane = await laneOf(context, task, document);
    const looksAt = (row: DocumentRecord) => isOpen(row) || (lane !== undefined && isElsewhere(row));
    const identity = await identityOf(context.pool, document);
    const resolution = await resolveLocalValues(context.pool, context, document);
    const asked = mappedGate(await gateNow(context, resolution.document, identity), resolution);
    // What a lane keeps is looked at as if it could leave.
    const gate = lane === undefined ? withoutCopies(document, asked) : asked;
    const toPrepare = gate.kind === 'open' && document.action !== 'delete' && (lane === undefined || isTried(lane));
    const made =
      toPrepare && looksAt(document)
        ? await prepare(context, resolution.document, gate, stamper).then((result) =>
            checked(conformance, document, result),
          )
        : undefined;
    const prepared = made?.result;
    // In the shadow what would leave is composed and compared too; otherwise `deliver` does it.
    const tried =
      lane !== undefined && gate.kind === 'open' && prepared?.ok === true
        ? await composes({ document: resolution.document, patient: gate.patient }, prepared)
        : prepared;
    await transaction(context.pool, async (tx) => {
      const matching = identity !== undefined && document.identityId !== identity.id;
      // Locked in this order, the patient first, as a merge does that takes its documents along; asked for together.
      const [versions, chain, locked] = await Promise.all([
        matching ? shareIdentities(tx, [identity.id]) : undefined,
        document.chainKey === null ? [] : lockChain(tx, document.chainKey),
        lockDocument(tx, document.id),
      ]);
      // It came back to the gate after it was read, has joined a chain or was corrected: the next run prepares it.
      const changed = toPrepare && prepared === undefined ? looksAt(locked) : !isAsRead(locked, document);
      // Its number may designate somebody else since it was read: a merge was undone, a record was split.
      const moved = versions !== undefined && versions.get(identity?.id ?? '') !== identity?.version;
      if (changed || moved) return deferTask(tx, task, 0);
      const mapped = looksAt(locked) && locked.action !== 'delete';
      if (mapped && !(await awaitMappings(tx, context, locked, resolution))) return deferTask(tx, task, 0);
      const match = looksAt(locked) && identity !== undefined && locked.identityId !== identity.id;
      // So does the next run when its identity has just been merged into another.
      if (match && !(await matchDocument(tx, locked, identity.id))) return deferTask(tx, task, 0);
      await completeTask(tx, task);
      const [delivery] = await deliveriesOf(tx, document.id);
      if (delivery === undefined) throw new Error(`document ${document.id} has no delivery`);
      if (await answerUnreadable(tx, context, locked, delivery)) return;
      if (!looksAt(locked)) return;
      if (match) await addDocumentEvent(tx, locked.id, { at: context.now(), step: 'matched' });
      if (made !== undefined) await recordJudgements(tx, locked.id, made.judgements);
      if (lane !== undefined)
        return stayInLane(tx, context, { document: locked, delivery }, lane, { gate, prepared: tried });
      if (prepared?.ok === true) await adoptMappings(tx, locked, resolution);
      const { typeCode, eg, ej } = prepared?.ok === true ? resolution.document : locked;
      const looked = { document: { ...locked, typeCode, eg, ej }, delivery, chain, identity };
      if (locked.action === 'delete') await stepDeletion(tx, context, looked);
      else await step(tx, context, looked, gate, prepared);
    });
  };
}

/** A type that the site never feeds ends the wait at once; a missing value is waited for once the patient is settled. */
export function mappedGate(gate: Gate, resolution: Resolution): Gate {
  if (gate.kind === 'ended') return gate;
  if (resolution.ended !== undefined) return { kind: 'ended', refusal: resolution.ended };
  const missing = missingReason(resolution);
  return gate.kind === 'open' && missing !== undefined ? { kind: 'waiting', refusal: missing } : gate;
}

/**
 * What a preparation depends on: a person may correct it or part it from this patient, a merge change its number, a request
 * make it one of several.
 */
function isAsRead(locked: DocumentRecord, read: DocumentRecord): boolean {
  const told = ({ identityId, chainKey, typeCode, title, ipp, notice }: DocumentRecord) => ({
    identityId,
    chainKey,
    typeCode,
    title,
    ipp,
    notice,
  });
  return isDeepStrictEqual(told(locked), told(read));
}

/** Only what has not left yet is looked at again. */
function isOpen(document: DocumentRecord): boolean {
  return document.state === 'received' || document.state === 'waiting';
}

type PreparedResult = Awaited<ReturnType<typeof prepareDocument>>;
type Prepared = Extract<PreparedResult, { ok: true }>;

/** Composes what would leave, compares it, and sends nothing. */
export type Composes = (
  leaving: { readonly document: DocumentRecord; readonly patient: QualifiedIdentity },
  prepared: Prepared,
) => Promise<PreparedResult>;

async function prepare(
  context: UseCaseContext,
  document: DocumentRecord,
  gate: Extract<Gate, { kind: 'open' }>,
  stamper: Stamper,
): Promise<PreparedResult> {
  const original = originalOf(await loadMessage(context.pool, document.messageId, context.kept), document.part);
  if (!original.ok) return original;
  const { chainKey } = document;
  const chain = chainKey === null ? [] : await chainOf(context.pool, chainKey);
  if (await saysNothingNew(context, { document, original: original.value }, chain))
    return refuse(policyRules.unchanged);
  const replaces = chainKey === null ? undefined : originalToName(document, chain);
  return prepareDocument(context, document, original.value, gate.patient, stamper, replaces);
}

/** What is prepared leaves only when the rule packs in service let it. */
async function checked(
  conformance: Conformance,
  document: DocumentRecord,
  result: PreparedResult,
): Promise<{ readonly result: PreparedResult } & Pick<Awaited<ReturnType<Conformance['check']>>, 'judgements'>> {
  if (!result.ok || result.value.header === undefined || !conformance.active()) return { result, judgements: [] };
  const { refusal, warnings, judgements } = await conformance.check(document, result.value.cda);
  if (refusal !== undefined) return { result: { ok: false, refusal }, judgements };
  return { result: ok({ ...result.value, warnings: [...result.value.warnings, ...warnings] }), judgements };
}

/** Compared with the version that it would replace in the DMP, for as long as the content of that one is kept. */
async function saysNothingNew(
  context: UseCaseContext,
  version: Parameters<typeof isUnchanged>[0],
  chain: readonly ChainMember[],
): Promise<boolean> {
  if (version.document.action !== 'replace' || context.config.policy.unchangedVersion === 'send') return false;
  const turn = turnOf(version.document, chain);
  const before = turn.kind === 'go' && turn.original?.state === 'accepted' ? turn.original : undefined;
  if (before === undefined) return false;
  const original = originalOf(await loadMessage(context.pool, before.messageId, context.kept), before.part);
  return original.ok && isUnchanged(version, { document: before, original: original.value });
}

export async function identityOf(db: Db, document: DocumentRecord): Promise<FedPatient | undefined> {
  if (document.identityId !== null) {
    const matched = await fedPatientById(db, document, document.identityId);
    return matched?.mergedInto == null ? matched : fedPatientById(db, document, matched.mergedInto);
  }
  const { ipp, ippDomain } = document;
  if (ipp !== '') return fedPatientByIdentifier(db, document, { domain: ippDomain, value: ipp });
  const { matricule, oid } = document.notice.patient;
  return matricule === undefined || oid === undefined ? undefined : fedPatientByIns(db, document, { matricule, oid });
}

/** A number that was a known patient's is a candidate that the sender is told of, never a match (ins.md 1). */
async function unmatchedReason(db: Db, document: DocumentRecord, refusal: Refusal): Promise<Refusal> {
  const { matricule, oid } = document.notice.patient;
  if (document.ipp !== '' || matricule === undefined || oid === undefined) return refusal;
  const candidates = await holdersEver(db, { matricule, oid });
  return candidates.length === 0 ? refusal : { rule: identityLifecycleRules.formerInsAlone };
}

export async function gateNow(
  context: UseCaseContext,
  document: DocumentRecord,
  identity: FedPatient | undefined,
): Promise<Gate> {
  await listsInForce(context);
  const gate = gateOf(context, document, identity, false);
  if (identity === undefined && gate.kind === 'waiting')
    return { ...gate, refusal: await unmatchedReason(context.pool, document, gate.refusal) };
  if (gate.kind !== 'waiting' || gate.refusal.rule !== feedRules.lateQualification) return gate;
  const events = await eventsOf(context.pool, document.id);
  return events.some((event) => event.step === CONFIRMED_STEP) ? gateOf(context, document, identity, true) : gate;
}

/** What the reception already refused has only to be answered, once. */
async function answerUnreadable(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  delivery: DeliveryRecord,
): Promise<boolean> {
  if (document.ruleId === versionRules.identicalCopy.id) {
    await stepCopy(tx, context, document);
    return true;
  }
  const stopped = document.state === 'unreadable' || document.state === 'refused';
  if (!stopped || delivery.state !== 'waiting') return stopped;
  const rule = ruleById(document.ruleId ?? '') ?? gatewayRules.unexpected;
  await refuseDelivery(tx, context, document, delivery, {
    state: 'refused',
    refusal: { rule, ...(document.detail === null ? {} : { detail: document.detail }) },
  });
  return true;
}

async function step(
  tx: Db,
  context: UseCaseContext,
  looked: Looked,
  gate: Gate,
  prepared: PreparedResult | undefined,
): Promise<void> {
  const { document, delivery } = looked;
  if (gate.kind === 'waiting')
    return moveDelivery(tx, context, document, delivery, { state: 'waiting', step: 'waiting', refusal: gate.refusal });
  if (gate.kind === 'ended') return stopDelivery(tx, context, document, delivery, gate.refusal);
  if (prepared === undefined) throw new Error(`document ${document.id} passed the gate unprepared`);
  if (!prepared.ok && prepared.refusal.rule === policyRules.unchanged)
    return settleUnchanged(tx, context, document, delivery);
  if (!prepared.ok) return stopDelivery(tx, context, document, delivery, prepared.refusal);
  if (!(await enterChain(tx, context, looked))) return;
  const { cda, built, warnings } = prepared.value;
  // What we build is kept under the number of its transaction, which a lost one would give again.
  if (looked.identity !== undefined) await noteReissue(tx, context, document, looked.identity, built);
  if (built) await putBuiltCda(tx, document.id, cda, context.kept);
  else if (document.notice.legacy !== undefined) await dropBuiltCda(tx, document.id);
  else await commitLater(tx);
  for (const warning of warnings)
    await addDocumentEvent(tx, document.id, {
      at: context.now(),
      step: 'warning',
      ruleId: warning.rule.id,
      detail: warning.detail ?? null,
    });
  await moveDelivery(tx, context, document, delivery, { state: 'ready', step: 'prepared' });
  await addDeliveryTask(tx, 'deliver', document, delivery.id);
}
