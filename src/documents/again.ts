/**
 * A document that we built ourselves, taken out of another person's DMP, is built again for its own patient: a new document
 * with a uniqueId of its own, since XDS holds one once for ever (practice 12, 23). It waits for the gate like any other.
 */
import { establishmentOf } from '../config/lookup.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addDocumentTask } from '../queue/document-tasks.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { versionRules } from '../rules/versions.ts';
import { nextPlaceAfter } from '../store/chains.ts';
import type { Db } from '../store/db.ts';
import { type DocumentRecord, insertWithDelivery, lockDocument, TO_THE_DMP_ALONE } from '../store/documents.ts';
import { renumberMoved } from '../store/misfiled.ts';
import { deriveDocumentUniqueId } from '../wire/cda/unique-id.ts';
import { recordMails } from './mails.ts';

/** Behind its original, whose deletion is settled: later versions of its sender find this one. */
export async function buildAgain(
  tx: Db,
  context: UseCaseContext,
  documentId: string,
  by: { readonly recallId: string; readonly identityId: string },
): Promise<Result<string>> {
  const original = await lockDocument(tx, documentId);
  if (original.kind !== 'raw' || original.action === 'delete') return refuse(versionRules.originalUnknown);
  const root = establishmentOf(context.config, original.eg).legal.documentRoot;
  const origin = { sender: 'recall', controlId: original.uniqueId, contentDigest: by.recallId };
  const uniqueId = deriveDocumentUniqueId(root, origin);
  if (!uniqueId.ok) return uniqueId;
  const { chainKey, chainPosition, lastVersion } = await nextPlaceAfter(tx, original);
  // Its original left by API V2: so does it, without a lane to ask for.
  const { claimed: _, designates: __, migrating: ___, ...notice } = original.notice;
  const at = context.now();
  const document: DocumentRecord = {
    ...original,
    ...TO_THE_DMP_ALONE,
    id: context.newUuid(),
    receivedAt: at,
    action: 'create',
    chainKey,
    chainPosition,
    targetId: null,
    versionNumber: lastVersion + 1,
    identityId: by.identityId,
    uniqueId: uniqueId.value,
    notice,
    state: 'received',
    ruleId: null,
    detail: null,
    updatedAt: at,
  };
  const delivery = { id: context.newUuid(), destination: 'DMP', state: 'waiting', at } as const;
  const received = { at, step: 'received', ruleId: null, detail: `rappel ${by.recallId}` };
  if (!(await insertWithDelivery(tx, document, delivery, [received]))) return refuse(versionRules.identicalCopy);
  await recordMails(tx, context, document);
  await renumberMoved(tx, by.identityId, [document.id]);
  await addDocumentTask(tx, document);
  return ok(document.id);
}
