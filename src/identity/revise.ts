/** An application writes an identity anew (FHIR update, CSV line): what it may change, and what stays locked. */
import type { PlacesMerged } from '../ins/coherence.ts';
import type { IdentityAttribute } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  bearerOf,
  type Identifier,
  type IdentityRecord,
  identifiersOf,
  identityById,
  lockIdentity,
  lockNumbers,
} from '../store/identities.ts';
import { withMissingTraits } from './admission.ts';
import { addNewIdentifiers } from './arrival.ts';
import {
  type Cause,
  type Draft,
  NOTHING_ASKED,
  queueInsiIfDue,
  saveChange,
  traitColumns,
  withEvent,
} from './change.ts';
import { deskCause, localNumbers, type NewPatient, withAttributesSet } from './desk.ts';
import { placesMerged } from './places.ts';
import { traitsOf } from './record.ts';
import { contradictedTraits, differingTraits, type StrictInput, strictTraits } from './traits-input.ts';

/** What a caller wants an identity to be. A status is not among it: it takes proofs (practice 2). */
interface Revision {
  readonly input: StrictInput;
  /** Null takes the used name away. */
  readonly usedName: string | null;
  readonly usedGivenName: string | null;
  /** Those that it does not bear yet are added; none is taken away. */
  readonly identifiers: readonly Identifier[];
  /** Those that it does not carry yet are set; a person alone clears one. */
  readonly attributes: readonly IdentityAttribute[];
}

/** `unchanged` says whether the identity is still what the caller started from, once it is locked. */
export async function revisePatient(
  context: UseCaseContext,
  id: string,
  patient: NewPatient,
  unchanged: (record: IdentityRecord, identifiers: readonly Identifier[]) => Result<true>,
  actor: string,
): Promise<Result<IdentityRecord>> {
  const input = strictTraits(patient);
  if (!input.ok) return input;
  const identifiers = localNumbers(context.config, patient.identifiers);
  return transaction(context.pool, async (tx) => {
    await lockNumbers(tx, identifiers);
    const record = await lockIdentity(tx, id);
    const current = unchanged(record, await identifiersOf(tx, id));
    if (!current.ok) return current;
    const revised = await applyRevision(tx, context, record, deskCause(context, actor), {
      input: input.value,
      usedName: patient.usedName ?? null,
      usedGivenName: patient.usedGivenName ?? null,
      identifiers,
      attributes: patient.attributes ?? [],
    });
    if (!revised.ok) return revised;
    const after = await identityById(tx, id);
    return after === undefined ? refuse(apiRules.notFound) : ok(after);
  });
}

/** Writes the revision of a locked identity; gives whether anything changed. Refused: nothing was written. */
export async function applyRevision(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  cause: Cause,
  revision: Revision,
): Promise<Result<boolean>> {
  if (context.config.context !== 1 || record.mirror) return refuse(identityRules.mirrorReadOnly);
  if (!record.active) return refuse(identityRules.mergedIdentity);
  const known = [];
  for (const number of revision.identifiers) known.push(await bearerOf(tx, number));
  if (known.some((bearer) => bearer !== undefined && bearer.identityId !== record.id))
    return refuse(identityRules.ippConflict, { location: 'identifiers' });
  const merged = await placesMerged(tx, record.birthPlace, revision.input.traits.birthPlace);
  const traits = revisedTraits(record, revision.input, merged);
  if (!traits.ok) return traits;
  const named: Draft = { ...traits.value.draft, usedName: revision.usedName, usedGivenName: revision.usedGivenName };
  const marked = withAttributesSet(named, revision.attributes);
  if (!marked.ok) return marked;
  const asks = traits.value.differs.length > 0 && marked.value.insiState === 'none';
  const draft = asks ? await queueInsiIfDue(tx, context, marked.value) : marked.value;
  const { differs } = traits.value;
  await addNewIdentifiers(tx, record.id, { identifiers: revision.identifiers, cause });
  const event = differs.length > 0 ? `modification : ${differs.join(', ')}` : 'mise à jour';
  await saveChange(tx, record, draft, { ...cause, event });
  return ok(known.includes(undefined) || JSON.stringify(draft) !== JSON.stringify(record));
}

/**
 * The traits of INSi are locked, and so are those that a device proved: whoever is not the person at the desk cannot
 * tell which side is wrong (practice 3, ins.md 3). New traits lose what was asked about the former ones.
 */
function revisedTraits(
  record: IdentityRecord,
  input: StrictInput,
  merged: PlacesMerged,
): Result<{ differs: string[]; draft: Draft }> {
  const { traits } = input;
  if (record.matricule !== null) {
    const contradicted = contradictedTraits(traitsOf(record), traits, merged);
    return contradicted.length === 0 ? ok({ differs: [], draft: record }) : locked(contradicted);
  }
  const differs = differingTraits(traitsOf(record), traits, merged);
  if (differs.length === 0) return ok({ differs, draft: withMissingTraits(record, input) });
  if (record.deviceCheckedAt !== null) return locked(differs);
  const changed = withEvent(record, { type: 'strictTraitChanged', deviceStillBacks: false });
  if (!changed.ok) return changed;
  const columns = traitColumns(input);
  const birthPlace = columns.birthPlace ?? record.birthPlace;
  return ok({ differs, draft: { ...changed.value, ...NOTHING_ASKED, ...columns, birthPlace } });
}

function locked(traits: readonly string[]): Result<never> {
  return refuse(identityRules.qualifiedTraitsLocked, { detail: traits.join(', ') });
}
