/** The memory that the journal of the DMP replays into: every version kept, the current one found by any of its ids. */
import { computeInsC } from '../../ins/ins-c.ts';
import type { Classification, RegistryObject } from './ebxml.ts';
import { type HeldDocument, type HeldSet, insuredNirOf, type Patient, type Status, unknownPatient } from './held.ts';
import { INS_C, type PatientId } from './values.ts';

/** `deletion` and the documents without version come from journals of before metadata updates. */
export type Event =
  | { readonly type: 'submission'; readonly documents: readonly JournalDocument[]; readonly set?: HeldSet }
  | { readonly type: 'update'; readonly document: HeldDocument; readonly set: HeldSet }
  | { readonly type: 'status'; readonly entryUUID: string; readonly status: Status; readonly set: HeldSet }
  | { readonly type: 'deletion'; readonly entryUUID: string; readonly submissionSetUniqueId: string }
  | { readonly type: 'patient'; readonly patient: PatientId & Partial<Patient> };

type JournalDocument = Omit<HeldDocument, 'logicalId' | 'version'> & Partial<HeldDocument>;

export interface State {
  /** Every version of the metadata. */
  readonly byEntryUUID: Map<string, HeldDocument>;
  /** The current version, by logical id, unique id, and set and version of the CDA. */
  readonly current: Map<string, HeldDocument>;
  readonly byUniqueId: Map<string, string>;
  readonly byVersion: Map<string, string>;
  /** Logical ids, in order of reception. */
  readonly byMatricule: Map<string, string[]>;
  /** Logical ids: the replaced, the replacing. */
  readonly replacedBy: Map<string, string>;
  /** Of logical ids; Approved unless told. */
  readonly statuses: Map<string, Status>;
  readonly setIds: Set<string>;
  readonly sets: Map<string, HeldSet>;
  readonly setsByMatricule: Map<string, HeldSet[]>;
  readonly patients: Map<string, Patient>;
  /** Key of the patient, by INS-C. */
  readonly byInsC: Map<string, string>;
  /** The same codes and authors come back in every submission: held once (a submission takes 10 kB of memory instead of 16, measured). */
  readonly classifications: Map<string, Classification>;
}

const MAX_CLASSIFICATIONS = 50_000;

export function emptyState(): State {
  return {
    byEntryUUID: new Map(),
    current: new Map(),
    byUniqueId: new Map(),
    byVersion: new Map(),
    byMatricule: new Map(),
    replacedBy: new Map(),
    statuses: new Map(),
    setIds: new Set(),
    sets: new Map(),
    setsByMatricule: new Map(),
    patients: new Map(),
    byInsC: new Map(),
    classifications: new Map(),
  };
}

export const versionKey = (setId: string, versionNumber: number): string => `${setId} ${versionNumber}`;
export const patientKey = ({ value, oid }: PatientId): string => `${value} ${oid}`;

export function apply(state: State, event: Event): void {
  switch (event.type) {
    case 'submission':
      for (const document of event.documents) {
        hold(state, {
          ...document,
          object: sparing(state, document.object),
          logicalId: document.logicalId ?? document.entryUUID,
          version: document.version ?? 1,
        });
      }
      if (event.set !== undefined) holdSet(state, event.set);
      return;
    case 'update': {
      const document = { ...event.document, object: sparing(state, event.document.object) };
      state.byEntryUUID.set(document.entryUUID, document);
      state.current.set(document.logicalId, document);
      holdSet(state, event.set);
      return;
    }
    case 'status':
      setStatus(state, event.entryUUID, event.status);
      holdSet(state, event.set);
      return;
    case 'deletion':
      setStatus(state, event.entryUUID, 'Deleted');
      state.setIds.add(event.submissionSetUniqueId);
      return;
    case 'patient':
      holdPatient(state, { ...unknownPatient(event.patient), ...event.patient });
      return;
  }
}

/** Links the INS-C of the person, computed as the products of API V1 do (ins.md 1). */
function holdPatient(state: State, patient: Patient): void {
  const { oid, traits, insC } = patient;
  const computed =
    traits === undefined || oid === INS_C ? [] : [computeInsC({ ...traits, nir: insuredNirOf(patient) })];
  const linked = { ...patient, insC: [...new Set([...insC, ...computed])] };
  const key = patientKey(patient);
  state.patients.set(key, linked);
  for (const id of linked.insC) state.byInsC.set(id, key);
}

function hold(state: State, document: HeldDocument): void {
  const { entryUUID, logicalId, uniqueId, patient, replaces } = document;
  if (state.byUniqueId.has(uniqueId)) throw new Error('the journal holds a uniqueId twice');
  state.byEntryUUID.set(entryUUID, document);
  state.current.set(logicalId, document);
  state.byUniqueId.set(uniqueId, logicalId);
  if (document.setId !== undefined && document.versionNumber !== undefined) {
    state.byVersion.set(versionKey(document.setId, document.versionNumber), logicalId);
  }
  push(state.byMatricule, patient.value, logicalId);
  const replaced = replaces === undefined ? undefined : state.byEntryUUID.get(replaces);
  if (replaced !== undefined) state.replacedBy.set(replaced.logicalId, logicalId);
  state.setIds.add(document.submissionSetUniqueId);
}

function sparing({ classifications }: State, object: RegistryObject): RegistryObject {
  const once = (classification: Classification): Classification => {
    const key = JSON.stringify(classification);
    const known = classifications.get(key);
    if (known === undefined && classifications.size < MAX_CLASSIFICATIONS) classifications.set(key, classification);
    return known ?? classification;
  };
  return { ...object, classifications: object.classifications.map(once) };
}

function holdSet(state: State, given: HeldSet): void {
  const set = { ...given, object: sparing(state, given.object) };
  state.setIds.add(set.uniqueId);
  state.sets.set(set.entryUUID, set);
  push(state.setsByMatricule, set.patient.value, set);
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function setStatus(state: State, entryUUID: string, status: Status): void {
  const document = state.byEntryUUID.get(entryUUID);
  if (document !== undefined) state.statuses.set(document.logicalId, status);
}

export function statusOf(state: State, { entryUUID, logicalId }: HeldDocument): Status {
  if (state.current.get(logicalId)?.entryUUID !== entryUUID) return 'Deprecated';
  const told = state.statuses.get(logicalId);
  if (told === 'Deleted') return told;
  return state.replacedBy.has(logicalId) ? 'Deprecated' : (told ?? 'Approved');
}
