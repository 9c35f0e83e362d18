/**
 * Handler of the `release` tasks: an identity changed. Its waiting documents are looked at again; so are those that ended for
 * a reason of the patient's that is gone, an opposition withdrawn, a DMP opened since (practice 9).
 */
import type { UseCaseContext } from '../queue/context.ts';
import { addDocumentTask, addMailTask } from '../queue/document-tasks.ts';
import { completeTask, type Task } from '../queue/tasks.ts';
import { feedRules } from '../rules/feed.ts';
import { type Db, transaction } from '../store/db.ts';
import { documentsWaitingFor } from '../store/documents.ts';
import { fedPatientById } from '../store/fed-patients.ts';
import { endedForPatient } from '../store/feed-endings.ts';
import { mailsWaitingFor } from '../store/mails.ts';
import { hold, takeUp } from './desk.ts';
import { gateOf } from './gate.ts';
import { PATIENT_REASONS } from './policy.ts';

export function releaseTaskHandler(context: UseCaseContext): (task: Task) => Promise<void> {
  return async (task) => {
    await transaction(context.pool, async (tx) => {
      await completeTask(tx, task);
      for (const document of await documentsWaitingFor(tx, task.subject)) await addDocumentTask(tx, document);
      await reopenEnded(tx, context, task.subject);
      for (const mail of await mailsWaitingFor(tx, task.subject)) await addMailTask(tx, mail);
    });
  };
}

/** Only what would not end again: its sender is not to be told twice. */
async function reopenEnded(tx: Db, context: UseCaseContext, identityId: string): Promise<void> {
  const ended = await endedForPatient(
    tx,
    identityId,
    PATIENT_REASONS.map(({ id }) => id),
  );
  for (const document of ended) {
    const patient = await fedPatientById(tx, document, identityId);
    // That a DMP was not asked for since says nothing: TD0.2 has to find it open.
    const ofTheDmp = document.ruleId === feedRules.dmpAbsent.id || document.ruleId === feedRules.dmpClosed.id;
    if (ofTheDmp && patient?.dmpState !== 'active') continue;
    if (gateOf(context, document, patient, false).kind === 'ended') continue;
    const held = await hold(tx, document.id);
    if (held?.document.state === 'withdrawn') await takeUp(tx, context, held, 'ce qui l’arrêtait a changé');
  }
}
