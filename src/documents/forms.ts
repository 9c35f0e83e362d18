/** The three forms of a document: as received, as the reader will see it, as it is submitted. */
import { apiRules } from '../rules/api.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { getBuiltCda, hasBuiltCda } from '../store/built-cda.ts';
import type { Db } from '../store/db.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { KeptBytes } from '../store/kept.ts';
import { loadMessage } from '../store/messages.ts';
import { prunedContent } from '../store/retention.ts';
import { levelOneContent } from '../wire/cda/content.ts';
import { fingerprint } from '../wire/xds/fingerprint.ts';
import { type Original, originalOf, pruned } from './original.ts';

export type DocumentForm = 'original' | 'prepared' | 'cda';

/** `prepared` and `cda` of a raw document exist once its identity was qualified and its CDA built. */
export async function formOf(
  db: Db,
  document: DocumentRecord,
  form: DocumentForm,
  kept?: KeptBytes,
): Promise<Result<Original>> {
  if (document.action === 'delete') return refuse(apiRules.notFound, { detail: 'une suppression n’a pas de contenu' });
  if (document.kind === 'cda' && form === 'prepared')
    return refuse(apiRules.notFound, { detail: 'un CDA reçu est transmis tel quel' });
  if (document.kind === 'cda' || form === 'original')
    return originalOf(await loadMessage(db, document.messageId, kept), document.part);
  const cda = await getBuiltCda(db, document.id, kept);
  if (cda === undefined) {
    const gone = await prunedContent(db, document.id);
    if (gone !== undefined) return pruned(gone.at, gone.ruleId);
  }
  if (cda === undefined) return refuse(apiRules.notFound, { detail: "le document n'est pas encore préparé" });
  if (form === 'cda') return ok({ mimeType: 'text/xml', bytes: cda });
  // Its media type too: a text or a picture may have been made into a PDF.
  const content = levelOneContent(cda);
  if (content === undefined) throw new Error(`the CDA built for document ${document.id} has no readable body`);
  return ok({ mimeType: content.mediaType ?? document.mimeType, bytes: content.bytes });
}

/** Which forms can be opened now. */
export async function availableForms(db: Db, document: DocumentRecord): Promise<DocumentForm[]> {
  if (document.action === 'delete') return [];
  if ((await prunedContent(db, document.id)) !== undefined) return [];
  if (document.kind === 'cda') return ['original', 'cda'];
  return (await hasBuiltCda(db, document.id)) ? ['original', 'prepared', 'cda'] : ['original'];
}

/** The CDA to submit, built and stored or received, with the SHA-1 by which the DMP knows it (hexadecimal). */
export async function submittedCda(
  db: Db,
  document: DocumentRecord,
  kept?: KeptBytes,
): Promise<Result<{ readonly bytes: Buffer; readonly sha1: string }>> {
  const cda = await formOf(db, document, 'cda', kept);
  if (!cda.ok) return cda;
  const { bytes } = cda.value;
  return ok({ bytes, sha1: fingerprint(bytes) });
}
