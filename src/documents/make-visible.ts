/**
 * « Rendre visible »: a document that its patient does not see yet gets a new version that he sees, the same in everything
 * else. The gateway does it for the CDA that it built itself; that of another software is its author's to replace (practice
 * 12). In indirect mode a visibility changes by replacement only (dmp.md 1.6).
 */
import { establishmentOf } from '../config/lookup.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addDocumentTask } from '../queue/document-tasks.ts';
import { apiRules } from '../rules/api.ts';
import { policyRules } from '../rules/policy.ts';
import { retentionRules } from '../rules/retention.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { nextPlaceAfter } from '../store/chains.ts';
import { transaction } from '../store/db.ts';
import {
  type DocumentRecord,
  documentById,
  insertWithDelivery,
  lockDocument,
  TO_THE_DMP_ALONE,
} from '../store/documents.ts';
import { prunedContent } from '../store/retention.ts';
import { deriveDocumentUniqueId } from '../wire/cda/unique-id.ts';

/** Gives the new version. Asked for twice, it is the same one. */
export async function makeVisible(
  context: UseCaseContext,
  documentId: string,
  by: { readonly actor: string; readonly reason: string },
): Promise<Result<string>> {
  return transaction(context.pool, async (tx) => {
    if ((await documentById(tx, documentId)) === undefined) return refuse(apiRules.notFound);
    const original = await lockDocument(tx, documentId);
    const { visibility } = original.notice;
    if (original.state !== 'accepted' || !visibility.invisibleToPatient) return refuse(policyRules.alreadyVisible);
    if (original.kind !== 'raw') return refuse(policyRules.visibilityOfSender);
    if ((await prunedContent(tx, documentId)) !== undefined) return refuse(retentionRules.askTheSender);
    const root = establishmentOf(context.config, original.eg).legal.documentRoot;
    const origin = { sender: 'visibility', controlId: original.uniqueId, contentDigest: 'visible' };
    const uniqueId = deriveDocumentUniqueId(root, origin);
    if (!uniqueId.ok) return uniqueId;
    const { chainKey, chainPosition, lastVersion } = await nextPlaceAfter(tx, original);
    const { claimed: _, ...notice } = original.notice;
    const at = context.now();
    const version: DocumentRecord = {
      ...original,
      ...TO_THE_DMP_ALONE,
      id: context.newUuid(),
      receivedAt: at,
      action: 'replace',
      chainKey,
      chainPosition,
      targetId: original.id,
      versionNumber: lastVersion + 1,
      uniqueId: uniqueId.value,
      notice: {
        ...notice,
        designates: original.uniqueId,
        visibility: { ...visibility, invisibleToPatient: false },
      },
      state: 'received',
      ruleId: null,
      detail: null,
      updatedAt: at,
    };
    const delivery = { id: context.newUuid(), destination: 'DMP', state: 'waiting', at } as const;
    const detail = `rendu visible du patient par ${by.actor} : ${by.reason}`.slice(0, 500);
    const received = { at, step: 'received', ruleId: null, detail };
    if (!(await insertWithDelivery(tx, version, delivery, [received]))) return refuse(policyRules.visibilityAsked);
    await addDocumentTask(tx, version);
    return ok(version.id);
  });
}
