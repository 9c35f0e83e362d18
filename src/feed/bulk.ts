/**
 * An operation on many documents or messages (promise 10): chosen by criteria, rehearsed, its count repeated by the one
 * who asks, approved by a second person, then carried out item by item. What the DMP accepted is only ever asked for.
 */
import { documentType } from '../codes/document-types.ts';
import { personIdOfRpps } from '../codes/national-ids.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { bulkRules } from '../rules/bulk.ts';
import { feedRules } from '../rules/feed.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import {
  type BulkAction,
  type BulkOperation,
  type BulkSelection,
  type BulkState,
  bulkOperationById,
  type Correction,
  insertBulkOperation,
  lockBulkOperation,
  type PlannedItem,
  type SelectedDocument,
  type SelectedMessage,
  selectDocuments,
  selectStoppedMessages,
  setBulkState,
} from '../store/bulk-operations.ts';
import { type Db, transaction } from '../store/db.ts';
import { isCorrectable, isWithdrawable } from './desk.ts';
import { takeUpOf } from './take-up.ts';

const HOUR_MS = 3_600_000;

/** Who asks: their name, and the one establishment that they see. */
interface Asker {
  readonly name: string;
  readonly eg: string | null;
}

export interface BulkRequest {
  readonly action: BulkAction;
  readonly selection: BulkSelection;
  readonly correction?: Correction | undefined;
  readonly reason: string;
}

/** The rehearsal: nothing is done, every item is looked at, and the list is frozen. */
export async function prepareBulk(
  context: UseCaseContext,
  asker: Asker,
  request: BulkRequest,
): Promise<Result<BulkOperation>> {
  const { ceiling, perMinute } = context.config.bulk;
  if (Object.values(request.selection).every((criterion) => criterion === undefined))
    return refuse(bulkRules.selectionWithoutCriterion);
  const correction = checkCorrection(request);
  if (!correction.ok) return correction;
  return transaction(context.pool, async (tx) => {
    const items = await plan(tx, request, { eg: asker.eg, limit: ceiling + 1 });
    if (items.length > ceiling)
      return refuse(bulkRules.selectionTooWide, { detail: `plus de ${ceiling} éléments, plafond ${ceiling}` });
    const count = items.filter(({ ruleId }) => ruleId === null).length;
    if (count === 0) return refuse(bulkRules.selectionEmpty, { detail: whyNone(items) });
    const id = context.newUuid();
    await insertBulkOperation(
      tx,
      {
        id,
        action: request.action,
        eg: asker.eg,
        selection: request.selection,
        correction: correction.value,
        reason: request.reason,
        selected: items.length,
        count,
        perMinute,
        preparedBy: asker.name,
        preparedAt: context.now(),
      },
      items,
    );
    return found(await bulkOperationById(tx, id));
  });
}

/** « 12 éléments désignés : TDU-FEED-046 » */
function whyNone(items: readonly PlannedItem[]): string {
  const rules = [...new Set(items.map(({ ruleId }) => ruleId))].join(', ');
  return items.length === 0 ? 'aucun élément désigné' : `éléments désignés : ${items.length} ; ${rules}`;
}

/** The person repeats the number that the rehearsal gave. One person is enough for a few items that were never accepted. */
export async function submitBulk(
  context: UseCaseContext,
  asker: Asker,
  id: string,
  count: number,
): Promise<Result<BulkOperation>> {
  return step(context, asker, id, ['prepared'], async (tx, operation) => {
    const fault = confirmationFault(context, operation, count);
    if (fault !== undefined) return refuse(fault.rule, fault);
    const submittedAt = context.now();
    if (needsApproval(context, operation)) {
      await setBulkState(tx, id, { state: 'proposed', submittedAt });
      return ok(undefined);
    }
    await setBulkState(tx, id, { state: 'running', submittedAt });
    return start(tx, id);
  });
}

/** The second person, who reads the rehearsal and repeats its number too. */
export async function approveBulk(
  context: UseCaseContext,
  asker: Asker,
  id: string,
  count: number,
): Promise<Result<BulkOperation>> {
  return step(context, asker, id, ['proposed'], async (tx, operation) => {
    if (operation.preparedBy === asker.name) return refuse(bulkRules.secondPerson);
    const fault = confirmationFault(context, operation, count);
    if (fault !== undefined) return refuse(fault.rule, fault);
    await setBulkState(tx, id, { state: 'running', approvedBy: asker.name, approvedAt: context.now() });
    return start(tx, id);
  });
}

/** Stops after the item in progress. */
export async function pauseBulk(context: UseCaseContext, asker: Asker, id: string): Promise<Result<BulkOperation>> {
  return step(context, asker, id, ['running'], async (tx) => {
    await setBulkState(tx, id, { state: 'paused' });
    return ok(undefined);
  });
}

/** Goes on with a paused operation: it has been approved. */
export async function resumeBulk(context: UseCaseContext, asker: Asker, id: string): Promise<Result<BulkOperation>> {
  return step(context, asker, id, ['paused'], async (tx) => {
    await setBulkState(tx, id, { state: 'running' });
    return start(tx, id);
  });
}

/** Ends it: what was done stays done, the rest is left as it is. */
export async function cancelBulk(context: UseCaseContext, asker: Asker, id: string): Promise<Result<BulkOperation>> {
  return step(context, asker, id, ['prepared', 'proposed', 'running', 'paused'], async (tx) => {
    await setBulkState(tx, id, { state: 'cancelled', finishedAt: context.now() });
    return ok(undefined);
  });
}

/** Does one person decide alone? Never for what may submit anew a document that was accepted. */
export function needsApproval(
  { config }: Pick<UseCaseContext, 'config'>,
  { action, count }: Pick<BulkOperation, 'action' | 'count'>,
): boolean {
  return action === 'verify' || count > config.bulk.aloneUpTo;
}

async function start(tx: Db, id: string): Promise<Result<void>> {
  await addTask(tx, { kind: 'bulk', subject: id, orderKey: `bulk:${id}` });
  return ok(undefined);
}

function confirmationFault(context: UseCaseContext, operation: BulkOperation, count: number): Refusal | undefined {
  if (count !== operation.count)
    return { rule: bulkRules.countDiffers, detail: `indiqué : ${count} ; répétition à blanc : ${operation.count}` };
  const ageMs = context.now().getTime() - operation.preparedAt.getTime();
  return ageMs > context.config.bulk.rehearsalHours * HOUR_MS ? { rule: bulkRules.rehearsalTooOld } : undefined;
}

/** One step of an operation under lock, when it is at the right stage and this person may see it. */
async function step(
  context: UseCaseContext,
  asker: Asker,
  id: string,
  stages: readonly BulkState[],
  work: (tx: Db, operation: BulkOperation) => Promise<Result<void>>,
): Promise<Result<BulkOperation>> {
  return transaction(context.pool, async (tx) => {
    const operation = await lockBulkOperation(tx, id);
    if (operation === undefined || !seesBulk(asker, operation)) return refuse(apiRules.notFound);
    if (!stages.includes(operation.state)) return refuse(bulkRules.wrongMoment, { detail: operation.state });
    const done = await work(tx, operation);
    return done.ok ? found(await bulkOperationById(tx, id)) : done;
  });
}

/** An operation over the whole installation is not for somebody bound to one establishment. */
export function seesBulk(asker: Pick<Asker, 'eg'>, operation: Pick<BulkOperation, 'eg'>): boolean {
  return asker.eg === null || asker.eg === operation.eg;
}

function found(operation: BulkOperation | undefined): Result<BulkOperation> {
  return operation === undefined ? refuse(apiRules.notFound) : ok(operation);
}

async function plan(tx: Db, request: BulkRequest, scope: { eg: string | null; limit: number }): Promise<PlannedItem[]> {
  const { action, selection } = request;
  if (action === 're-read')
    return (await selectStoppedMessages(tx, scope, selection)).map((message) => ({
      subject: String(message.id),
      ruleId: isReReadable(message) ? null : bulkRules.notToReRead.id,
    }));
  return (await selectDocuments(tx, scope, selection)).map((document) => ({
    subject: document.id,
    ruleId: whyNot(action, document)?.id ?? null,
  }));
}

function whyNot(action: Exclude<BulkAction, 're-read'>, document: SelectedDocument) {
  switch (action) {
    case 'take-up': {
      const plan = takeUpOf(document);
      return plan.ok ? undefined : plan.refusal.rule;
    }
    case 'correct':
      return isCorrectable(document) ? undefined : bulkRules.notToCorrect;
    case 'withdraw':
      return isWithdrawable(document) ? undefined : feedRules.notWaiting;
    case 'verify':
      return document.state === 'accepted' ? undefined : bulkRules.notAccepted;
  }
}

/** Only documents: an identity or movement read late would bring an old state back. */
export function isReReadable({ kind, state }: Pick<SelectedMessage, 'kind' | 'state'>): boolean {
  return state !== 'accepted' && /^(MDM|ORU)\^/.test(kind);
}

function checkCorrection({ action, correction }: BulkRequest): Result<Correction | null> {
  if (action !== 'correct') return ok(null);
  const { typeCode, title, author } = correction ?? {};
  if (typeCode === undefined && title === undefined && author === undefined) return refuse(bulkRules.correctionMissing);
  if (typeCode !== undefined && documentType(typeCode) === undefined)
    return refuse(bulkRules.correctionMissing, { location: 'typeCode' });
  if (title !== undefined && (title.trim() === '' || title.length > 128))
    return refuse(bulkRules.correctionMissing, { location: 'title' });
  if (author === undefined) return ok({ typeCode, title });
  const id = personIdOfRpps(author.id) ?? (/^8\d{11}$/.test(author.id) ? author.id : undefined);
  return id === undefined
    ? refuse(bulkRules.correctionMissing, { location: 'author.id' })
    : ok({ typeCode, title, author: { ...author, id } });
}
