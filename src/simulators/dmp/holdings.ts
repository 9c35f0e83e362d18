/**
 * What this DMP holds, durable before any answer: a synced journal of what happened and one file per content.
 * A uniqueId, of a document or of a submission set, is held once for ever, whatever became of the document.
 */
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openJournal } from '../common/journal.ts';
import type { RegistryObject } from './ebxml.ts';
import type { RegistryError } from './problem.ts';
import type { PatientId } from './values.ts';

export interface HeldDocument {
  /** `urn:uuid:…`, lower case. */
  readonly entryUUID: string;
  readonly uniqueId: string;
  readonly kind: 'document' | 'signature';
  readonly object: RegistryObject;
  readonly patient: PatientId;
  /** SHA-1, hexadecimal. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
  readonly setId?: string;
  readonly versionNumber?: number;
  /** entryUUID of the document that this one replaced. */
  readonly replaces?: string;
  readonly submissionSetUniqueId: string;
  /** Identifiant_Structure of the VIHF. */
  readonly structure: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** What was admitted but noticed, for example a SHA-1 VIHF. */
  readonly flags: readonly string[];
}

export type Status = 'Approved' | 'Deprecated' | 'Deleted';
export type PatientState = 'open' | 'closed' | 'absent';
export type Authorisation = 'VALIDE' | 'EXPIRE' | 'INTERDIT' | 'NON_EXISTE';

export interface Patient extends PatientId {
  readonly state: PatientState;
  readonly authorisation: Authorisation;
}

type Event =
  | { readonly type: 'submission'; readonly documents: readonly HeldDocument[] }
  | { readonly type: 'deletion'; readonly entryUUID: string; readonly submissionSetUniqueId: string }
  | { readonly type: 'patient'; readonly patient: Patient };

export interface Holdings {
  patient(id: PatientId): Patient;
  setPatient(patient: Patient): Promise<void>;
  byEntryUUID(entryUUID: string): HeldDocument | undefined;
  byUniqueId(uniqueId: string): HeldDocument | undefined;
  /** Every document held for the patient, in order of reception; all patients without argument. */
  documents(patient?: { readonly value: string; readonly oid?: string }): HeldDocument[];
  /** The other document held with this setId and version, if any. */
  byVersion(setId: string, versionNumber: number): HeldDocument | undefined;
  statusOf(document: HeldDocument): Status;
  replacedBy(document: HeldDocument): string | undefined;
  knowsSet(submissionSetUniqueId: string): boolean;
  /**
   * Holds the documents, unless `conflicts` finds something: it is called when no other change can come between its
   * answer and the effect. Resolves when everything is on disk.
   */
  add(
    items: readonly { readonly document: HeldDocument; readonly bytes: Buffer }[],
    conflicts: () => RegistryError[],
  ): Promise<RegistryError[]>;
  /** Logical deletion, under the same condition. */
  remove(entryUUID: string, submissionSetUniqueId: string, conflicts: () => RegistryError[]): Promise<RegistryError[]>;
  content(entryUUID: string): Promise<Buffer>;
  close(): Promise<void>;
}

interface State {
  readonly byEntryUUID: Map<string, HeldDocument>;
  readonly byUniqueId: Map<string, HeldDocument>;
  readonly byVersion: Map<string, HeldDocument>;
  readonly byMatricule: Map<string, HeldDocument[]>;
  readonly replacedBy: Map<string, string>;
  readonly deleted: Set<string>;
  readonly sets: Set<string>;
  readonly patients: Map<string, Patient>;
}

const versionKey = (setId: string, versionNumber: number): string => `${setId} ${versionNumber}`;
const patientKey = ({ value, oid }: PatientId): string => `${value} ${oid}`;

export async function openHoldings(directory: string): Promise<Holdings> {
  const contents = join(directory, 'content');
  await mkdir(contents, { recursive: true });
  const state: State = {
    byEntryUUID: new Map(),
    byUniqueId: new Map(),
    byVersion: new Map(),
    byMatricule: new Map(),
    replacedBy: new Map(),
    deleted: new Set(),
    sets: new Set(),
    patients: new Map(),
  };
  const journal = await openJournal<Event>(join(directory, 'dmp.jsonl'), (event) => apply(state, event));
  const exclusive = queue();
  const commit = (event: Event, conflicts: () => RegistryError[]): Promise<RegistryError[]> =>
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
    async add(items, conflicts) {
      const early = conflicts();
      if (early.length > 0) return early;
      for (const { document, bytes } of items) await writeContent(contentFile(contents, document.entryUUID), bytes);
      await syncDirectory(contents);
      return commit({ type: 'submission', documents: items.map(({ document }) => document) }, conflicts);
    },
    remove: (entryUUID, submissionSetUniqueId, conflicts) =>
      commit({ type: 'deletion', entryUUID, submissionSetUniqueId }, conflicts),
    content: (entryUUID) => readFile(contentFile(contents, entryUUID)),
    close: () => exclusive(() => journal.close()),
  };
}

function reader(state: State): Omit<Holdings, 'setPatient' | 'add' | 'remove' | 'content' | 'close'> {
  return {
    patient: ({ value, oid }) =>
      state.patients.get(patientKey({ value, oid })) ?? { value, oid, state: 'open', authorisation: 'VALIDE' },
    byEntryUUID: (entryUUID) => state.byEntryUUID.get(entryUUID.toLowerCase()),
    byUniqueId: (uniqueId) => state.byUniqueId.get(uniqueId),
    documents: (patient) =>
      patient === undefined
        ? [...state.byEntryUUID.values()]
        : (state.byMatricule.get(patient.value) ?? []).filter(
            (document) => patient.oid === undefined || document.patient.oid === patient.oid,
          ),
    byVersion: (setId, versionNumber) => state.byVersion.get(versionKey(setId, versionNumber)),
    statusOf: ({ entryUUID }) => {
      if (state.deleted.has(entryUUID)) return 'Deleted';
      return state.replacedBy.has(entryUUID) ? 'Deprecated' : 'Approved';
    },
    replacedBy: ({ entryUUID }) => state.replacedBy.get(entryUUID),
    knowsSet: (submissionSetUniqueId) => state.sets.has(submissionSetUniqueId),
  };
}

function apply(state: State, event: Event): void {
  switch (event.type) {
    case 'submission':
      for (const document of event.documents) hold(state, document);
      return;
    case 'deletion':
      state.deleted.add(event.entryUUID);
      state.sets.add(event.submissionSetUniqueId);
      return;
    case 'patient':
      state.patients.set(patientKey(event.patient), event.patient);
      return;
  }
}

function hold(state: State, document: HeldDocument): void {
  if (state.byUniqueId.has(document.uniqueId)) throw new Error('the journal holds a uniqueId twice');
  state.byEntryUUID.set(document.entryUUID, document);
  state.byUniqueId.set(document.uniqueId, document);
  if (document.setId !== undefined && document.versionNumber !== undefined) {
    state.byVersion.set(versionKey(document.setId, document.versionNumber), document);
  }
  const own = state.byMatricule.get(document.patient.value);
  if (own === undefined) state.byMatricule.set(document.patient.value, [document]);
  else own.push(document);
  if (document.replaces !== undefined) state.replacedBy.set(document.replaces, document.entryUUID);
  state.sets.add(document.submissionSetUniqueId);
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

function contentFile(directory: string, entryUUID: string): string {
  return join(directory, entryUUID.replace('urn:uuid:', ''));
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
