/**
 * An IHE XDM package (IHE_XDM.zip of an MSSanté mail, cda-cisis.md 6): which documents it carries, each found, of the size
 * and SHA-1 announced, all of one patient. Lower-case names and what macOS or version control leave behind are accepted.
 */
import { createHash } from 'node:crypto';
import { ok, type Refusal, type Result, refuse } from '../../rules/rule.ts';
import { xdmRules } from '../../rules/xdm.ts';
import { type ArchiveFile, type ArchiveLimits, openArchive } from './archive.ts';
import { readXdmMetadata, type XdmEntry, type XdmMetadata } from './metadata.ts';

export interface XdmDocument extends XdmEntry {
  /** Name of the folder that it stands in, for example `SUBSET01`. */
  readonly subset: string;
  readonly bytes: Buffer;
}

export interface XdmPackage {
  /** CX of the one patient; absent when no metadata names any. */
  readonly patientId?: string;
  readonly documents: readonly XdmDocument[];
}

interface Subset {
  readonly name: string;
  /** With its last `/`. */
  readonly folder: string;
  readonly metadata: XdmMetadata;
}

export async function readXdm(bytes: Uint8Array, limits?: ArchiveLimits): Promise<Result<XdmPackage>> {
  const archive = await openArchive(bytes, limits);
  if (!archive.ok) return archive;
  const subsets: Subset[] = [];
  for (const { file, name } of metadataFiles(archive.value)) {
    const content = await file.read();
    const metadata = content.ok ? readXdmMetadata(content.value) : content;
    if (!metadata.ok) return metadata;
    subsets.push({ name, folder: file.name.slice(0, file.name.lastIndexOf('/') + 1), metadata: metadata.value });
  }
  if (subsets.length === 0) return refuse(xdmRules.metadataMissing);
  const patients = new Set(subsets.flatMap(({ metadata }) => patientsOf(metadata)));
  if (patients.size > 1) return refuse(xdmRules.severalPatients);
  const documents: XdmDocument[] = [];
  for (const subset of subsets) {
    for (const entry of subset.metadata.entries) {
      const content = await documentOf(archive.value, subset, entry);
      if (!content.ok) return content;
      documents.push({ ...entry, subset: subset.name, bytes: content.value });
    }
  }
  const [patientId] = patients;
  return ok({ ...(patientId === undefined ? {} : { patientId }), documents });
}

/** `.svn`, `__MACOSX`, `._METADATA.XML`: not one of them is a subset. */
function metadataFiles(files: readonly ArchiveFile[]): { file: ArchiveFile; name: string }[] {
  return files.flatMap((file) => {
    const name = /^IHE_XDM\/([^/.][^/]*)\/METADATA\.XML$/i.exec(file.name)?.[1];
    return name === undefined ? [] : [{ file, name }];
  });
}

function patientsOf({ patientId, entries }: XdmMetadata): string[] {
  return [patientId, ...entries.map((entry) => entry.patientId)].filter((id) => id !== undefined);
}

/** Only a file of the same folder, whatever the case of its name; nothing is looked for outside the archive. */
async function documentOf(
  files: readonly ArchiveFile[],
  { folder, name }: Subset,
  { uri, size, hash }: XdmEntry,
): Promise<Result<Buffer>> {
  const location = `${name}/METADATA.XML`;
  const wanted = `${folder}${uri}`.toUpperCase();
  const file = uri.includes('..') ? undefined : files.find((each) => each.name.toUpperCase() === wanted);
  if (file === undefined) return refuse(xdmRules.documentMissing, { location });
  const content = await file.read();
  if (!content.ok) return content;
  const refusal = differenceOf(content.value, size, hash);
  if (refusal !== undefined) return { ok: false, refusal: { ...refusal, location } };
  return content;
}

function differenceOf(bytes: Buffer, size: number | undefined, hash: string | undefined): Refusal | undefined {
  if (size !== undefined && size !== bytes.length) return { rule: xdmRules.documentAltered, detail: 'size' };
  if (hash !== undefined && hash !== createHash('sha1').update(bytes).digest('hex'))
    return { rule: xdmRules.documentAltered, detail: 'hash' };
  // `PK`, 3, 4: the beginning of another archive.
  return bytes.subarray(0, 4).equals(Buffer.of(0x50, 0x4b, 3, 4)) ? { rule: xdmRules.archiveNested } : undefined;
}
