/**
 * Handler of the `patient-import` tasks: the parts of a file in their order, one transaction each, which also moves the
 * position. A gateway that dies goes on after the last part that was committed.
 */
import { domainOf, sourceOfEstablishment } from '../config/lookup.ts';
import type { Config } from '../config/schema.ts';
import { type FileLine, importLines, type LineOutcome } from '../identity/index.ts';
import { parseIpp } from '../ins/identifiers.ts';
import { compareAfterFile } from '../matching/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask, completeTask, deferTask, holdTask, type Task } from '../queue/tasks.ts';
import { gatewayRules } from '../rules/gateway.ts';
import { patientFileRules } from '../rules/patient-files.ts';
import type { Refusal } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { numbersAwaited } from '../store/documents.ts';
import {
  addRejections,
  endImport,
  importById,
  importPart,
  type LineCounts,
  lockImport,
  type PatientImport,
  partDone,
  type RejectedLine,
  type StoredLine,
} from '../store/patient-imports.ts';
import { type Columns, valuesOf } from './columns.ts';

/** Parts of one run: other tasks then have their turn. */
const PARTS_OF_A_TURN = 10;
/** A part that keeps failing is a bug: the import stops and says so. */
const MOST_ATTEMPTS = 5;

export function patientImportTaskHandler(context: UseCaseContext): (task: Task) => Promise<void> {
  return async (task) => {
    if (task.attempts > MOST_ATTEMPTS) return stopFailing(context, task);
    for (let turn = 0; turn < PARTS_OF_A_TURN; turn++)
      if (!(await runPart(context, task))) return finish(context, task);
    await transaction(context.pool, async (tx) => {
      await releaseAwaited(tx);
      await deferTask(tx, task, 0);
    });
  };
}

/** `false` when there is nothing left to do. */
async function runPart(context: UseCaseContext, task: Task): Promise<boolean> {
  return transaction(context.pool, async (tx) => {
    await holdTask(tx, task);
    const file = await lockImport(tx, task.subject);
    if (file === undefined || !isGoingOn(file) || file.nextPart >= file.parts) return false;
    // The planner takes a table that has just grown by thousands of rows for an empty one.
    await tx.query('set local enable_seqscan = off');
    const lines = await importPart(tx, file.id, file.nextPart);
    if (file.mode === 'rehearsal') await tx.query('savepoint rehearsal');
    // Of a rehearsal no task may be handed to a worker, which would begin it although it is taken back.
    const db: Db = file.mode === 'rehearsal' ? { query: tx.query } : tx;
    const { counts, rejections } = await workOff(db, context, file, lines);
    if (file.mode === 'rehearsal') await tx.query('rollback to savepoint rehearsal');
    await addRejections(tx, file.id, rejections);
    await partDone(tx, file.id, counts, context.now());
    return true;
  });
}

function isGoingOn({ state }: PatientImport): boolean {
  return state === 'queued' || state === 'running';
}

/** A rehearsal does the very same, and takes it back. */
async function workOff(
  tx: Db,
  context: UseCaseContext,
  file: PatientImport,
  stored: readonly StoredLine[],
): Promise<{ counts: LineCounts; rejections: RejectedLine[] }> {
  const read = stored.map((line) => ({ stored: line, said: fileLine(context.config, file, line) }));
  const lines = read.flatMap(({ said }) => ('rule' in said ? [] : said));
  const rules = {
    known: file.known,
    rehearsal: file.mode === 'rehearsal',
    cause: { at: context.now(), actor: file.createdBy, source: `import ${file.id}` },
  };
  const outcomes = await importLines(tx, context, lines, rules);
  const byLine = new Map(lines.map((line, index) => [line, outcomes[index]]));
  const counts = { created: 0, updated: 0, unchanged: 0, rejected: 0 };
  const rejections: RejectedLine[] = [];
  for (const { stored: line, said } of read) {
    const outcome: LineOutcome | undefined = 'rule' in said ? { kind: 'rejected', refusal: said } : byLine.get(said);
    if (outcome === undefined) throw new Error('a line without an outcome');
    counts[outcome.kind] += 1;
    if (outcome.kind === 'rejected') rejections.push(rejectionOf(line, outcome.refusal));
  }
  return { counts, rejections };
}

function rejectionOf([line, , ...cells]: StoredLine, { rule, detail }: Refusal): RejectedLine {
  return { line, ruleId: rule.id, detail: detail ?? null, cells };
}

function fileLine(config: Config, file: PatientImport, [, repeated, ...cells]: StoredLine): FileLine | Refusal {
  const { ipp, domain: named, ...values } = valuesOf(cells, file.columns as Columns);
  const own = file.domain ?? sourceOfEstablishment(config, undefined)?.ippDomain;
  const domain = named === undefined ? own : domainOf(config, named);
  const number = parseIpp(ipp ?? '');
  if (!number.ok || domain === undefined) return { rule: patientFileRules.numberMissing };
  const sex = values.sex?.toUpperCase();
  return {
    ...values,
    ...(sex === undefined ? {} : { sex }),
    number: { value: number.value, domain, kind: 'PI' },
    repeated: repeated === 1,
  };
}

/** Documents may already wait for patients of this file. */
async function releaseAwaited(tx: Db): Promise<void> {
  for (const identityId of await numbersAwaited(tx)) await addTask(tx, { kind: 'release', subject: identityId });
}

async function finish(context: UseCaseContext, task: Task): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await completeTask(tx, task);
    const file = await lockImport(tx, task.subject);
    if (file === undefined) return;
    await followUp(tx, context, file);
    if (isGoingOn(file))
      await endImport(tx, file.id, { state: 'done', at: context.now(), keepFile: file.mode === 'rehearsal' });
  });
}

/**
 * What the import does for its patients once, instead of by tasks of each, also of one that was stopped half-way: it ends
 * with its task, so that none is forgotten by a process that dies.
 */
async function followUp(tx: Db, context: UseCaseContext, file: PatientImport): Promise<void> {
  if (file.mode !== 'import' || file.created + file.updated === 0) return;
  await releaseAwaited(tx);
  await compareAfterFile(tx, context, file.createdBy);
}

async function stopFailing(context: UseCaseContext, task: Task): Promise<void> {
  const file = await importById(context.pool, task.subject);
  context.log.error({ import: task.subject, part: file?.nextPart }, 'a part of an import keeps failing');
  await transaction(context.pool, async (tx) => {
    await completeTask(tx, task);
    if (file === undefined) return;
    await followUp(tx, context, file);
    await endImport(tx, file.id, {
      state: 'stopped',
      at: context.now(),
      keepFile: true,
      ruleId: gatewayRules.unexpected.id,
    });
  });
}
