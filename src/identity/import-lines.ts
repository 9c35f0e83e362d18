/** Lines of a patient file become identities, or bring known ones up to date. No line raises a status (practice 2). */
import type { UseCaseContext } from '../queue/context.ts';
import { patientFileRules } from '../rules/patient-files.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { bearersOf, type Identifier, type IdentityRecord, lockIdentities, lockIdentity } from '../store/identities.ts';
import { insertNewTogether, newRecord } from './arrival.ts';
import type { Cause } from './change.ts';
import { traitsOf } from './record.ts';
import { applyRevision } from './revise.ts';
import { differingTraits, type StrictInput, strictTraits, type TraitsInput } from './traits-input.ts';

/** What a line says, column by column; what is absent says nothing. */
export interface FileLine extends Partial<TraitsInput> {
  readonly usedName?: string | undefined;
  readonly usedGivenName?: string | undefined;
  readonly number: Identifier;
  /** An earlier line of the file seems to bear the same number. */
  readonly repeated: boolean;
}

export type LineOutcome =
  | { readonly kind: 'created' | 'updated' | 'unchanged' }
  | { readonly kind: 'rejected'; readonly refusal: Refusal };

export interface FileRules {
  /** What becomes of a line whose number is already borne. */
  readonly known: 'reject' | 'update';
  /** What an earlier part of the file would have written is not there in a rehearsal. */
  readonly rehearsal: boolean;
  readonly cause: Cause;
}

interface Candidate {
  readonly line: FileLine;
  readonly input: StrictInput;
}

/** In the order of the lines. One transaction: all of it is kept or none. */
export async function importLines(
  tx: Db,
  context: UseCaseContext,
  lines: readonly FileLine[],
  rules: FileRules,
): Promise<LineOutcome[]> {
  const outcomes = new Map<FileLine, LineOutcome>();
  const candidates: Candidate[] = [];
  for (const line of lines) {
    const input = strictOf(line);
    if (input.ok) candidates.push({ line, input: input.value });
    else outcomes.set(line, rejected(input.refusal));
  }
  const bearers = await bearersOf(
    tx,
    candidates.map(({ line }) => line.number),
  );
  const fresh: Candidate[] = [];
  const taken = new Set<string>();
  for (const candidate of candidates) {
    const { number, repeated } = candidate.line;
    const key = keyOf(number);
    const again = taken.has(key) || (repeated && (rules.rehearsal || bearers.has(key)));
    if (again) outcomes.set(candidate.line, rejected({ rule: patientFileRules.numberRepeated }));
    else if (!bearers.has(key)) fresh.push(candidate);
    taken.add(key);
  }
  await insertNewTogether(tx, newRows(context, fresh), rules.cause);
  for (const { line } of fresh) outcomes.set(line, { kind: 'created' });
  await withKnown(
    tx,
    context,
    candidates.filter(({ line }) => !outcomes.has(line)),
    { bearers, rules, outcomes },
  );
  return lines.map((line) => outcomes.get(line) ?? { kind: 'unchanged' });
}

function keyOf({ domain, value }: Identifier): string {
  return `${domain}|${value}`;
}

function rejected(refusal: Refusal): LineOutcome {
  return { kind: 'rejected', refusal };
}

function strictOf({
  birthName = '',
  firstGivenName = '',
  birthDate = '',
  sex = '',
  ...more
}: FileLine): Result<StrictInput> {
  if (!/^[MFI]$/.test(sex)) return refuse(patientFileRules.sexUnknown);
  return strictTraits({ ...more, birthName, firstGivenName, birthDate, sex });
}

function newRows(context: UseCaseContext, candidates: readonly Candidate[]) {
  return candidates.map(({ line, input }) => ({
    record: {
      ...newRecord(context, input, false),
      usedName: line.usedName ?? null,
      usedGivenName: line.usedGivenName ?? null,
    },
    identifiers: [line.number],
  }));
}

/** Locked together in one order, as merges do; each is then revised as an application would revise it. */
async function withKnown(
  tx: Db,
  context: UseCaseContext,
  candidates: readonly Candidate[],
  {
    bearers,
    rules,
    outcomes,
  }: { bearers: Map<string, string>; rules: FileRules; outcomes: Map<FileLine, LineOutcome> },
): Promise<void> {
  const ids = candidates.map(({ line }) => bearers.get(keyOf(line.number)) ?? '');
  await lockIdentities(tx, [...new Set(ids)]);
  for (const [index, { line, input }] of candidates.entries()) {
    // As it is after the line before, which may speak of the same patient by another number.
    const record = await lockIdentity(tx, ids[index] ?? '');
    const outcome =
      rules.known === 'update'
        ? await revised(tx, context, record, { line, input }, rules.cause)
        : compared(record, input);
    outcomes.set(line, outcome.ok ? { kind: outcome.value ? 'updated' : 'unchanged' } : rejected(outcome.refusal));
  }
}

/** A file that is imported twice changes nothing the second time, whatever the policy. */
function compared(record: IdentityRecord, input: StrictInput): Result<boolean> {
  const differs = differingTraits(traitsOf(record), input.traits);
  return differs.length === 0 ? ok(false) : refuse(patientFileRules.numberKnown, { detail: differs.join(', ') });
}

async function revised(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  { line, input }: Candidate,
  cause: Cause,
): Promise<Result<boolean>> {
  return applyRevision(tx, context, record, cause, {
    input,
    usedName: line.usedName ?? record.usedName,
    usedGivenName: line.usedGivenName ?? record.usedGivenName,
    identifiers: [line.number],
    attributes: [],
  });
}
