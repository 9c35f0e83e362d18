/** A backup read from its first byte to its last, every checksum compared, before anything is restored from it. */
import { createHash } from 'node:crypto';
import { BackupUnreadable, readContainer } from './container.ts';
import { jsonOf, type Manifest, manifestSchema, type TableEnd, tableEnd } from './manifest.ts';

export interface VerifiedBackup {
  readonly manifest: Manifest;
  readonly tables: readonly TableEnd[];
}

/** Throws BackupUnreadable. */
export async function verifyBackup(file: string, key: Buffer | undefined): Promise<VerifiedBackup> {
  let manifest: Manifest | undefined;
  const tables: TableEnd[] = [];
  let hash = createHash('sha256');
  let complete = false;
  for await (const frame of readContainer(file, key)) {
    if (frame.type === 'M') manifest = readManifest(jsonOf(frame));
    else if (frame.type === 'T') hash = createHash('sha256');
    else if (frame.type === 'D') hash.update(frame.payload);
    else if (frame.type === 'Z') complete = true;
    else if (frame.type === 'E') {
      const end = tableEnd.parse(jsonOf(frame));
      if (end.sha256 !== hash.digest('hex')) throw new BackupUnreadable(`table ${end.name} : empreinte différente`);
      tables.push(end);
    }
  }
  if (manifest === undefined || !complete || tables.length !== manifest.tables.length)
    throw new BackupUnreadable('sauvegarde incomplète');
  return { manifest, tables };
}

function readManifest(value: unknown): Manifest {
  const read = manifestSchema.safeParse(value);
  if (!read.success) throw new BackupUnreadable("sauvegarde d'un format inconnu de cette version");
  return read.data;
}
