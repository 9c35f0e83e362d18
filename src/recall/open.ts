/** A question about an INS is opened by a person, and answered: another person, the same one under a new INS, or nothing. */
import { applyRecalls } from '../identity/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { recallRules } from '../rules/recall.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { insOfSending, insUsedBy } from '../store/emissions.ts';
import { type IdentityRecord, identityById, lockIdentity } from '../store/identities.ts';
import { insertRecall, lockRecall, type Recall, type RecallState, recallById, updateRecall } from '../store/recalls.ts';

/** Who asks: their name, and the one establishment that they see. */
export interface Asker {
  readonly name: string;
  readonly eg: string | null;
}

export type Decision = 'wrong-person' | 'new-ins' | 'release';

export interface Answer {
  readonly decision: Decision;
  /** French: what showed it. Kept for ever with the recall. */
  readonly explanation: string;
  /** Wrong person: the record to which the documents belong, when the INS of this one is right. */
  readonly rightIdentityId?: string | undefined;
}

export interface Report {
  readonly identityId: string;
  readonly reason: string;
  /** One that left wrongly: its INS is what is asked about. Absent: that of the identity. */
  readonly documentId?: string | undefined;
  /** Absent: a doubt, that waits for one. */
  readonly answer?: Answer | undefined;
}

/** Freezes the identity, and opens the question. */
export async function openRecall(context: UseCaseContext, asker: Asker, report: Report): Promise<Result<Recall>> {
  return transaction(context.pool, async (tx) => {
    const asked = await identityById(tx, report.identityId);
    if (asked === undefined) return refuse(apiRules.notFound);
    const record = await lockIdentity(tx, asked.mergedInto ?? asked.id);
    const ins = await insAskedAbout(tx, record, report.documentId);
    if (!ins.ok) return ins;
    const id = await insertRecall(tx, {
      ...ins.value,
      identityId: record.id,
      path: 'doubt',
      cause: 'report',
      reason: report.reason,
      openedBy: asker.name,
      openedAt: context.now(),
    });
    if (id === undefined) return refuse(recallRules.alreadyOpen);
    await applyRecalls(tx, context, record.id, { actor: asker.name, event: `rappel ouvert : ${report.reason}` });
    if (report.answer === undefined) return found(tx, id);
    const recall = await lockRecall(tx, id);
    return recall === undefined ? refuse(apiRules.notFound) : answer(tx, context, asker, recall, report.answer);
  });
}

async function insAskedAbout(
  tx: Db,
  record: IdentityRecord,
  documentId: string | undefined,
): Promise<Result<{ matricule: string; oid: string }>> {
  if (documentId !== undefined) {
    const sent = await insOfSending(tx, documentId);
    return sent === undefined ? refuse(recallRules.nothingEmitted) : ok(sent);
  }
  const used = await insUsedBy(tx, record.id);
  const [only, second] = used;
  if (only === undefined) return refuse(recallRules.nothingEmitted);
  const own = used.find(({ matricule, oid }) => matricule === record.matricule && oid === record.oid);
  if (own !== undefined) return ok(own);
  return second === undefined ? ok(only) : refuse(recallRules.severalIns);
}

/** Nothing goes out by a decision: a wrong person is only the way to a prepared, then approved recall. */
export async function decideRecall(
  context: UseCaseContext,
  asker: Asker,
  id: string,
  decided: Answer,
): Promise<Result<Recall>> {
  return atStage(context, id, ['open'], (tx, recall) => answer(tx, context, asker, recall, decided));
}

async function answer(
  tx: Db,
  context: UseCaseContext,
  asker: Asker,
  recall: Recall,
  { decision, explanation, rightIdentityId }: Answer,
): Promise<Result<Recall>> {
  const at = context.now();
  const right = rightIdentityId === undefined ? undefined : await identityById(tx, rightIdentityId);
  const elsewhere = right?.mergedInto ?? right?.id ?? null;
  if (rightIdentityId !== undefined && (elsewhere === null || elsewhere === recall.identityId))
    return refuse(apiRules.invalidRequest, { detail: 'rightIdentityId', location: 'corps' });
  const decided: Recall = { ...recall, explanation, decidedBy: asker.name, decidedAt: at };
  const how = { actor: asker.name, event: `rappel : ${WORDS[decision]} (${explanation})` };
  if (decision === 'wrong-person') {
    await updateRecall(tx, { ...decided, path: 'wrong-person', rightIdentityId: elsewhere });
    const { matricule, oid } = recall;
    // Documents filed under the wrong record say nothing against the INS of that record.
    const withdrawn = elsewhere === null ? { withdrawn: { matricule, oid } } : {};
    await applyRecalls(tx, context, recall.identityId, { ...how, ...withdrawn });
    return found(tx, recall.id);
  }
  const ended =
    decision === 'new-ins' ? ({ path: 'new-ins', state: 'done' } as const) : ({ state: 'released' } as const);
  await updateRecall(tx, { ...decided, ...ended, finishedAt: at });
  await applyRecalls(tx, context, recall.identityId, how);
  return found(tx, recall.id);
}

const WORDS: Readonly<Record<Decision, string>> = {
  'wrong-person': 'mauvaise personne',
  'new-ins': 'même personne, nouvelle INS',
  release: 'doute levé',
};

/** Lets the identity carry the recalled INS again: it was the right one after all, or its traits were corrected. */
export async function liftRecall(
  context: UseCaseContext,
  asker: Asker,
  id: string,
  reason: string,
): Promise<Result<Recall>> {
  return atStage(context, id, ['done'], async (tx, recall) => {
    if (recall.path !== 'wrong-person' || recall.liftedAt !== null)
      return refuse(recallRules.wrongMoment, { detail: recall.state });
    await updateRecall(tx, { ...recall, liftedBy: asker.name, liftedAt: context.now() });
    const event = `INS rappelée admise de nouveau : ${reason}`;
    await applyRecalls(tx, context, recall.identityId, { actor: asker.name, event });
    return found(tx, id);
  });
}

/** One step of a recall under lock, the identity first like everybody, when it is at the right stage. */
export async function atStage(
  context: UseCaseContext,
  id: string,
  stages: readonly RecallState[],
  work: (tx: Db, recall: Recall) => Promise<Result<Recall>>,
): Promise<Result<Recall>> {
  return transaction(context.pool, async (tx) => {
    const known = await recallById(tx, id);
    if (known === undefined) return refuse(apiRules.notFound);
    await lockIdentity(tx, known.identityId);
    const recall = await lockRecall(tx, id);
    if (recall === undefined) return refuse(apiRules.notFound);
    if (!stages.includes(recall.state)) return refuse(recallRules.wrongMoment, { detail: recall.state });
    return work(tx, recall);
  });
}

export async function found(tx: Db, id: string): Promise<Result<Recall>> {
  const recall = await recallById(tx, id);
  return recall === undefined ? refuse(apiRules.notFound) : ok(recall);
}
