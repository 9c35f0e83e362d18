/** The CDA that we built for a raw document; a received one stays in its message. */
import { type Db, maybe, one, write } from './db.ts';
import type { KeptBytes } from './kept.ts';

/** Keeps the CDA that we built; built again after a change of identity, it replaces the former one. */
export async function putBuiltCda(tx: Db, documentId: string, bytes: Buffer, kept?: KeptBytes): Promise<void> {
  const { version } = await one<{ version: string }>(
    tx,
    `insert into document_cda (document_id, bytes) values ($1, $2)
     on conflict (document_id) do update set bytes = excluded.bytes returning xmin::text as version`,
    [documentId, bytes],
  );
  kept?.keep(cdaKey(documentId, version), bytes);
}

/** What leaves is what was received, whatever was made of it for an earlier number. */
export function dropBuiltCda(tx: Db, documentId: string): Promise<void> {
  return write(tx, 'delete from document_cda where document_id = $1', [documentId]);
}

/** `version`: the transaction that wrote the row, whichever process it was of. */
function cdaKey(documentId: string, version: string): string {
  return `cda:${documentId}:${version}`;
}

/** Whether a CDA was built, without reading it. */
export async function hasBuiltCda(db: Db, documentId: string): Promise<boolean> {
  return (await maybe(db, 'select 1 from document_cda where document_id = $1', [documentId])) !== undefined;
}

export async function getBuiltCda(db: Db, documentId: string, kept?: KeptBytes): Promise<Buffer | undefined> {
  if (kept !== undefined) {
    const written = 'select xmin::text as version from document_cda where document_id = $1';
    const row = await maybe<{ version: string }>(db, written, [documentId]);
    const bytes = row && kept.get(cdaKey(documentId, row.version));
    if (row === undefined || bytes !== undefined) return bytes;
  }
  const row = await maybe<{ bytes: Buffer }>(db, 'select bytes from document_cda where document_id = $1', [documentId]);
  return row?.bytes;
}
