/** The patient of the repository whom an old connector names by a number alone. */
import { computeInsC } from '../ins/ins-c.ts';
import { INS_OIDS } from '../ins/oids.ts';
import { legacyRules } from '../rules/legacy.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { identitiesOfInsC, keepInsC, withoutInsC } from '../store/computed-ins-c.ts';
import {
  type IdentityRecord,
  identitiesById,
  identityById,
  identityByIdentifier,
  identityByIns,
} from '../store/identities.ts';
import { bearersOfLegacyNumber } from '../store/legacy-numbers.ts';
import type { LegacyIdentifier } from '../wire/legacy/patient-info.ts';
import type { LegacyContext } from './context.ts';

/**
 * An INS-C designates nobody (ins.md 1). It is recognised here when it is the one that follows from the traits and the
 * matricule of a qualified identity, and of one only; else when documents of one patient alone came under it.
 */
export async function identityBehind(
  context: LegacyContext,
  { value, oid }: LegacyIdentifier,
): Promise<Result<IdentityRecord>> {
  const identity = await (oid === INS_OIDS.insC
    ? identityOfInsC(context, value)
    : identityOfNumber(context, value, oid));
  return identity === undefined ? refuse(legacyRules.patientUnknown) : ok(identity);
}

async function identityOfNumber(
  { pool }: LegacyContext,
  value: string,
  oid: string,
): Promise<IdentityRecord | undefined> {
  const found =
    (await identityByIns(pool, { matricule: value, oid })) ?? (await identityByIdentifier(pool, oid, value));
  return found?.mergedInto == null ? found : identityById(pool, found.mergedInto);
}

async function identityOfInsC(context: LegacyContext, insC: string): Promise<IdentityRecord | undefined> {
  const known = await bearers(context, insC);
  if (known.length > 0) return sole(known);
  await computeMissing(context);
  const computed = await bearers(context, insC);
  return computed.length > 0 ? sole(computed) : sole(await seenUnder(context, { value: insC, oid: INS_OIDS.insC }));
}

/** Those whose documents came under this number and were matched by local number and traits: a child on a parent's card. */
async function seenUnder({ pool }: LegacyContext, number: LegacyIdentifier): Promise<IdentityRecord[]> {
  const identities = await identitiesById(pool, await bearersOfLegacyNumber(pool, number));
  return identities.filter(({ active }) => active);
}

function sole(identities: readonly IdentityRecord[]): IdentityRecord | undefined {
  const [only, another] = identities;
  return another === undefined ? only : undefined;
}

/** Computed again: an identity may have changed since. */
async function bearers({ pool }: LegacyContext, insC: string): Promise<IdentityRecord[]> {
  const identities = await identitiesById(pool, await identitiesOfInsC(pool, insC));
  return identities.filter(
    ({ active, matricule, firstGivenName, birthDate }) =>
      active && matricule !== null && computeInsC({ firstGivenName, birthDate, nir: matricule }) === insC,
  );
}

/** 0.1 s: the first questions after a take-over of a million patients compute some of them each. */
const BATCH = 10_000;
const MOST_BATCHES = 10;

async function computeMissing({ pool }: LegacyContext): Promise<void> {
  for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
    const missing = await withoutInsC(pool, BATCH);
    const computed = missing.map((each) => ({ ...each, insC: computeInsC({ ...each, nir: each.matricule }) }));
    if (computed.length > 0) await keepInsC(pool, computed);
    if (missing.length < BATCH) return;
  }
}
