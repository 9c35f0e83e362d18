/** An identity arrives by ADT; how it is treated in an installation that carries the RI (context 1). */

import { DECLARED_DEVICE_CODE, type IdentityDevice, identityDevice } from '../codes/identity-devices.ts';
import type { Source } from '../config/schema.ts';
import { isLunar, parseCivilDate } from '../ins/civil-date.ts';
import type { PlacesMerged } from '../ins/coherence.ts';
import type { CivilDate, IdentityAttribute } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Refusal, type Result } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { Admission } from '../wire/hl7v2/admission.ts';
import type { MessageHeader } from '../wire/hl7v2/header.ts';
import { type Arrival, addNewIdentifiers, feedingAfter, insertNew, newRecord, type Received } from './arrival.ts';
import {
  type Cause,
  type Draft,
  NOTHING_ASKED,
  queueInsiIfDue,
  saveChange,
  traitColumns,
  withEvent,
} from './change.ts';
import { findPatient, numbersOf } from './matching.ts';
import { receiveMirrored } from './mirror.ts';
import { placesMerged } from './places.ts';
import { closeAgreed, noteDiscrepancy } from './received-traits.ts';
import { traitsOf } from './record.ts';
import { contradictedTraits, differingTraits, type StrictInput, strictTraits } from './traits-input.ts';

/** Creates or updates the identity of an ADT. Refused: nothing was changed. */
export async function receiveAdmission(
  tx: Db,
  context: UseCaseContext,
  admission: Admission,
  source: Source,
): Promise<Result<Received>> {
  const input = strictOfAdmission(admission);
  if (!input.ok) return input;
  const identifiers = numbersOf(context, source, admission.patient.ipps);
  const known = await findPatient(tx, identifiers);
  if (!known.ok) return known;
  const record = known.value?.record;
  // A software that has not heard of the merge: it says nothing of the traits of the identity that remains.
  if (record !== undefined && known.value?.retired === true) {
    const differs = differingTraits(traitsOf(record), input.value.traits);
    if (differs.length > 0)
      return received(record.id, { rule: identityRules.retiredNumber, detail: differs.join(', '), location: 'PID-3' });
  }
  const cause = causeOf(context, admission);
  const arrival: Arrival = { admission, source, input: input.value, identifiers, cause };
  if (context.config.context !== 1) return receiveMirrored(tx, context, record, arrival);
  return record === undefined ? create(tx, context, arrival) : update(tx, context, record, arrival);
}

/** Who changes an identity by a message. */
export function causeOf(
  context: UseCaseContext,
  { header, event }: { readonly header: MessageHeader; readonly event: string },
): Cause {
  return {
    at: context.now(),
    actor: `source:${header.sendingApplication.namespace ?? ''}`,
    source: `ADT^${event} ${header.controlId ?? ''}`.trim(),
  };
}

/** PID-7, else the lunar date of ZFD-1. ZFD-4 says that the sender completed the date itself. */
function strictOfAdmission({ patient, proof }: Admission): Result<StrictInput> {
  const shown = shownDateOf(proof);
  const lunar = shown !== undefined && isLunar(shown) ? shown : undefined;
  const raw = patient.birthDate ?? shown?.replaceAll('-', '') ?? '';
  const input = strictTraits({
    birthName: patient.birthName,
    firstGivenName: patient.firstGivenName,
    birthGivenNames: patient.birthGivenNames,
    sex: patient.sex,
    birthDate: `${raw.slice(0, 4)}-${raw.slice(4, 6)}-${raw.slice(6, 8)}`,
    birthPlace: patient.birthPlace?.code,
  });
  if (!input.ok || (proof?.birthDateCorrected !== true && lunar === undefined)) return input;
  return ok({ ...input.value, dateInterpreted: true, ...(lunar !== undefined && { dateAsGiven: lunar }) });
}

/** ZFD-1: what the document shows, whatever PID-7 was completed to. */
function shownDateOf(proof: Admission['proof']): CivilDate | undefined {
  const given = proof?.lunarBirthDate;
  if (given === undefined) return undefined;
  const date = parseCivilDate(`${given.year}-${given.month.padStart(2, '0')}-${given.day.padStart(2, '0')}`);
  return date.ok ? date.value : undefined;
}

async function create(tx: Db, context: UseCaseContext, arrival: Arrival): Promise<Result<Received>> {
  const blank = newRecord(context, arrival.input, false);
  await insertNew(tx, blank, arrival.identifiers, arrival.cause);
  const declared = declaredChanges(context, blank, arrival, true);
  const draft = await queueInsiIfDue(tx, context, declared.draft);
  await saveChange(tx, blank, draft, { ...arrival.cause, event: 'admission' });
  return received(blank.id, declared.notice);
}

async function update(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  arrival: Arrival,
): Promise<Result<Received>> {
  await addNewIdentifiers(tx, record.id, arrival);
  const merged = await placesMerged(tx, record.birthPlace, arrival.input.traits.birthPlace);
  const { differs, draft: changed } = withReceivedTraits(record, arrival, merged);
  const locked = differs.length > 0 && changed === record;
  const declared = declaredChanges(context, changed, arrival, !locked);
  const due = mayAskAgain(record, declared.draft, differs.length > 0);
  const draft = due ? await queueInsiIfDue(tx, context, declared.draft) : declared.draft;
  const applied = differs.length > 0 && !locked;
  await saveChange(tx, record, draft, {
    ...arrival.cause,
    event: applied ? `modification : ${differs.join(', ')}` : 'mise à jour',
  });
  if (locked) await noteDiscrepancy(tx, context, record, arrival.input.traits, arrival.cause);
  else if (differs.length === 0)
    await closeAgreed(tx, record, arrival.cause, { actor: arrival.cause.actor, traits: arrival.input.traits });
  const refused: Refusal | undefined = locked
    ? { rule: identityRules.qualifiedTraitsLocked, detail: differs.join(', '), location: 'PID' }
    : undefined;
  return received(record.id, declared.notice ?? refused);
}

function received(identityId: string, notice: Refusal | undefined): Result<Received> {
  return ok({ identityId, ...(notice === undefined ? {} : { notice }) });
}

/**
 * The traits of the message, where they may be taken. Those that INSi gave are locked, and those that a device proved
 * give way only to a source whose status is trusted: otherwise the record comes back as it was, and a person looks
 * (practice 3, ins.md 3). New traits lose the proofs of the former ones; what was missing is only filled in.
 */
function withReceivedTraits(
  record: IdentityRecord,
  arrival: Arrival,
  merged: PlacesMerged,
): { differs: string[]; draft: Draft } {
  const { input, source } = arrival;
  if (record.matricule !== null)
    return { differs: contradictedTraits(traitsOf(record), input.traits, merged), draft: record };
  const differs = differingTraits(traitsOf(record), input.traits, merged);
  if (differs.length === 0) return { differs, draft: withMissingTraits(record, input) };
  if (record.deviceCheckedAt !== null && !source.trustsIdentityStatus) return { differs, draft: record };
  const changed = withEvent(record, { type: 'strictTraitChanged', deviceStillBacks: false });
  if (!changed.ok) return { differs, draft: record };
  return { differs, draft: { ...changed.value, ...traitColumns(input) } };
}

/** A search that found nobody, or several persons, may succeed with what has just been filled in. */
export function withMissingTraits(
  record: IdentityRecord,
  { traits, dateInterpreted, dateAsGiven }: StrictInput,
): Draft {
  const filled: Draft = {
    ...record,
    birthGivenNames: record.birthGivenNames ?? traits.birthGivenNames ?? null,
    birthPlace: record.birthPlace ?? traits.birthPlace ?? null,
    birthDateInterpreted: record.birthDateInterpreted || dateInterpreted,
    birthDateAsGiven: record.birthDateAsGiven ?? dateAsGiven ?? null,
  };
  const more = filled.birthGivenNames !== record.birthGivenNames || filled.birthPlace !== record.birthPlace;
  const searched = record.insiState === 'not-found' || record.insiState === 'several';
  return more && searched ? { ...filled, ...NOTHING_ASKED } : filled;
}

/** An INS that a person took away does not come back with the next message: only new traits or a new check ask again. */
function mayAskAgain(before: IdentityRecord, after: Draft, traitsDiffer: boolean): boolean {
  const newTraits = traitsDiffer || before.insiState !== after.insiState;
  const newCheck = String(before.deviceCheckedAt) !== String(after.deviceCheckedAt);
  return before.insiAskedAt === null || newTraits || newCheck;
}

/** What the message declares besides the traits: used names, opposition, attributes, check of a device. */
function declaredChanges(
  { config }: UseCaseContext,
  record: Draft,
  arrival: Arrival,
  traitsAgree: boolean,
): { draft: Draft; notice?: Refusal | undefined } {
  const { admission, source } = arrival;
  const { patient } = admission;
  const draft: Draft = {
    ...record,
    usedName: patient.usedName === undefined ? record.usedName : patient.usedName,
    usedGivenName: patient.usedGivenName === undefined ? record.usedGivenName : patient.usedGivenName,
    ...feedingAfter(record, arrival),
  };
  if (!source.trustsIdentityStatus) return { draft };
  const marked = withAttributes(draft, patient.identityCodes);
  if (marked.notice !== undefined || marked.draft.douteuse || marked.draft.fictive) return marked;
  if (patient.identityStatus === 'PROV') return { draft: withoutDeclaredCheck(marked.draft, arrival) };
  if (patient.identityStatus !== 'VALI' || marked.draft.deviceCheckedAt !== null || !traitsAgree) return marked;
  return withDeclaredCheck(marked.draft, arrival, config.identityDevices);
}

const ATTRIBUTE_CODES: Readonly<Record<string, IdentityAttribute>> = {
  FICT: 'fictive',
  DOUT: 'douteuse',
  HOMD: 'homonyme',
  HOMA: 'homonyme',
};

/** Attributes are set by messages and cleared by persons. FICT stands alone: it takes the place of a homonym's marker. */
function withAttributes(record: Draft, codes: readonly string[]): { draft: Draft; notice?: Refusal } {
  let draft = record;
  const attributes = new Set(Object.entries(ATTRIBUTE_CODES).flatMap(([code, is]) => (codes.includes(code) ? is : [])));
  if (attributes.has('fictive')) {
    attributes.delete('homonyme');
    const alone = draft.homonyme ? withEvent(draft, { type: 'attributeCleared', attribute: 'homonyme' }) : ok(draft);
    if (alone.ok) draft = alone.value;
  }
  for (const attribute of attributes) {
    if (draft[attribute]) continue;
    const set = withEvent(draft, { type: 'attributeSet', attribute });
    if (!set.ok) return { draft, notice: { ...set.refusal, location: 'PID-32' } };
    draft = set.value;
  }
  return { draft };
}

/**
 * The application that declared the check takes it back: an identity message (A28, A31) says PROV where it said VALI. A
 * movement never does, nor does an application that did not make the check (ins.md 5.3).
 */
function withoutDeclaredCheck(draft: Draft, { admission, cause }: Arrival): Draft {
  const identityMessage = admission.event === 'A28' || admission.event === 'A31';
  if (!identityMessage || draft.deviceCheckedBy !== cause.actor) return draft;
  const downgraded = withEvent(draft, { type: 'downgraded', to: draft.status === 'QUAL' ? 'RECUP' : 'PROV' });
  return downgraded.ok ? downgraded.value : draft;
}

/** A source that says VALI without naming the device still vouches for a high-trust one: it is recorded as such. */
export const DECLARED_DEVICE: IdentityDevice = {
  code: DECLARED_DEVICE_CODE,
  label: 'déclaré par la source',
  trust: 'high',
};

function withDeclaredCheck(
  draft: Draft,
  { admission, cause }: Arrival,
  devices: readonly IdentityDevice[],
): { draft: Draft; notice?: Refusal } {
  const deviceType = admission.proof?.deviceType;
  const checked = withEvent(draft, {
    type: 'deviceChecked',
    device: deviceType === undefined ? DECLARED_DEVICE : identityDevice(deviceType, devices),
    checkedAt: cause.at.toISOString(),
    checkedBy: cause.actor,
    coherent: true,
    // The desk that declares VALI has met the condition of a derogatory device (RNIV 1 §3.3.3).
    conditionConfirmed: true,
  });
  return checked.ok ? { draft: checked.value } : { draft, notice: { ...checked.refusal, location: 'ZFD-7' } };
}
