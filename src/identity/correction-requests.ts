/**
 * A correction that somebody else must make: opened, handed over, corrected, closed, with who and when. Meanwhile the
 * identity keeps only the proofs that the disagreement leaves standing, so nothing leaves on the side that is wrong.
 */
import {
  ADDRESSEES_OF,
  addresseeOf,
  CORRECTION_SIDES,
  type CorrectionAddressee,
  type CorrectionProposal,
  type CorrectionSide,
  type Disagreement,
  disagreements,
  proposeCorrection,
  type Sides,
} from '../ins/correction-route.ts';
import type { InsiTraits } from '../ins/insi-traits.ts';
import { mayCallInsi } from '../ins/status.ts';
import type { IdentityStatus, StrictTraits } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { identityRules } from '../rules/identity.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import {
  addCorrectionStep,
  type CorrectionRequest,
  type CorrectionState,
  correctionById,
  insertCorrection,
  lockCorrection,
} from '../store/corrections.ts';
import { type Db, transaction } from '../store/db.ts';
import { type IdentityRecord, identityById, lockIdentity } from '../store/identities.ts';
import { addHistory } from '../store/identity-history.ts';
import { type Draft, queueInsi, saveChange, withEvent } from './change.ts';
import { deskCause, type Editor } from './desk.ts';
import { placesMerged } from './places.ts';
import { givenTraitsOf, stateOf } from './record.ts';
import { strictTraits, type TraitsInput } from './traits-input.ts';

/** What was read on a source; what is not given is as in the identity. */
export type ReadTraits = { readonly [trait in keyof TraitsInput]?: TraitsInput[trait] | undefined };

export interface ReadSources {
  readonly document?: ReadTraits | undefined;
  /** Certificate of birth, or its extract. */
  readonly certificate?: ReadTraits | undefined;
  readonly sender?: ReadTraits | undefined;
  /** Of the document read. */
  readonly deviceType?: string | undefined;
}

export interface CorrectionAdvice {
  readonly proposal: CorrectionProposal;
  readonly differences: readonly Disagreement[];
  /** Whom to ask for each side, where it can be told. */
  readonly addressees: Readonly<Partial<Record<CorrectionSide, CorrectionAddressee>>>;
}

/** What the desk is told: which side is probably wrong, and who corrects it. */
export async function adviseCorrection(
  { pool }: UseCaseContext,
  id: string,
  read: ReadSources,
): Promise<Result<CorrectionAdvice>> {
  const record = await identityById(pool, id);
  return record === undefined ? refuse(apiRules.notFound) : adviceOf(pool, record, read);
}

async function adviceOf(db: Db, record: IdentityRecord, read: ReadSources): Promise<Result<CorrectionAdvice>> {
  const sides = sidesOf(record, read);
  if (!sides.ok) return sides;
  const { certificate, document, identity, insi } = sides.value;
  const merged = await placesMerged(db, (certificate ?? document ?? identity).birthPlace, insi?.birthPlace);
  const facts = {
    deviceType: read.deviceType ?? record.deviceType ?? undefined,
    birthPlace: (certificate ?? document ?? identity).birthPlace,
  };
  const addressees = CORRECTION_SIDES.flatMap((side) => {
    const addressee = addresseeOf(side, facts);
    return addressee === undefined ? [] : [[side, addressee] as const];
  });
  return ok({
    proposal: proposeCorrection(sides.value, merged),
    differences: disagreements(sides.value),
    addressees: Object.fromEntries(addressees),
  });
}

function sidesOf(record: IdentityRecord, { document, certificate, sender }: ReadSources): Result<Sides> {
  const identity = givenTraitsOf(record);
  const read: { document?: StrictTraits; certificate?: StrictTraits; sender?: StrictTraits } = {};
  for (const [name, values] of Object.entries({ document, certificate, sender })) {
    if (values === undefined) continue;
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
    const strict = strictTraits({ ...identity, ...withoutList(values), ...given });
    if (!strict.ok) return strict;
    read[name as keyof typeof read] = strict.value.traits;
  }
  const insi = record.insiTraits as InsiTraits | null;
  return ok({ identity, ...read, ...(insi !== null && { insi }) });
}

/** Another first given name was read alone: the list of the identity says nothing of that source. */
function withoutList({ firstGivenName, birthGivenNames }: ReadTraits): { birthGivenNames?: undefined } {
  return firstGivenName !== undefined && birthGivenNames === undefined ? { birthGivenNames: undefined } : {};
}

export interface CorrectionWanted extends ReadSources {
  readonly side: CorrectionSide;
  /** Absent: the one that the rules name. */
  readonly addressee?: CorrectionAddressee | undefined;
  readonly reason: string;
}

const SIDE_NAMES: Readonly<Record<CorrectionSide, string>> = {
  identity: 'identité enregistrée ici',
  sender: 'application émettrice',
  document: "document d'identité",
  registry: 'registre consulté par INSi',
};

/** Opens the correction, and takes from the identity what can no longer be relied on. */
export async function openCorrection(
  context: UseCaseContext,
  id: string,
  wanted: CorrectionWanted,
  editor: Editor,
): Promise<Result<CorrectionRequest>> {
  return transaction(context.pool, async (tx) => {
    const record = await lockIdentity(tx, id);
    if (!record.active) return refuse(identityRules.mergedIdentity);
    if (record.mirror) return refuse(identityRules.mirrorReadOnly);
    const advice = await adviceOf(tx, record, wanted);
    if (!advice.ok) return advice;
    const { differences, addressees } = advice.value;
    if (differences.length === 0) return refuse(identityLifecycleRules.nothingDiffers);
    const addressee = wanted.addressee ?? addressees[wanted.side];
    if (addressee === undefined || !ADDRESSEES_OF[wanted.side].includes(addressee))
      return refuse(identityLifecycleRules.addresseeToChoose, { detail: SIDE_NAMES[wanted.side] });
    const now = context.now();
    const request: CorrectionRequest = {
      id: context.newUuid(),
      identityId: id,
      side: wanted.side,
      addressee,
      differences,
      deviceType: wanted.deviceType ?? record.deviceType,
      reason: wanted.reason,
      state: 'opened',
      openedAt: now,
      openedBy: editor.name,
      updatedAt: now,
    };
    if (!(await insertCorrection(tx, request))) return refuse(identityLifecycleRules.correctionAlreadyOpen);
    const kept = withoutWhatFell(record, wanted.side);
    if (!kept.ok) return kept;
    await takeStep(tx, context, request, { step: 'opened', note: wanted.reason }, editor, record, kept.value);
    return ok(request);
  });
}

/** The proofs that rested on the side now said to be wrong; those that stand stay. */
function withoutWhatFell(record: IdentityRecord, side: CorrectionSide): Result<Draft> {
  const falls: Readonly<Record<CorrectionSide, Partial<Record<IdentityStatus, 'PROV' | 'VALI' | 'RECUP'>>>> = {
    // Its traits are wrong: what was checked against them proves nothing.
    identity: { QUAL: 'PROV', VALI: 'PROV', RECUP: 'PROV' },
    document: { QUAL: 'RECUP', VALI: 'PROV' },
    registry: { QUAL: 'VALI', RECUP: 'PROV' },
    sender: {},
  };
  const to = falls[side][record.status];
  return to === undefined ? ok(record) : withEvent(record, { type: 'downgraded', to });
}

/** Which step may follow which. */
const NEXT: Readonly<Record<CorrectionState, readonly CorrectionState[]>> = {
  opened: ['handed', 'corrected', 'closed'],
  handed: ['corrected', 'closed'],
  corrected: ['closed'],
  closed: [],
};

export function stepsAfter(state: CorrectionState): readonly CorrectionState[] {
  return NEXT[state];
}

/** A correction that the register is said to have made is verified at once: INSi is asked again. */
export async function advanceCorrection(
  context: UseCaseContext,
  requestId: string,
  { step, note }: { readonly step: CorrectionState; readonly note?: string | undefined },
  editor: Editor,
): Promise<Result<CorrectionRequest>> {
  return transaction(context.pool, async (tx) => {
    const read = await correctionById(tx, requestId);
    if (read === undefined) return refuse(apiRules.notFound);
    // The identity first, as the opening does.
    const record = await lockIdentity(tx, read.identityId);
    const request = await lockCorrection(tx, requestId);
    if (request === undefined) return refuse(apiRules.notFound);
    const said = note === undefined || note === '' ? null : note;
    if (!NEXT[request.state].includes(step) || (step === 'closed' && said === null))
      return refuse(identityLifecycleRules.correctionStepNotPossible, { detail: `${request.state} vers ${step}` });
    const asks = step === 'corrected' && request.side === 'registry' && record.active;
    const mayAsk = asks && mayCallInsi(stateOf(record), { trigger: 'operator', provAutomatic: false }).ok;
    const draft = mayAsk && context.config.insi !== undefined ? await queueInsi(tx, record) : record;
    await takeStep(tx, context, request, { step, note: said }, editor, record, draft);
    return ok({ ...request, state: step, updatedAt: context.now() });
  });
}

const STEP_EVENTS: Readonly<Record<CorrectionState, string>> = {
  opened: 'correction demandée',
  handed: 'demande de correction remise',
  corrected: 'correction annoncée',
  closed: 'dossier de correction clos',
};

/** The step, and its line in the history of the identity. */
async function takeStep(
  tx: Db,
  context: UseCaseContext,
  request: CorrectionRequest,
  { step, note }: { readonly step: CorrectionState; readonly note: string | null },
  editor: Editor,
  before: IdentityRecord,
  after: Draft,
): Promise<void> {
  const cause = deskCause(context, editor.name);
  const event = `${STEP_EVENTS[step]} : ${SIDE_NAMES[request.side]}${note === null ? '' : ` (${note})`}`;
  await addCorrectionStep(tx, request.id, { at: cause.at, actor: cause.actor, step, note });
  if (after !== before) return saveChange(tx, before, after, { ...cause, event });
  await addHistory(tx, before.id, { ...cause, event, requirement: null, before: undefined, after: undefined });
}
