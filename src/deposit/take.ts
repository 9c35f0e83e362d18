/**
 * One look at a watched folder: what is whole is taken, in the order in which it was written. Durable in the database first,
 * moved afterwards: interrupted between the two, the next look finds its document again and only moves the files.
 */
import { createHash } from 'node:crypto';
import { senderOf } from '../config/lookup.ts';
import { type Submitted, submitDocument } from '../documents/index.ts';
import { depositRules } from '../rules/deposit.ts';
import type { Refusal } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import { documentOfRequest, tryFolderTurn } from '../store/deposits.ts';
import { explanationOf, writeAnswer } from './answer.ts';
import type { FolderDoor } from './door.ts';
import { DONE, type Entry, listEntries, makeFolders, putAway, REFUSED, readEntry, writeBeside } from './files.ts';
import { patientNamed, readNaming } from './printed.ts';
import { readSidecar, type Said, SIDECAR_SUFFIX } from './sidecar.ts';

const HOUR_MS = 3_600_000;
const LARGEST_SIDECAR = 256 * 1024;

/** `waiting`: it stays where it is. */
type Fate = 'taken' | 'refused' | 'waiting';

/** Takes what is whole, until `signal`. How many documents; undefined when another process has this folder. */
export async function takeFolder(door: FolderDoor, signal?: AbortSignal): Promise<number | undefined> {
  const { context, source, folder } = door;
  await makeFolders(folder.path);
  // The lock lasts as long as the transaction. Lost with its connection, two processes look at once: the same file is the
  // same request, and whoever moves it second finds nothing to move.
  return transaction(context.pool, async (turn) => {
    if (!(await tryFolderTurn(turn, senderOf(source)))) return undefined;
    const entries = await listEntries(folder.path);
    const quiet = quietOnes(door, entries);
    const names = new Set(entries.map(({ name }) => name));
    let taken = 0;
    for (const entry of quiet.values()) {
      if (signal?.aborted === true) return taken;
      if (isSidecar(entry, names)) continue;
      const fate = await takeEntry(door, entry, quiet, names);
      if (fate === 'taken') taken += 1;
      // What went with it has gone with it.
      if (fate !== 'waiting') quiet.delete(entry.name + SIDECAR_SUFFIX);
    }
    for (const entry of quiet.values()) if (isSidecar(entry, names)) await judgeAlone(door, entry, names);
    return taken;
  });
}

/** Those that have not changed for long enough, by name. */
function quietOnes({ context, folder, seen, naming }: FolderDoor, entries: readonly Entry[]): Map<string, Entry> {
  const now = context.now().getTime();
  const names = new Set(entries.map(({ name }) => name));
  for (const gone of [seen, naming]) for (const name of gone.keys()) if (!names.has(name)) gone.delete(name);
  for (const { name, version } of entries)
    if (seen.get(name)?.version !== version) seen.set(name, { version, since: now });
  const quiet = entries.filter(({ name }) => now - (seen.get(name)?.since ?? now) >= folder.quietMs);
  return new Map(quiet.map((entry) => [entry.name, entry]));
}

function isSidecar({ name, usable, regular }: Entry, names: ReadonlySet<string>): boolean {
  return usable && regular && name.endsWith(SIDECAR_SUFFIX) && !names.has(name + SIDECAR_SUFFIX);
}

async function judgeAlone(door: FolderDoor, entry: Entry, names: ReadonlySet<string>): Promise<void> {
  if (names.has(entry.name.slice(0, -SIDECAR_SUFFIX.length)) || !isOverdue(door, entry)) return;
  await refuseFiles(door, [entry], { rule: depositRules.documentMissing });
}

function isOverdue({ context, folder }: FolderDoor, { ctimeMs }: Entry): boolean {
  return context.now().getTime() - ctimeMs >= folder.waitHours * HOUR_MS;
}

async function takeEntry(
  door: FolderDoor,
  entry: Entry,
  quiet: ReadonlyMap<string, Entry>,
  names: ReadonlySet<string>,
): Promise<Fate> {
  const { source, folder } = door;
  const beside = quiet.get(entry.name + SIDECAR_SUFFIX);
  if (!names.has(entry.name + SIDECAR_SUFFIX) && (await stillUnknown(door, entry))) return 'waiting';
  const read = await readEntry(folder.path, entry, folder.maxBytes);
  if (read === undefined) return 'waiting';
  // A file that is not taken takes its description along, whatever it says.
  if (!read.ok) return refuseFiles(door, beside === undefined ? [entry] : [entry, beside], read.refusal);
  if (beside === undefined) {
    if (names.has(entry.name + SIDECAR_SUFFIX)) return 'waiting';
    if (isPrinted(door, entry)) return takePrinted(door, entry, read.value);
    return isOverdue(door, entry) ? refuseFiles(door, [entry], { rule: depositRules.sidecarMissing }) : 'waiting';
  }
  const files = [entry, beside];
  const description = await readEntry(folder.path, beside, LARGEST_SIDECAR);
  if (description === undefined) return 'waiting';
  if (!description.ok) return refuseFiles(door, files, description.refusal);
  const said = readSidecar(description.value, entry.name, source.eg);
  if (!said.ok) return refuseFiles(door, files, said.refusal);
  return submit(door, files, read.value, said.value, markOf(entry.name, read.value, description.value));
}

function isPrinted({ folder }: FolderDoor, { name }: Entry): boolean {
  return folder.printed !== undefined && /\.pdf$/i.test(name);
}

/** A printed PDF whose symbol was read, and whose patient has not come: it is not opened again for that. */
async function stillUnknown(door: FolderDoor, entry: Entry): Promise<boolean> {
  const { context, source, naming } = door;
  const known = naming.get(entry.name);
  if (known?.version !== entry.version || isOverdue(door, entry)) return false;
  return (await patientNamed(context, known.texts, source.ippDomain)).outcome === 'waiting';
}

async function takePrinted(door: FolderDoor, entry: Entry, bytes: Buffer): Promise<Fate> {
  const { context, source, folder, stamper, naming } = door;
  const { printed } = folder;
  if (printed === undefined) throw new Error('this folder takes no printed PDF');
  const mark = markOf(entry.name, bytes, Buffer.alloc(0));
  const done = await documentOfRequest(context.pool, senderOf(source), derivedRequest(mark));
  if (done !== undefined) return putDone(door, [entry], mark, done);
  const texts = await readNaming(stamper, bytes);
  if (!texts.ok) return refuseFiles(door, [entry], texts.refusal);
  const named = await patientNamed(context, texts.value, source.ippDomain);
  if (named.outcome === 'waiting' && !isOverdue(door, entry)) {
    naming.set(entry.name, { version: entry.version, texts: texts.value });
    return 'waiting';
  }
  if (named.outcome !== 'found') return refuseFiles(door, [entry], named.refusal);
  const { ipp, ippDomain } = named;
  return submit(door, [entry], bytes, { ...printed, mimeType: 'application/pdf', ipp, ippDomain }, mark);
}

/** The name, the content and what is said of it make the request: left again, they are the same document. */
function markOf(name: string, bytes: Buffer, description: Buffer): string {
  const digest = createHash('sha256');
  for (const part of [Buffer.from(name), bytes, description]) digest.update(createHash('sha256').update(part).digest());
  return digest.digest('hex').slice(0, 40);
}

function derivedRequest(mark: string): string {
  return `dossier-${mark}`;
}

async function submit(
  door: FolderDoor,
  files: readonly Entry[],
  bytes: Buffer,
  said: Said,
  mark: string,
): Promise<Fate> {
  const { context, source } = door;
  const known = await documentOfRequest(context.pool, senderOf(source), derivedRequest(mark));
  if (known !== undefined) return putDone(door, files, mark, known);
  const submitted: Submitted = {
    ...said,
    content: bytes.toString('base64'),
    createdAt: said.createdAt ?? new Date(files[0]?.mtimeMs ?? 0).toISOString(),
    requestId: said.requestId ?? derivedRequest(mark),
  };
  const result = await submitDocument(context, submitted, `dossier:${source.application}`, source);
  return result.ok ? putDone(door, files, mark, result.value) : refuseFiles(door, files, result.refusal);
}

async function putDone(door: FolderDoor, files: readonly Entry[], mark: string, documentId: string): Promise<Fate> {
  const short = mark.slice(0, 12);
  await writeAnswer(door, `${short}_${files[0]?.name}`, documentId);
  for (const file of files) await putAway(door.folder.path, file, DONE, short);
  return 'taken';
}

/** Explains first: a file in `refused` always has its reason beside it. */
async function refuseFiles(
  { context, folder }: FolderDoor,
  files: readonly Entry[],
  refusal: Refusal,
): Promise<'refused'> {
  const [first] = files;
  if (first === undefined) throw new Error('no file to refuse');
  const mark = createHash('sha256').update(`${first.name} ${first.version}`).digest('hex').slice(0, 12);
  context.log.warn({ rule: refusal.rule.id, file: mark }, 'file refused in a watched folder');
  await writeBeside(
    folder.path,
    REFUSED,
    `${mark}_${first.name}.txt`,
    explanationOf(first.name, refusal, context.now()),
  );
  for (const file of files) await putAway(folder.path, file, REFUSED, mark);
  return 'refused';
}
