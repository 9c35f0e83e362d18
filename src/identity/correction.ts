/**
 * A person corrects the traits of an identity. Free while nothing was proved; once a device was checked or INSi answered
 * the strict traits are locked, and changing one is an unlocking: the INS goes, and the check with it unless a device that
 * shows the new value is named (ins.md 3).
 */
import { givenNamesConsistent } from '../ins/traits.ts';
import type { CivilDate } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { identityRules } from '../rules/identity.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { type Draft, queueInsiIfDue, traitColumns, withEvent } from './change.ts';
import { type Editor, edit, type PresentedDevice, presentedDevice } from './desk.ts';
import { type StrictInput, strictTraits, TRAIT_NAMES, type TraitsInput } from './traits-input.ts';

type Changed = { readonly [trait in keyof TraitsInput]?: TraitsInput[trait] | undefined };

export interface TraitCorrection extends Changed {
  readonly usedName?: string | null | undefined;
  readonly usedGivenName?: string | null | undefined;
  /** The person completed the date herself: its year, or its decade, comes from the announced age (EXI ID 12). */
  readonly dateInterpreted?: boolean | undefined;
  /** Says that losing what was proved is meant. */
  readonly unlock?: boolean | undefined;
  /** The device that shows the new values; without one, the check recorded before falls with them. */
  readonly device?: PresentedDevice | undefined;
  readonly reason: string;
}

type StrictColumn = keyof typeof TRAIT_NAMES;
const STRICT = Object.keys(TRAIT_NAMES) as StrictColumn[];

export async function correctTraits(
  context: UseCaseContext,
  id: string,
  correction: TraitCorrection,
  editor: Editor,
): Promise<Result<IdentityRecord>> {
  let event = '';
  return edit(context, id, { actor: editor.name, event: () => event }, async (tx, record) => {
    const draft = await correctedDraft(tx, context, record, correction, editor);
    if (draft.ok)
      event = `${eventOf(STRICT.filter((trait) => draft.value[trait] !== record[trait]))} (${correction.reason})`;
    return draft;
  });
}

/** The identity with its traits corrected, without the proofs that the former ones had; or why it is refused. */
export async function correctedDraft(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  correction: TraitCorrection,
  editor: Editor,
): Promise<Result<Draft>> {
  if (record.mirror) return refuse(identityRules.mirrorReadOnly);
  const presented = correction.device === undefined ? undefined : presentedDevice(context, correction.device);
  if (presented !== undefined && !presented.ok) return presented;
  const input = strictTraits(inputOf(record, correction));
  if (!input.ok) return input;
  const wanted = wantedColumns(record, input.value, correction);
  const strict = STRICT.filter((trait) => wanted[trait] !== record[trait]);
  const changed = Object.entries(wanted).some(([column, value]) => record[column as keyof typeof wanted] !== value);
  if (!changed) return refuse(identityLifecycleRules.nothingToCorrect);
  if (strict.length === 0 || isExtensionOfFirstName(strict, wanted)) return ok({ ...record, ...wanted });
  const unlocked = unlockedFor(record, strict, correction, editor);
  if (!unlocked.ok) return unlocked;
  const draft: Result<Draft> =
    presented === undefined
      ? unlocked
      : withEvent(unlocked.value, { ...presented.value, type: 'deviceChecked', ...checkOf(correction, editor) });
  return draft.ok ? ok(await queueInsiIfDue(tx, context, { ...draft.value, ...wanted })) : draft;
}

function checkOf({ device }: TraitCorrection, { name }: Editor) {
  return { checkedBy: name, coherent: true, conditionConfirmed: device?.conditionConfirmed === true };
}

/** What was not given stays. */
function inputOf(record: IdentityRecord, correction: TraitCorrection): TraitsInput {
  const firstGivenName = correction.firstGivenName ?? record.firstGivenName;
  const kept = record.birthGivenNames ?? undefined;
  return {
    birthName: correction.birthName ?? record.birthName,
    firstGivenName,
    birthGivenNames: correction.birthGivenNames ?? kept,
    sex: correction.sex ?? record.sex,
    birthDate: correction.birthDate ?? record.birthDate,
    birthPlace: correction.birthPlace ?? record.birthPlace ?? undefined,
  };
}

function wantedColumns(record: IdentityRecord, input: StrictInput, correction: TraitCorrection) {
  // A date given again as it stands says nothing of how it came.
  const same = input.traits.birthDate === record.birthDate;
  const known = same && record.birthDateInterpreted;
  const asGiven = input.dateAsGiven ?? (same ? (record.birthDateAsGiven as CivilDate | null) : null);
  const { usedName, usedGivenName } = correction;
  return {
    ...traitColumns({
      traits: input.traits,
      dateInterpreted: input.dateInterpreted || (correction.dateInterpreted ?? known),
      ...(asGiven !== null && { dateAsGiven: asGiven }),
    }),
    usedName: usedName === undefined ? record.usedName : usedName,
    usedGivenName: usedGivenName === undefined ? record.usedGivenName : usedGivenName,
  };
}

/** ANNE made ANNE SOPHIE: only a person can tell a compound name, and INSi gave nothing that it contradicts (EXI ID 10). */
function isExtensionOfFirstName(strict: readonly StrictColumn[], wanted: ReturnType<typeof wantedColumns>): boolean {
  const { birthGivenNames, firstGivenName } = wanted;
  const only = strict.length === 1 && strict[0] === 'firstGivenName';
  return only && birthGivenNames !== null && givenNamesConsistent(firstGivenName, birthGivenNames);
}

/** The draft without what the former traits had proved; as it is when nothing was. */
function unlockedFor(
  record: IdentityRecord,
  strict: readonly StrictColumn[],
  { unlock }: TraitCorrection,
  { settles }: Editor,
): Result<Draft> {
  const proved = record.matricule !== null || record.deviceCheckedAt !== null;
  const names = strict.map((trait) => TRAIT_NAMES[trait]).join(', ');
  if (proved && unlock !== true) return refuse(identityLifecycleRules.traitsLocked, { detail: names });
  if (proved && !settles) return refuse(identityLifecycleRules.unlockNotAllowed, { detail: names });
  return withEvent(record, { type: 'strictTraitChanged', deviceStillBacks: false });
}

function eventOf(strict: readonly StrictColumn[]): string {
  if (strict.length === 0) return 'traits complémentaires corrigés';
  return `traits corrigés : ${strict.map((trait) => TRAIT_NAMES[trait]).join(', ')}`;
}
