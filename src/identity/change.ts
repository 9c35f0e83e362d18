/** One way to change an identity: the row, its history and the work that follows, in one transaction. */
import { applyEvent, type IdentityEvent, mayCallInsi } from '../ins/status.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Result } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { type IdentityRecord, updateIdentity } from '../store/identities.ts';
import { addHistory } from '../store/identity-history.ts';
import { dropInsiRequest } from '../store/insi-requests.ts';
import { formerNumbers, noteIns } from '../store/known-ins.ts';
import { frozenBy } from './recall-proposals.ts';
import { closeAgreed } from './received-traits.ts';
import { columnsOf, insOf, stateOf, traitsOf } from './record.ts';
import { differingTraits, type StrictInput } from './traits-input.ts';

/** Who changes the identity, and on what ground. */
export interface Cause {
  readonly at: Date;
  /** `user:…`, `token:…`, `source:…`, `system`. */
  readonly actor: string;
  /** What it came from: a message, INSi, the desk. */
  readonly source: string;
}

/** An identity about to be saved. */
export type Draft = IdentityRecord;

/** Columns of strict traits. */
export function traitColumns({ traits, dateInterpreted, dateAsGiven }: StrictInput) {
  return {
    birthName: traits.birthName,
    firstGivenName: traits.firstGivenName,
    birthGivenNames: traits.birthGivenNames ?? null,
    sex: traits.sex,
    birthDate: traits.birthDate,
    birthDateInterpreted: dateInterpreted,
    birthDateAsGiven: dateAsGiven ?? null,
    birthPlace: traits.birthPlace ?? null,
  };
}

/**
 * The draft after an RNIV event, or why the event is not allowed. What INSi said, or was about to be asked, goes with the
 * proof that the event takes away.
 */
export function withEvent(draft: Draft, event: IdentityEvent): Result<Draft> {
  const applied = applyEvent(stateOf(draft), event);
  if (!applied.ok) return applied;
  const columns = columnsOf(applied.value.state);
  const after: Draft = { ...draft, ...columns, insDoubt: columns.matricule === null ? null : draft.insDoubt };
  const lostProof = draft.matricule !== null || (draft.deviceCheckedAt !== null && after.deviceCheckedAt === null);
  const asksNoMore = lostProof || after.douteuse || after.fictive || event.type === 'strictTraitChanged';
  return ok(after.matricule === null && asksNoMore ? { ...after, ...NOTHING_ASKED } : after);
}

/** INSi has not been asked about these traits. */
export const NOTHING_ASKED = { insiState: 'none', insiRuleId: null, discrepancy: null } as const;

/** Columns that history shows; the rest is bookkeeping. */
const TRACED = [
  'status',
  'homonyme',
  'douteuse',
  'fictive',
  'birthName',
  'firstGivenName',
  'birthGivenNames',
  'sex',
  'birthDate',
  'birthDateInterpreted',
  'birthDateAsGiven',
  'birthPlace',
  'usedName',
  'usedGivenName',
  'matricule',
  'oid',
  'insMode',
  'insDoubt',
  'deviceType',
  'deviceCheckedAt',
  'deviceCheckedBy',
  'insObtainedAt',
  'insiState',
  'insiRuleId',
  'feedOpposition',
  'informedAt',
  'anonymous',
  'noInsReason',
  'dmpState',
  'frozenAt',
  'active',
] as const satisfies readonly (keyof IdentityRecord)[];

/** What the search for duplicates looks at (src/matching), and what may settle one INS that two records claim. */
const COMPARED: ReadonlySet<string> = new Set<(typeof TRACED)[number]>([
  'fictive',
  'birthName',
  'firstGivenName',
  'birthGivenNames',
  'sex',
  'birthDate',
  'birthDateInterpreted',
  'birthPlace',
  'usedName',
  'usedGivenName',
  'matricule',
  'active',
]);

function differences(before: IdentityRecord, after: IdentityRecord) {
  const changed = TRACED.filter((key) => String(before[key] ?? '') !== String(after[key] ?? ''));
  const pick = (record: IdentityRecord) => Object.fromEntries(changed.map((key) => [key, record[key]]));
  return { changed, before: pick(before), after: pick(after) };
}

/**
 * Asks INSi without a person where practice 1 allows it; the draft then says that the question is in the queue. `turn`: whose
 * turn it waits for in the queue; by default that of who is admitted or stands at a desk.
 */
export async function queueInsiIfDue(tx: Db, { config }: UseCaseContext, draft: Draft, turn?: string): Promise<Draft> {
  if (config.insi === undefined || draft.insiState !== 'none' || draft.matricule !== null) return draft;
  const provAutomatic = config.insi.askForProvisional;
  const allowed = mayCallInsi(stateOf(draft), { trigger: 'automatic', provAutomatic }).ok;
  return allowed ? queueInsi(tx, draft, turn) : draft;
}

/** Puts the question to INSi in the queue, once. */
export async function queueInsi(tx: Db, draft: Draft, turn?: string): Promise<Draft> {
  if (draft.insiState === 'queued') return draft;
  // Of a question that was withdrawn before it was answered.
  await dropInsiRequest(tx, draft.id);
  await addTask(tx, { kind: 'insi', subject: draft.id, eg: turn });
  return { ...draft, ...NOTHING_ASKED, insiState: 'queued' };
}

/**
 * Writes the change with its history, and wakes the documents of this patient: what they wait for may have come, or the
 * reason may be another one now. A change of nothing writes nothing.
 */
export async function saveChange(
  tx: Db,
  before: IdentityRecord,
  wanted: Draft,
  cause: Cause & { event: string; requirement?: string },
): Promise<void> {
  const after = { ...wanted, frozenAt: await frozenBy(tx, before, wanted, cause) };
  const change = differences(before, after);
  const bookkeeping =
    before.insiAskedAt !== after.insiAskedAt ||
    before.discrepancy !== after.discrepancy ||
    String(before.dmpStateAt) !== String(after.dmpStateAt);
  if (change.changed.length === 0 && !bookkeeping) return;
  await updateIdentity(tx, { ...after, updatedAt: cause.at });
  await noteNumbers(tx, before, after, cause.at);
  if (differingTraits(traitsOf(before), traitsOf(after)).length > 0) await closeAgreed(tx, after, cause, undefined);
  if (change.changed.length === 0) return;
  await addHistory(tx, after.id, {
    at: cause.at,
    actor: cause.actor,
    source: cause.source,
    event: cause.event,
    requirement: cause.requirement ?? null,
    before: change.before,
    after: change.after,
  });
  await addTask(tx, { kind: 'release', subject: after.id });
  const claimed = before.insiRuleId === identityRules.duplicateActiveIns.id;
  if (claimed || change.changed.some((key) => COMPARED.has(key)))
    await addTask(tx, { kind: 'match', subject: after.id });
}

/**
 * Every number that the identity bears or bore is kept. One that a new one of the same person replaces (NIA become NIR,
 * civil sex, correction of the register) is that person's for ever; one that was taken away here may be somebody else's.
 */
async function noteNumbers(tx: Db, before: IdentityRecord, after: Draft, at: Date): Promise<void> {
  const [had, has] = [insOf(before), insOf(after)];
  const changed = had?.matricule !== has?.matricule || had?.oid !== has?.oid;
  if (had !== undefined && changed) await noteIns(tx, after.id, had, has === undefined ? 'withdrawn' : 'former', at);
  if (has === undefined) return;
  const answered = before.insiHistory !== after.insiHistory;
  if (answered)
    for (const former of formerNumbers(after.insiHistory, has)) await noteIns(tx, after.id, former, 'former', at);
  if (changed || answered) await noteIns(tx, after.id, has, 'active', at);
}
