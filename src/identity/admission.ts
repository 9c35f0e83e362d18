/** An identity arrives by ADT in an installation that carries the RI (context 1). */

import { type IdentityDevice, identityDevice } from '../codes/identity-devices.ts';
import { domainOf } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import {
  addIdentifier,
  type Identifier,
  type IdentityRecord,
  identityByIdentifier,
  lockIdentity,
} from '../store/identities.ts';
import type { Admission } from '../wire/hl7v2/admission.ts';
import { type Arrival, insertNew, newRecord, type Received } from './arrival.ts';
import { type Cause, type Draft, queueInsiIfDue, saveChange, traitColumns, withEvent } from './change.ts';
import { receiveMirrored } from './mirror.ts';
import { traitsOf } from './record.ts';
import { differingTraits, type StrictInput, strictTraits } from './traits-input.ts';

/** Creates or updates the identity of an ADT. Refused: nothing was changed. */
export async function receiveAdmission(
  tx: Db,
  context: UseCaseContext,
  admission: Admission,
  source: Source,
): Promise<Result<Received>> {
  const input = strictOfAdmission(admission);
  if (!input.ok) return input;
  const identifiers = identifiersOfAdmission(context, admission, source);
  const known = await findByIdentifiers(tx, identifiers);
  if (!known.ok) return known;
  const cause: Cause = {
    at: context.now(),
    actor: `source:${admission.header.sendingApplication.namespace ?? ''}`,
    source: `ADT^${admission.event} ${admission.header.controlId ?? ''}`.trim(),
  };
  const arrival: Arrival = { admission, source, input: input.value, identifiers, cause };
  if (context.config.context !== 1) return receiveMirrored(tx, context, known.value, arrival);
  return known.value === undefined ? create(tx, context, arrival) : update(tx, context, known.value, arrival);
}

/** PID-7, else the lunar date of ZFD-1. */
function strictOfAdmission({ patient, proof }: Admission): Result<StrictInput> {
  const lunar = proof?.lunarBirthDate;
  const raw =
    patient.birthDate ??
    (lunar === undefined ? '' : `${lunar.year}${lunar.month.padStart(2, '0')}${lunar.day.padStart(2, '0')}`);
  return strictTraits({
    birthName: patient.birthName,
    firstGivenName: patient.firstGivenName,
    birthGivenNames: patient.birthGivenNames,
    sex: patient.sex,
    birthDate: `${raw.slice(0, 4)}-${raw.slice(4, 6)}-${raw.slice(6, 8)}`,
    birthPlace: patient.birthPlace?.code,
  });
}

function identifiersOfAdmission(context: UseCaseContext, { patient }: Admission, source: Source): Identifier[] {
  return patient.ipps.map((ipp) => ({
    value: ipp.value,
    domain: domainOf(context.config, source, {
      namespace: ipp.authority.namespace ?? '',
      universalId: ipp.authority.universalId ?? '',
    }),
    kind: 'PI',
  }));
}

/** The one identity that these identifiers name; two different ones are a conflict that a person must settle. */
async function findByIdentifiers(
  tx: Db,
  identifiers: readonly Identifier[],
): Promise<Result<IdentityRecord | undefined>> {
  const found = new Map<string, IdentityRecord>();
  for (const { domain, value } of identifiers) {
    const record = await identityByIdentifier(tx, domain, value);
    if (record !== undefined) found.set(record.id, record);
  }
  if (found.size > 1) return refuse(identityRules.ippConflict, { location: 'PID-3' });
  const [only] = found.values();
  return ok(only === undefined ? undefined : await lockIdentity(tx, only.id));
}

async function create(tx: Db, context: UseCaseContext, arrival: Arrival): Promise<Result<Received>> {
  const blank = newRecord(context, arrival.input, false);
  await insertNew(tx, blank, arrival.identifiers, arrival.cause);
  const settled = declaredChanges(blank, arrival);
  const draft = await queueInsiIfDue(tx, settled.draft, askForProvisional(context));
  await saveChange(tx, blank, draft, { ...arrival.cause, event: 'admission' });
  return ok({ identityId: blank.id, ...(settled.notice === undefined ? {} : { notice: settled.notice }) });
}

async function update(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  arrival: Arrival,
): Promise<Result<Received>> {
  for (const identifier of arrival.identifiers)
    if ((await identityByIdentifier(tx, identifier.domain, identifier.value)) === undefined)
      await addIdentifier(tx, record.id, identifier);
  const differs = differingTraits(traitsOf(record), arrival.input.traits);
  // Strict traits that INSi gave are locked: a message says something else, a person looks (practice 3, ins.md 3).
  if (differs.length > 0 && record.matricule !== null)
    return ok({
      identityId: record.id,
      notice: { rule: identityRules.qualifiedTraitsLocked, detail: differs.join(', '), location: 'PID' },
    });
  let draft: Draft = record;
  if (differs.length > 0) {
    const backed = arrival.source.trustsIdentityStatus && arrival.admission.patient.identityStatus === 'VALI';
    const changed = withEvent(draft, { type: 'strictTraitChanged', deviceStillBacks: backed });
    if (!changed.ok) return changed;
    draft = { ...changed.value, insiState: 'none', insiRuleId: null, discrepancy: null };
  }
  if (record.matricule === null) draft = { ...draft, ...completedTraits(record, arrival.input, differs.length > 0) };
  const settled = declaredChanges(draft, arrival);
  draft = await queueInsiIfDue(tx, settled.draft, askForProvisional(context));
  await saveChange(tx, record, draft, {
    ...arrival.cause,
    event: differs.length > 0 ? `modification : ${differs.join(', ')}` : 'mise à jour',
  });
  return ok({ identityId: record.id, ...(settled.notice === undefined ? {} : { notice: settled.notice }) });
}

/** New traits replace the old ones; otherwise the message only fills what was missing. */
function completedTraits(record: IdentityRecord, input: StrictInput, replace: boolean): Partial<Draft> {
  if (replace) return traitColumns(input.traits, input.dateInterpreted);
  return {
    birthGivenNames: record.birthGivenNames ?? input.traits.birthGivenNames ?? null,
    birthPlace: record.birthPlace ?? input.traits.birthPlace ?? null,
  };
}

function askForProvisional({ config }: UseCaseContext): boolean {
  return config.insi?.askForProvisional ?? false;
}

/** A source that says VALI without naming the device still vouches for a high-trust one: it is recorded as such. */
const DECLARED_DEVICE: IdentityDevice = { code: 'DECL', label: 'déclaré par la source', trust: 'high' };
const ATTRIBUTE_CODES = { DOUT: 'douteuse', FICT: 'fictive', HOMD: 'homonyme', HOMA: 'homonyme' } as const;

/** What the message declares besides the traits: used names, check of a device, attributes, opposition. */
function declaredChanges(record: Draft, arrival: Arrival): { draft: Draft; notice?: Refusal } {
  const { admission, source, cause } = arrival;
  const { patient, proof, consent } = admission;
  let draft: Draft = {
    ...record,
    usedName: patient.usedName === undefined ? record.usedName : patient.usedName,
    usedGivenName: patient.usedGivenName === undefined ? record.usedGivenName : patient.usedGivenName,
    feedOpposition: consent?.feeding === 'IO' ? true : consent?.feeding === 'INO' ? false : record.feedOpposition,
  };
  if (!source.trustsIdentityStatus) return { draft };
  for (const code of patient.identityCodes) {
    const attribute = ATTRIBUTE_CODES[code as keyof typeof ATTRIBUTE_CODES];
    if (attribute === undefined || draft[attribute]) continue;
    const set = withEvent(draft, { type: 'attributeSet', attribute });
    if (!set.ok) return { draft, notice: set.refusal };
    draft = set.value;
  }
  const blocked = draft.douteuse || draft.fictive;
  if (patient.identityStatus !== 'VALI' || draft.deviceCheckedAt !== null || blocked) return { draft };
  const device = proof?.deviceType === undefined ? DECLARED_DEVICE : identityDevice(proof.deviceType);
  const checked = withEvent(draft, {
    type: 'deviceChecked',
    device,
    checkedAt: cause.at.toISOString(),
    checkedBy: cause.actor,
    coherent: true,
    // The desk that declares VALI has met the condition of a derogatory device (RNIV 1 §3.3.3).
    conditionConfirmed: true,
  });
  return checked.ok ? { draft: checked.value } : { draft, notice: { ...checked.refusal, location: 'ZFD-7' } };
}
