/**
 * Two records become one (A40), or a record changes its number (A47). The number that is given up designates the identity
 * that remains ever after; nothing of a qualified INS passes by itself from one record to the other. Source: ins.md 5.3.
 */
import type { Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import {
  addIdentifier,
  bearerOf,
  type Identifier,
  type IdentityRecord,
  identifiersOf,
  lockIdentities,
} from '../store/identities.ts';
import { addHistory } from '../store/identity-history.ts';
import { closeMerged, renumberRawDocuments, retireNumber } from '../store/merges.ts';
import type { Merge } from '../wire/hl7v2/merge.ts';
import { causeOf, receiveAdmission } from './admission.ts';
import type { Received } from './arrival.ts';
import { type Cause, NOTHING_ASKED, queueInsiIfDue, saveChange } from './change.ts';
import { keptApartElsewhere, passNumbers } from './domain-merge.ts';
import { numbersOf } from './matching.ts';
import { traitsOf } from './record.ts';
import { differingTraits } from './traits-input.ts';

/** Applies a merge or a change of number. Refused: nothing was changed. */
export async function receiveMerge(
  tx: Db,
  context: UseCaseContext,
  merge: Merge,
  source: Source,
): Promise<Result<Received>> {
  const trusted = context.config.context === 1 ? source.trustsIdentityStatus : source.upstreamIdentities;
  if (!trusted) return refuse(identityRules.mergeNotTrusted, { location: 'MSH-3' });
  const kept = numbersOf(context, source, merge.patient.ipps);
  const given = numbersOf(context, source, merge.retired);
  const parties = await lockParties(tx, kept, given);
  if (!parties.ok) return parties;
  const cause = causeOf(context, merge);
  const { survivor, losers } = parties.value;
  const remaining =
    survivor === undefined
      ? await renamed(tx, context, merge, source, losers)
      : await joined(tx, context, { survivor, losers, event: merge.event }, { given, source, cause });
  if (!remaining.ok) return remaining;
  await changeNumbers(tx, remaining.value, kept, given, cause);
  await addTask(tx, { kind: 'release', subject: remaining.value });
  // The identity that the message describes is applied last: the INS that it carries is free by now.
  if (merge.identity === undefined) return ok({ identityId: remaining.value });
  const described = await receiveAdmission(tx, context, merge.identity, source);
  return described.ok ? described : ok({ identityId: remaining.value, notice: described.refusal });
}

interface Parties {
  readonly survivor: IdentityRecord | undefined;
  /** Bearers of the numbers given up, the survivor apart. */
  readonly losers: readonly IdentityRecord[];
}

/** Merges that can pass between the reading of a number and the lock on its bearer. */
const MOST_MOVES = 5;

async function lockParties(
  tx: Db,
  kept: readonly Identifier[],
  given: readonly Identifier[],
): Promise<Result<Parties>> {
  const same = kept.some((one) => given.some(({ domain, value }) => one.domain === domain && one.value === value));
  if (same) return refuse(identityRules.mergeWithItself, { location: 'MRG-1' });
  for (let moves = 0; moves < MOST_MOVES; moves++) {
    const keptBearers = await bearersOf(tx, kept);
    const survivors = new Set(keptBearers.map(({ identityId }) => identityId));
    if (survivors.size > 1) return refuse(identityRules.ippConflict, { location: 'PID-3' });
    // The number to keep was itself given up: the two messages make a loop.
    if (keptBearers.length > 0 && keptBearers.every(({ retired }) => retired))
      return refuse(identityRules.mergeWithItself, { location: 'PID-3' });
    const givenBearers = (await bearersOf(tx, given)).map(({ identityId }) => identityId);
    const locked = await lockIdentities(tx, [...new Set([...survivors, ...givenBearers])]);
    const [survivorId] = survivors;
    const survivor = locked.find(({ id }) => id === survivorId);
    const losers = locked.filter(({ id }) => id !== survivorId);
    // Otherwise another merge has just ended: the numbers are read again, as it left them.
    if (locked.every(({ active }) => active)) return ok({ survivor, losers });
  }
  throw new Error('the numbers of a patient keep moving');
}

async function bearersOf(tx: Db, numbers: readonly Identifier[]) {
  const found = [];
  for (const number of numbers) found.push(await bearerOf(tx, number));
  return found.filter((bearer) => bearer !== undefined);
}

/**
 * The number to keep is not known here: the record of the other one takes it, whatever the event was called. Without
 * that record either, the message must describe its patient.
 */
async function renamed(
  tx: Db,
  context: UseCaseContext,
  merge: Merge,
  source: Source,
  losers: readonly IdentityRecord[],
): Promise<Result<string>> {
  const [only, second] = losers;
  if (second !== undefined) return refuse(identityRules.ippConflict, { location: 'MRG-1' });
  if (only !== undefined) return mayTouch(context, only) ? ok(only.id) : refuse(identityRules.mirrorReadOnly);
  if (merge.identity === undefined) return refuse(identityRules.mergeSurvivorUnknown, { location: 'PID-3' });
  const created = await receiveAdmission(tx, context, merge.identity, source);
  return created.ok ? ok(created.value.identityId) : created;
}

/** Two records that a person found to be one: as an A40 does, in whatever domains they have their numbers. */
export async function mergeRecords(
  tx: Db,
  context: UseCaseContext,
  pair: { readonly survivorId: string; readonly loserId: string },
  cause: Cause,
): Promise<Result<string>> {
  if (context.config.context !== 1) return refuse(identityRules.mirrorReadOnly);
  const locked = await lockIdentities(tx, [pair.survivorId, pair.loserId]);
  const [survivor, loser] = [pair.survivorId, pair.loserId].map((id) => locked.find((record) => record.id === id));
  if (survivor?.active !== true || loser?.active !== true || survivor.id === loser.id)
    return refuse(identityRules.mergedIdentity);
  const given = await identifiersOf(tx, loser.id);
  const kept = (await identifiersOf(tx, survivor.id)).filter(({ retired }) => retired !== true);
  const merged = await mergeInto(tx, context, { survivor, losers: [loser], event: 'A40' }, cause);
  if (!merged.ok) return merged;
  for (const number of kept) {
    const replaced = given.filter(({ domain }) => domain === number.domain);
    if (number === kept.find(({ domain }) => domain === number.domain))
      await renumberRawDocuments(tx, replaced, number);
  }
  await addTask(tx, { kind: 'release', subject: survivor.id });
  return merged;
}

/** Records that the software of another domain has apart stay two; the others become one. */
async function joined(
  tx: Db,
  context: UseCaseContext,
  { survivor, losers, event }: Joined,
  told: { readonly given: readonly Identifier[]; readonly source: Source; readonly cause: Cause },
): Promise<Result<string>> {
  const whole: IdentityRecord[] = [];
  const apart: IdentityRecord[] = [];
  for (const loser of losers) {
    const obstacle = obstacleTo(context, event, survivor, loser);
    if (obstacle !== undefined) return { ok: false, refusal: obstacle };
    const elsewhere = await keptApartElsewhere(tx, context.config, told.given, survivor.id, loser.id);
    (elsewhere ? apart : whole).push(loser);
  }
  for (const loser of apart)
    await passNumbers(tx, context.config, told.source, { given: told.given, survivor, loser }, told.cause);
  return mergeInto(tx, context, { survivor, losers: whole, event }, told.cause);
}

interface Joined {
  readonly survivor: IdentityRecord;
  readonly losers: readonly IdentityRecord[];
  readonly event: Merge['event'];
}

async function mergeInto(
  tx: Db,
  context: UseCaseContext,
  { survivor, losers, event }: Joined,
  cause: Cause,
): Promise<Result<string>> {
  for (const loser of losers) {
    const obstacle = obstacleTo(context, event, survivor, loser);
    if (obstacle !== undefined) return { ok: false, refusal: obstacle };
  }
  for (const loser of losers) await close(tx, survivor, loser, cause);
  if (losers.length > 0) {
    // Whoever opposed did it as the same person.
    const opposed = survivor.feedOpposition || losers.some(({ feedOpposition }) => feedOpposition);
    // The closed record may have been what kept INSi from naming this one.
    const freed = survivor.matricule === null && losers.some(({ matricule }) => matricule !== null);
    // So does what is asked about what they sent.
    const frozenAt = survivor.frozenAt ?? losers.find((loser) => loser.frozenAt !== null)?.frozenAt ?? null;
    // So was whoever was informed; and what leaves under one name would tell of the other.
    const informed = survivor.informedAt === null ? losers.find(({ informedAt }) => informedAt !== null) : undefined;
    const { informedAt, informedBy } = informed ?? survivor;
    const anonymous = survivor.anonymous || losers.some((loser) => loser.anonymous);
    const wishes = { feedOpposition: opposed, informedAt, informedBy, anonymous };
    const open = { ...survivor, frozenAt, ...wishes, ...(freed ? NOTHING_ASKED : {}) };
    const draft = await queueInsiIfDue(tx, context, open);
    await saveChange(tx, survivor, draft, { ...cause, event: 'après fusion' });
  }
  return ok(survivor.id);
}

/** A copy of an upstream repository is not merged by us, nor one of ours into a copy. */
function mayTouch({ config }: UseCaseContext, record: IdentityRecord): boolean {
  return config.context !== 1 || !record.mirror;
}

function obstacleTo(
  context: UseCaseContext,
  event: Merge['event'],
  survivor: IdentityRecord,
  loser: IdentityRecord,
): Refusal | undefined {
  if (event === 'A47') return { rule: identityRules.changeIsMerge, location: 'PID-3' };
  if (!mayTouch(context, survivor) || !mayTouch(context, loser)) return { rule: identityRules.mirrorReadOnly };
  const twoIns = survivor.matricule !== null && loser.matricule !== null;
  if (twoIns && (survivor.matricule !== loser.matricule || survivor.oid !== loser.oid))
    return { rule: identityRules.mergeOfTwoIns };
  if (survivor.fictive !== loser.fictive) return { rule: identityRules.mergeOfFictive };
  // An upstream repository has settled it; here it would take its INS from a person who is perhaps another.
  const differs = loser.matricule === null || loser.mirror ? [] : differingTraits(traitsOf(loser), traitsOf(survivor));
  if (differs.length > 0) return { rule: identityRules.mergeOfOtherTraits, detail: differs.join(', ') };
  return undefined;
}

async function close(tx: Db, survivor: IdentityRecord, loser: IdentityRecord, cause: Cause): Promise<void> {
  const { at, actor, source } = cause;
  const opposedBefore = survivor.feedOpposition;
  await closeMerged(tx, { loserId: loser.id, survivorId: survivor.id, at, actor, source, opposedBefore });
  await addTask(tx, { kind: 'match', subject: loser.id });
  const entry = { at: cause.at, actor: cause.actor, source: cause.source, requirement: 'ITI-30 A40' };
  await addHistory(tx, loser.id, {
    ...entry,
    event: `fusionnée dans le dossier ${survivor.id}`,
    before: { active: true },
    after: { active: false, mergedInto: survivor.id },
  });
  await addHistory(tx, survivor.id, {
    ...entry,
    // Said in words: a status among the changes would read as that of the identity kept.
    event: `fusion : reçoit le dossier ${loser.id}, de statut ${loser.status}`,
    before: undefined,
    after: undefined,
  });
}

/** Adds what is kept, retires what is given up, and lets the documents that wait under it follow. */
async function changeNumbers(
  tx: Db,
  identityId: string,
  kept: readonly Identifier[],
  given: readonly Identifier[],
  cause: Cause,
): Promise<void> {
  for (const number of kept) {
    if ((await bearerOf(tx, number)) !== undefined) continue;
    await addIdentifier(tx, identityId, number);
    await noteNumber(tx, identityId, cause, `identifiant ajouté : ${number.value} (domaine ${number.domain})`);
  }
  for (const number of given) {
    const bearer = await bearerOf(tx, number);
    await retireNumber(tx, identityId, number, cause.at);
    if (bearer?.retired !== true)
      await noteNumber(tx, identityId, cause, `identifiant abandonné : ${number.value} (domaine ${number.domain})`);
  }
  const [first] = kept;
  if (first !== undefined) await renumberRawDocuments(tx, given, first);
}

async function noteNumber(tx: Db, identityId: string, { at, actor, source }: Cause, event: string): Promise<void> {
  await addHistory(tx, identityId, {
    at,
    actor,
    source,
    event,
    requirement: null,
    before: undefined,
    after: undefined,
  });
}
