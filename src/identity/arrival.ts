/** What an arriving identity is made of, and the first row that it gets. */
import type { Source } from '../config/schema.ts';
import { newIdentity } from '../ins/status.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import type { Refusal } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import {
  addIdentifier,
  type Identifier,
  type IdentityRecord,
  identityByIdentifier,
  insertIdentities,
  insertIdentity,
  sameTraits,
  sameTraitsOf,
} from '../store/identities.ts';
import { addHistories, addHistory, type HistoryEntry } from '../store/identity-history.ts';
import type { Admission } from '../wire/hl7v2/admission.ts';
import { type Cause, traitColumns } from './change.ts';
import { columnsOf } from './record.ts';
import type { StrictInput } from './traits-input.ts';

/** What an admission did. `notice`: taken in, but something must be seen by the owner of that rule. */
export interface Received {
  readonly identityId: string;
  readonly notice?: Refusal;
}

export interface Arrival {
  readonly admission: Admission;
  readonly source: Source;
  readonly input: StrictInput;
  readonly identifiers: readonly Identifier[];
  readonly cause: Cause;
}

/** A record before anything is known of it but its traits: PROV, nothing asked. */
export function newRecord(context: UseCaseContext, input: StrictInput, mirror: boolean): IdentityRecord {
  const at = context.now();
  return {
    id: context.newUuid(),
    version: 1,
    mirror,
    active: true,
    mergedInto: null,
    ...columnsOf(newIdentity()),
    ...traitColumns(input),
    usedName: null,
    usedGivenName: null,
    insDoubt: null,
    insiHistory: null,
    insiTraits: null,
    insiState: 'none',
    insiRuleId: null,
    insiAskedAt: null,
    discrepancy: null,
    feedOpposition: false,
    informedAt: null,
    informedBy: null,
    anonymous: false,
    noInsReason: null,
    dmpState: null,
    dmpStateAt: null,
    frozenAt: null,
    createdAt: at,
    updatedAt: at,
  };
}

/** Antecedents with the same traits are named in the history for the cell; nothing is merged (ins.md 3). */
export async function insertNew(
  tx: Db,
  record: IdentityRecord,
  identifiers: readonly Identifier[],
  cause: Cause,
): Promise<void> {
  await insertIdentity(tx, record, identifiers);
  // Documents may already wait for this patient.
  await addTask(tx, { kind: 'release', subject: record.id });
  await addTask(tx, { kind: 'match', subject: record.id });
  const antecedents = await sameTraits(tx, record);
  await addHistory(tx, record.id, creationEntry(record, antecedents, cause));
}

/**
 * The identities of a file, together. Nothing is queued for each: a million tasks would stand in the way of admissions. The
 * file has its documents released and its duplicates looked for when it ends.
 */
export async function insertNewTogether(
  tx: Db,
  rows: readonly { readonly record: IdentityRecord; readonly identifiers: readonly Identifier[] }[],
  cause: Cause,
): Promise<void> {
  if (rows.length === 0) return;
  await insertIdentities(tx, rows);
  const records = rows.map(({ record }) => record);
  const known = await sameTraitsOf(tx, records);
  const entry = (record: IdentityRecord) => creationEntry(record, known.get(record.id) ?? [], cause);
  await addHistories(tx, new Map(records.map((record) => [record.id, entry(record)])));
}

function creationEntry({ status }: IdentityRecord, antecedents: readonly string[], cause: Cause): HistoryEntry {
  return {
    at: cause.at,
    actor: cause.actor,
    source: cause.source,
    event: antecedents.length === 0 ? 'création' : 'création, doublon potentiel',
    requirement: 'EXI ID 17',
    before: undefined,
    after: { status, ...(antecedents.length === 0 ? {} : { antecedents }) },
  };
}

/** Adds the local numbers that the identity does not bear yet; documents may already wait for one of them. */
export async function addNewIdentifiers(
  tx: Db,
  identityId: string,
  arrival: Pick<Arrival, 'identifiers' | 'cause'>,
): Promise<void> {
  const { identifiers, cause } = arrival;
  for (const identifier of identifiers) {
    const { domain, value } = identifier;
    if ((await identityByIdentifier(tx, domain, value)) !== undefined) continue;
    await addIdentifier(tx, identityId, identifier);
    await addHistory(tx, identityId, {
      at: cause.at,
      actor: cause.actor,
      source: cause.source,
      event: `identifiant ajouté : ${value} (domaine ${domain})`,
      requirement: null,
      before: undefined,
      after: undefined,
    });
    await addTask(tx, { kind: 'release', subject: identityId });
  }
}

/**
 * ZFA-9: only a stated choice changes what is known; `NA` says nothing. Whoever was asked was informed, and stays so.
 */
export function feedingAfter(
  known: Pick<IdentityRecord, 'feedOpposition' | 'informedAt' | 'informedBy'>,
  { admission, cause }: Arrival,
): Pick<IdentityRecord, 'feedOpposition' | 'informedAt' | 'informedBy'> {
  const { feedOpposition, informedAt, informedBy } = known;
  const feeding = admission.consent?.feeding;
  if (feeding !== 'IO' && feeding !== 'INO') return { feedOpposition, informedAt, informedBy };
  return {
    feedOpposition: feeding === 'IO',
    informedAt: informedAt ?? cause.at,
    informedBy: informedBy ?? `${cause.actor} (ZFA-9)`,
  };
}
