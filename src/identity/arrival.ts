/** What an arriving identity is made of, and the first row that it gets. */
import type { Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import type { Refusal } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { addHistory, type Identifier, type IdentityRecord, insertIdentity, sameTraits } from '../store/identities.ts';
import type { Admission } from '../wire/hl7v2/admission.ts';
import { type Cause, traitColumns } from './change.ts';
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
    status: 'PROV',
    homonyme: false,
    douteuse: false,
    fictive: false,
    ...traitColumns(input.traits, input.dateInterpreted),
    usedName: null,
    usedGivenName: null,
    matricule: null,
    oid: null,
    insObtainedAt: null,
    insiHistory: null,
    insiTraits: null,
    deviceType: null,
    deviceCheckedAt: null,
    deviceCheckedBy: null,
    insiState: 'none',
    insiRuleId: null,
    insiAskedAt: null,
    discrepancy: null,
    feedOpposition: false,
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
  const antecedents = await sameTraits(tx, record);
  await addHistory(tx, record.id, {
    at: cause.at,
    actor: cause.actor,
    source: cause.source,
    event: antecedents.length === 0 ? 'création' : 'création, doublon potentiel',
    requirement: 'EXI ID 17',
    before: undefined,
    after: { status: record.status, ...(antecedents.length === 0 ? {} : { antecedents }) },
  });
}
