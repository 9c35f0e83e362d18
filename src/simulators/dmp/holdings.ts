/**
 * What this DMP holds, durable before any answer: a synced journal of what happened and one file per content.
 * A uniqueId, of a document or of a submission set, is held once for ever, whatever became of the document.
 */
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openJournal } from '../common/journal.ts';
import { type HeldDocument, type HeldSet, type Patient, type Status, unknownPatient } from './held.ts';
import { apply, type Event, emptyState, patientKey, type State, statusOf, versionKey } from './holdings-state.ts';
import type { RegistryError } from './problem.ts';
import { INS_C, type PatientId } from './values.ts';

/** Called when no other change can come between its answer and the effect; empty: the effect takes place. */
type Conflicts = () => RegistryError[];

export interface Holdings {
  /** The person, by an INS or by an INS-C that is linked to one. */
  patient(id: PatientId): Patient;
  /** Every patient of whom something was told, by the control API or by a transaction. */
  patients(): Patient[];
  setPatient(patient: PatientId & Partial<Patient>): Promise<void>;
  /** Any version of the metadata. */
  byEntryUUID(entryUUID: string): HeldDocument | undefined;
  /** The current version. */
  byUniqueId(uniqueId: string): HeldDocument | undefined;
  byLogicalId(logicalId: string): HeldDocument | undefined;
  /** Every document held for the patient, current versions, in order of reception; all patients without argument. */
  documents(patient?: { readonly value: string; readonly oid?: string }): HeldDocument[];
  /** The other document held with this setId and version, if any. */
  byVersion(setId: string, versionNumber: number): HeldDocument | undefined;
  statusOf(document: HeldDocument): Status;
  /** entryUUID. */
  replacedBy(document: HeldDocument): string | undefined;
  knowsSet(submissionSetUniqueId: string): boolean;
  /** Submission sets of the patient, in order of reception. */
  sets(patient: PatientId): HeldSet[];
  /** Holds the documents and their set, unless something conflicts. Resolves when everything is on disk. */
  add(
    items: readonly { readonly document: HeldDocument; readonly bytes: Buffer }[],
    set: HeldSet,
    conflicts: Conflicts,
  ): Promise<RegistryError[]>;
  /** Holds a new version of the metadata, under the same condition. */
  update(document: HeldDocument, set: HeldSet, conflicts: Conflicts): Promise<RegistryError[]>;
  /** Deletes (logically), archives or takes out of the archive, under the same condition. */
  setStatus(entryUUID: string, status: Status, set: HeldSet, conflicts: Conflicts): Promise<RegistryError[]>;
  /** Of any version of the metadata. */
  content(entryUUID: string): Promise<Buffer>;
  close(): Promise<void>;
}

type Writing = 'setPatient' | 'add' | 'update' | 'setStatus' | 'content' | 'close';

export async function openHoldings(directory: string): Promise<Holdings> {
  const contents = join(directory, 'content');
  await mkdir(contents, { recursive: true });
  const state = emptyState();
  const journal = await openJournal<Event>(join(directory, 'dmp.jsonl'), (event) => apply(state, event));
  const exclusive = queue();
  const commit = (event: Event, conflicts: Conflicts): Promise<RegistryError[]> =>
    exclusive(async () => {
      const errors = conflicts();
      if (errors.length > 0) return errors;
      await journal.append(event);
      apply(state, event);
      return [];
    });
  return {
    ...reader(state),
    async setPatient(patient) {
      await commit({ type: 'patient', patient }, () => []);
    },
    async add(items, set, conflicts) {
      const early = conflicts();
      if (early.length > 0) return early;
      for (const { document, bytes } of items) await writeContent(contentFile(contents, document.logicalId), bytes);
      await syncDirectory(contents);
      return commit({ type: 'submission', documents: items.map(({ document }) => document), set }, conflicts);
    },
    update: (document, set, conflicts) => commit({ type: 'update', document, set }, conflicts),
    setStatus: (entryUUID, status, set, conflicts) => commit({ type: 'status', entryUUID, status, set }, conflicts),
    content: (entryUUID) => readFile(contentFile(contents, state.byEntryUUID.get(entryUUID)?.logicalId ?? entryUUID)),
    close: () => exclusive(() => journal.close()),
  };
}

function reader(state: State): Omit<Holdings, Writing> {
  const current = (logicalId: string | undefined): HeldDocument | undefined =>
    logicalId === undefined ? undefined : state.current.get(logicalId);
  return {
    patient: (id) =>
      state.patients.get(patientKey(id)) ??
      state.patients.get((id.oid === INS_C ? state.byInsC.get(id.value) : undefined) ?? '') ??
      unknownPatient(id),
    patients: () => [...state.patients.values()],
    byEntryUUID: (entryUUID) => state.byEntryUUID.get(entryUUID.toLowerCase()),
    byUniqueId: (uniqueId) => current(state.byUniqueId.get(uniqueId)),
    byLogicalId: (logicalId) => current(logicalId.toLowerCase()),
    documents: (patient) =>
      patient === undefined
        ? [...state.current.values()]
        : (state.byMatricule.get(patient.value) ?? [])
            .flatMap((logicalId) => current(logicalId) ?? [])
            .filter((document) => patient.oid === undefined || document.patient.oid === patient.oid),
    byVersion: (setId, versionNumber) => current(state.byVersion.get(versionKey(setId, versionNumber))),
    statusOf: (document) => statusOf(state, document),
    replacedBy: ({ logicalId }) => current(state.replacedBy.get(logicalId))?.entryUUID,
    knowsSet: (submissionSetUniqueId) => state.setIds.has(submissionSetUniqueId),
    sets: ({ value, oid }) => (state.setsByMatricule.get(value) ?? []).filter(({ patient }) => patient.oid === oid),
  };
}

/** Runs one task at a time, in order. */
function queue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task, task);
    last = next.catch(() => undefined);
    return next;
  };
}

/** Named after the logical id: the bytes stay while the metadata change. */
function contentFile(directory: string, logicalId: string): string {
  return join(directory, logicalId.replace('urn:uuid:', ''));
}

async function writeContent(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
