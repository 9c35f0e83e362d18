/** The three forms of a document: as received, as the reader will see it, as it is submitted. */
import { createHash } from 'node:crypto';
import { apiRules } from '../rules/api.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { getBuiltCda, hasBuiltCda } from '../store/built-cda.ts';
import type { Db } from '../store/db.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { KeptBytes } from '../store/kept.ts';
import { loadMessage } from '../store/messages.ts';
import { prunedContent } from '../store/retention.ts';
import { levelOneContent } from '../wire/cda/content.ts';
import { changesBetween } from '../wire/cda/replace-ins.ts';
import { fingerprint } from '../wire/xds/fingerprint.ts';
import { type Original, originalOf, pruned } from './original.ts';

/** `difference`: of a CDA whose header was re-issued, what differs from the original (practice 18). */
export type DocumentForm = 'original' | 'prepared' | 'cda' | 'difference';

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
  if (form === 'difference') return difference(db, document, kept);
  const remade =
    document.notice.legacy === undefined || form !== 'cda' ? undefined : await getBuiltCda(db, document.id, kept);
  if (remade !== undefined) return ok({ mimeType: document.mimeType, bytes: remade });
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

/** As JSON: each value that changed, with its place; both documents by their digest. */
async function difference(db: Db, document: DocumentRecord, kept?: KeptBytes): Promise<Result<Original>> {
  const made = document.notice.legacy === undefined ? undefined : await getBuiltCda(db, document.id, kept);
  if (made === undefined) return refuse(apiRules.notFound, { detail: 'aucun en-tête n’a été réémis' });
  const original = originalOf(await loadMessage(db, document.messageId, kept), document.part);
  if (!original.ok) return original;
  const changes = changesBetween(original.value.bytes, made);
  if (changes === undefined)
    throw new Error(`the CDA of document ${document.id} differs from its original by more than its id`);
  const said = { original: describedBytes(original.value.bytes), sent: describedBytes(made), changes };
  return ok({ mimeType: 'application/json', bytes: Buffer.from(JSON.stringify(said, undefined, 2)) });
}

function describedBytes(bytes: Buffer) {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Which forms can be opened now. */
export async function availableForms(db: Db, document: DocumentRecord): Promise<DocumentForm[]> {
  if (document.action === 'delete') return [];
  if ((await prunedContent(db, document.id)) !== undefined) return [];
  if (document.kind === 'cda') {
    const remade = document.notice.legacy !== undefined && (await hasBuiltCda(db, document.id));
    return remade ? ['original', 'cda', 'difference'] : ['original', 'cda'];
  }
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
