/**
 * Mails in the ledger of the feed (decision 0050): what the operator accepted, and what nobody has in the end. Whoever calls
 * has locked the mail.
 */
import type { UseCaseContext } from '../queue/context.ts';
import type { Db } from '../store/db.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { type MailRecord, mailProof } from '../store/mails.ts';
import { addLedgerEntry, type LedgerEntry, ledgerStanding } from '../store/proofs.ts';

interface Proved {
  readonly document: DocumentRecord;
  readonly mail: MailRecord;
}

/** Once for each time that it leaves: what was told already, by a receipt that came before the end of the dialogue, is not told twice. */
export async function proveAccepted(tx: Db, context: UseCaseContext, about: Proved): Promise<void> {
  const { document, mail } = about;
  const before = await ledgerStanding(tx, document.id, mail.destination);
  if (before !== undefined && before.act !== 'return') return;
  const { original } = await mailProof(tx, mail.id, document);
  const replaced = original !== null && (await stands(tx, original.documentId, mail)) ? original.uniqueId : undefined;
  if (document.action === 'delete') {
    if (replaced !== undefined) await add(tx, context, about, { act: 'deletion', uniqueId: replaced });
    return;
  }
  const { uniqueId } = document;
  // What came back had been taken out of the count, with what it replaced.
  if (before !== undefined) await add(tx, context, about, { act: 'acceptance', uniqueId, turn: before.lines + 1 });
  else if (replaced !== undefined) await add(tx, context, about, { act: 'replacement', uniqueId, replaces: replaced });
  else await add(tx, context, about, { act: 'acceptance', uniqueId });
}

/** Refused in the end for every recipient. */
export async function proveReturned(tx: Db, context: UseCaseContext, about: Proved): Promise<void> {
  const { document, mail } = about;
  const before = await ledgerStanding(tx, document.id, mail.destination);
  if (before === undefined || before.act === 'return' || before.act === 'deletion') return;
  await add(tx, context, about, { act: 'return', uniqueId: document.uniqueId, turn: before.lines });
}

async function stands(tx: Db, documentId: string, { destination }: MailRecord): Promise<boolean> {
  const standing = await ledgerStanding(tx, documentId, destination);
  return standing !== undefined && standing.act !== 'return';
}

async function add(
  tx: Db,
  context: UseCaseContext,
  { document, mail }: Proved,
  said: Pick<LedgerEntry, 'act' | 'uniqueId' | 'replaces' | 'turn'>,
): Promise<void> {
  const { sha1 } = await mailProof(tx, mail.id, document);
  await addLedgerEntry(tx, {
    ...said,
    at: context.now(),
    ej: document.ej,
    eg: document.eg,
    documentId: document.id,
    destination: mail.destination,
    typeCode: document.typeCode,
    submissionUniqueId: mail.messageId,
    documentSha1: sha1 ?? '',
    // None for a professional's mail that left without a qualified INS (practice 8).
    oid: mail.sentOid ?? '',
  });
}
