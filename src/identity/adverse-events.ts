/**
 * The register of adverse events of identification: recorded by whoever finds one, completed and settled by the cell, each
 * step with who and when. It changes no identity: what has to be changed is done by its own desk, and linked here.
 */
import { withoutMatricule } from '../ins/redact.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { adverseEventRules } from '../rules/adverse-event.ts';
import { apiRules } from '../rules/api.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import {
  type AdverseEvent,
  addEventStep,
  type EventConsequence,
  type EventNature,
  type EventStepName,
  insertEvent,
  lockEvent,
  updateEvent,
} from '../store/adverse-events.ts';
import { type Db, transaction } from '../store/db.ts';
import { documentById } from '../store/documents.ts';
import { identityById } from '../store/identities.ts';
import { addHistory } from '../store/identity-history.ts';
import { mergesOf } from '../store/merges.ts';
import { recallsOf } from '../store/recalls.ts';
import { deskCause } from './desk.ts';

export interface EventFound {
  readonly nature: EventNature;
  readonly consequence: EventConsequence;
  readonly description: string;
  readonly foundAt: Date;
  /** A person or a service, as said; absent: whoever records. */
  readonly foundBy?: string | undefined;
  readonly eg?: string | undefined;
  readonly identityId?: string | undefined;
  readonly documentId?: string | undefined;
}

/** `EI-2026-12`: the year when it was found, and its rank in the register. */
export function eventReference({ foundAt, number }: Pick<AdverseEvent, 'foundAt' | 'number'>): string {
  return `EI-${foundAt.getUTCFullYear()}-${number}`;
}

export async function recordEvent(
  context: UseCaseContext,
  found: EventFound,
  actor: string,
): Promise<Result<AdverseEvent>> {
  const now = context.now();
  if (found.foundAt > now) return refuse(adverseEventRules.foundInTheFuture);
  if (holdsNumber(found.description, found.foundBy)) return refuse(adverseEventRules.numberInText);
  return transaction(context.pool, async (tx) => {
    const subject = await subjectOf(tx, context, found);
    if (!subject.ok) return subject;
    const event = await insertEvent(tx, {
      ...subject.value,
      id: context.newUuid(),
      nature: found.nature,
      consequence: found.consequence,
      description: found.description,
      foundAt: found.foundAt,
      foundBy: found.foundBy ?? actor,
      recordedAt: now,
      recordedBy: actor,
    });
    await addEventStep(tx, event.id, { at: now, actor, step: 'recorded', note: null });
    await addLine(tx, context, event, 'événement indésirable enregistré', actor);
    return ok(event);
  });
}

/** Also written in groups, as on a card. */
function holdsNumber(...texts: readonly (string | undefined)[]): boolean {
  return texts.some((text = '') => {
    const joined = text.replace(/(?<=\d[AB]?)[ .\u00a0\u202f](?=\d)/gi, '');
    return withoutMatricule(joined) !== joined;
  });
}

type Subject = Pick<AdverseEvent, 'identityId' | 'documentId' | 'eg'>;

/** A document brings its patient and its establishment, where nothing else is said. */
async function subjectOf(tx: Db, { config }: UseCaseContext, found: EventFound): Promise<Result<Subject>> {
  const document = found.documentId === undefined ? undefined : await documentById(tx, found.documentId);
  const identityId = found.identityId ?? document?.identityId ?? null;
  const eg = found.eg ?? document?.eg ?? null;
  const declared = config.legalEntities.some(({ geographicEntities }) =>
    geographicEntities.some(({ finess }) => finess === eg),
  );
  const known =
    (found.documentId === undefined || document !== undefined) &&
    (identityId === null || (await identityById(tx, identityId)) !== undefined) &&
    (eg === null || declared);
  if (!known) return refuse(adverseEventRules.subjectUnknown);
  return ok({ identityId, documentId: found.documentId ?? null, eg });
}

export interface EventStepWanted {
  readonly step: Exclude<EventStepName, 'recorded'>;
  readonly note?: string | undefined;
  /** What is known meanwhile of its effect on the patient. */
  readonly consequence?: EventConsequence | undefined;
  /** What was done about it, of the same identity. */
  readonly recallId?: string | undefined;
  readonly mergeId?: string | undefined;
}

/** Completes, links, settles or reopens; settling says how, reopening why. */
export async function advanceEvent(
  context: UseCaseContext,
  id: string,
  wanted: EventStepWanted,
  actor: string,
): Promise<Result<AdverseEvent>> {
  if (holdsNumber(wanted.note)) return refuse(adverseEventRules.numberInText);
  return transaction(context.pool, async (tx) => {
    const event = await lockEvent(tx, id);
    if (event === undefined) return refuse(apiRules.notFound);
    const note = wanted.note === undefined || wanted.note === '' ? null : wanted.note;
    if (!mayFollow(event, wanted, note)) return refuse(adverseEventRules.stepNotPossible);
    if (wanted.step === 'linked' && !(await isOfSame(tx, event, wanted)))
      return refuse(adverseEventRules.subjectUnknown);
    const at = context.now();
    const after = applied(event, wanted, { at, actor, note });
    await updateEvent(tx, after);
    await addEventStep(tx, id, { at, actor, step: wanted.step, note });
    if (wanted.step === 'settled') await addLine(tx, context, after, 'événement indésirable clos', actor);
    if (wanted.step === 'reopened') await addLine(tx, context, after, 'événement indésirable rouvert', actor);
    return ok(after);
  });
}

function mayFollow({ state }: AdverseEvent, wanted: EventStepWanted, note: string | null): boolean {
  switch (wanted.step) {
    case 'noted':
      return state === 'open' && (note !== null || wanted.consequence !== undefined);
    case 'linked':
      return wanted.recallId !== undefined || wanted.mergeId !== undefined;
    case 'settled':
      return state === 'open' && note !== null;
    case 'reopened':
      return state === 'settled' && note !== null;
  }
}

/** Only a recall or a merge of the identity concerned is what was done about it. */
async function isOfSame(tx: Db, { identityId }: AdverseEvent, { recallId, mergeId }: EventStepWanted) {
  if (identityId === null) return false;
  const [recalls, merges] = [await recallsOf(tx, identityId), await mergesOf(tx, identityId)];
  return (
    (recallId === undefined || recalls.some(({ id }) => id === recallId)) &&
    (mergeId === undefined || merges.some(({ id }) => id === mergeId))
  );
}

function applied(
  event: AdverseEvent,
  { step, consequence, recallId, mergeId }: EventStepWanted,
  { at, actor, note }: { readonly at: Date; readonly actor: string; readonly note: string | null },
): AdverseEvent {
  const known = { ...event, consequence: consequence ?? event.consequence };
  if (step === 'linked') return { ...known, recallId: recallId ?? event.recallId, mergeId: mergeId ?? event.mergeId };
  if (step === 'settled') return { ...known, state: 'settled', settledAt: at, settledBy: actor, settlement: note };
  if (step === 'reopened') return { ...known, state: 'open', settledAt: null, settledBy: null, settlement: null };
  return known;
}

/** The history of the identity says that there is an event, the register says what it is. */
async function addLine(tx: Db, context: UseCaseContext, event: AdverseEvent, what: string, actor: string) {
  if (event.identityId === null) return;
  await addHistory(tx, event.identityId, {
    ...deskCause(context, actor),
    event: `${what} : ${eventReference(event)}`,
    requirement: null,
    before: undefined,
    after: undefined,
  });
}
