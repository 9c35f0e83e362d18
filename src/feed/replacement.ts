/**
 * Replacement (TD2.1b): which entry of the DMP the new version replaces. It is asked for each time (TD3.1b): an entryUUID
 * changes with every change of metadata (dmp.md 3.3), so one kept since the acceptance may be old.
 */
import { parseDocumentUniqueId } from '../ins/identifiers.ts';
import { freezeSentIdentity } from '../ins/sent-identity.ts';
import type { DocumentUniqueId, QualifiedIdentity } from '../ins/types.ts';
import { completeTask } from '../queue/tasks.ts';
import { versionRules } from '../rules/versions.ts';
import { chainOf } from '../store/chains.ts';
import { countAbsentAnswer, type Original } from '../store/deliveries.ts';
import type { FoundDocument } from '../wire/xds/query.ts';
import { type FeedContext, noteDmpHealth } from './dmp-circuit.ts';
import { finish, holdBack, type Job, stop } from './job.ts';
import { moveDelivery, stopDelivery } from './settle.ts';
import { actingFor } from './submission.ts';
import type { OwnTurn } from './take-turn.ts';

/** `original` absent: the document goes as a first version. Undefined: it does not go now, and why is recorded. */
export async function locateReplaced(
  context: FeedContext,
  job: Job,
  turn: OwnTurn,
  patient: QualifiedIdentity,
): Promise<{ readonly original?: Original } | undefined> {
  if (turn.kind === 'go' && turn.original === undefined) return {};
  const known = turn.kind === 'go' ? turn.original : undefined;
  if (known !== undefined && (known.sentMatricule !== patient.ins.matricule || known.sentOid !== patient.ins.oid)) {
    await stop(context, job, { rule: versionRules.otherIns });
    return undefined;
  }
  const uniqueId = parseDocumentUniqueId(known?.uniqueId ?? (turn.kind === 'ask' ? turn.name : ''));
  // A number of the sender's own means nothing to the DMP.
  if (!uniqueId.ok) return unknownOriginal(context, job);
  const found = await ask(context, job, uniqueId.value, patient);
  if (found === undefined) return undefined;
  const held = found.find(({ status }) => status === 'Approved' || status === undefined) ?? found[0];
  if (held === undefined) return known === undefined ? unknownOriginal(context, job) : notVisible(context, job);
  if (held.status === 'Approved' || held.status === undefined)
    return { original: { id: known?.id ?? null, uniqueId: uniqueId.value, entryUuid: held.entryUuid } };
  await stop(context, job, { rule: versionRules.notTheCurrentVersion, detail: `DMP : ${held.status}` });
  return undefined;
}

async function ask(
  context: FeedContext,
  job: Job,
  uniqueId: DocumentUniqueId,
  patient: QualifiedIdentity,
): Promise<readonly FoundDocument[] | undefined> {
  const answer = await context.dmp.find(uniqueId, freezeSentIdentity(patient), actingFor(context, job.document));
  if (answer.kind === 'failed') {
    await holdBack(context, job, 'ready', answer.refusal, answer.class === 'transient');
    return undefined;
  }
  await noteDmpHealth(context.pool, context);
  return answer.value;
}

/** Not fed from here, and not in this patient's DMP: the site chose what becomes of it. A version of ours stays alone. */
async function unknownOriginal(context: FeedContext, job: Job): Promise<{ readonly original?: Original } | undefined> {
  const chain = await chainOf(context.pool, job.document.chainKey ?? '');
  const alive = chain.some(({ state, action }) => action !== 'delete' && state === 'accepted');
  if (context.dmpConfig.unknownOriginal === 'create' && !alive) return {};
  await stop(context, job, { rule: versionRules.originalUnknown });
  return undefined;
}

/** Accepted by the DMP, which does not show it: how long that takes is not known to us (decision 0003). */
export async function notVisible(context: FeedContext, job: Job): Promise<undefined> {
  const { askAfterMs, asksBeforeResend } = context.dmpConfig.reconciliation;
  await finish(
    context,
    job,
    'ready',
    { comesBackAfterMs: Math.max(askAfterMs, 100) },
    async (tx, document, delivery) => {
      if ((await countAbsentAnswer(tx, delivery.id)) >= asksBeforeResend) {
        await stopDelivery(tx, context, document, delivery, { rule: versionRules.originalUnknown });
        return completeTask(tx, job.task);
      }
      const refusal = { rule: versionRules.originalNotVisible };
      await moveDelivery(tx, context, document, delivery, { state: 'ready', step: 'postponed', refusal });
    },
  );
  return undefined;
}
