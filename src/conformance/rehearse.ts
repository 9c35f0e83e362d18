/**
 * A rehearsal: a pack that is not in service yet, over the documents of a period. Nothing is sent, nothing changes for the
 * documents; what would break is listed. It goes document by document from where it stood, in a thread of its own.
 */
import { submittedCda } from '../documents/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask, completeTask, deferTask, holdTask, type Task } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { conformanceRules } from '../rules/conformance.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import type { DocumentRecord } from '../store/documents.ts';
import {
  advanceRehearsal,
  endRehearsal,
  insertRehearsal,
  nextToRehearse,
  type Rehearsal,
  type Rehearsed,
  rehearsalById,
} from '../store/rehearsals.ts';
import { packById } from '../store/rule-packs.ts';
import type { RulePack } from '../wire/schematron/check.ts';
import { type Checker, createChecker } from '../wire/schematron/isolated-check.ts';
import { rulePackOf } from './packs.ts';
import { saidBy } from './verdict.ts';

/** Documents of one run of the task: then the other work has its turn. */
const STEP = 10;
const MONTH_MS = 30 * 86_400_000;

/** Over the last thirty days when no period is given. */
export async function startRehearsal(
  context: UseCaseContext,
  packId: string,
  period: { readonly from?: Date | undefined; readonly to?: Date | undefined },
  actor: string,
): Promise<Result<Rehearsal>> {
  if (context.config.conformance === undefined) return refuse(conformanceRules.notConfigured);
  const at = context.now();
  const to = period.to ?? at;
  const from = period.from ?? new Date(to.getTime() - MONTH_MS);
  if (from >= to) return refuse(apiRules.invalidRequest, { detail: 'période vide' });
  if ((await packById(context.pool, packId)) === undefined) return refuse(apiRules.notFound);
  const id = context.newUuid();
  const started = await transaction(context.pool, async (tx) => {
    const alone = await insertRehearsal(tx, { id, packId, from, to, at, by: actor });
    if (alone) await addTask(tx, { kind: 'rehearsal', subject: id });
    return alone;
  });
  return started ? found(await rehearsalById(context.pool, id)) : refuse(conformanceRules.rehearsalRunning);
}

/** What it has found stays. */
export async function stopRehearsal({ pool, now }: UseCaseContext, id: string): Promise<Result<Rehearsal>> {
  await endRehearsal(pool, id, 'cancelled', now());
  return found(await rehearsalById(pool, id));
}

function found(rehearsal: Rehearsal | undefined): Result<Rehearsal> {
  return rehearsal === undefined ? refuse(apiRules.notFound) : ok(rehearsal);
}

export interface Rehearsing {
  readonly handler: (task: Task) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Its thread is not that of the documents that leave: they never wait behind a rehearsal. */
export function createRehearsing(context: UseCaseContext): Rehearsing {
  const { timeoutMs, memoryMb } = context.config.conformance ?? {};
  const checker = createChecker({
    threads: 1,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
  });
  return { handler: (task) => rehearse(context, checker, task), close: () => checker.close() };
}

async function rehearse(context: UseCaseContext, checker: Checker, task: Task): Promise<void> {
  const { pool, now } = context;
  const rehearsal = await rehearsalById(pool, task.subject);
  const pack = rehearsal === undefined ? undefined : await packById(pool, rehearsal.packId);
  const next = rehearsal?.state === 'running' ? await nextToRehearse(pool, rehearsal, STEP) : [];
  if (rehearsal === undefined || pack === undefined || next.length === 0)
    return transaction(pool, async (tx) => {
      await endRehearsal(tx, task.subject, 'done', now());
      await completeTask(tx, task);
    });
  const rules = rulePackOf(context.config, pack);
  for (const document of next) {
    const seen = await look(context, checker, rules, document);
    const goesOn = await transaction(pool, async (tx) => {
      await holdTask(tx, task);
      return advanceRehearsal(tx, rehearsal.id, seen);
    });
    if (!goesOn) break;
  }
  await transaction(pool, (tx) => deferTask(tx, task, 0));
}

async function look(
  context: UseCaseContext,
  checker: Checker,
  rules: RulePack,
  document: DocumentRecord,
): Promise<Rehearsed> {
  const { id: documentId } = document;
  const cda = await submittedCda(context.pool, document, context.kept);
  if (!cda.ok) return { documentId, outcome: 'skipped', breaks: [], template: '' };
  const { outcome, failures, templates } = saidBy(rules, await checker.check(rules, cda.value.bytes));
  return { documentId, outcome, breaks: failures, template: templates.at(-1) ?? '' };
}
