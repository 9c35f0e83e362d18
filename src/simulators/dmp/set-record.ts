/** A submission set as it is kept: its associations under registry ids. Source: dmp.md 2.2 and 6 (GetAssociations). */
import type { Association, RegistryObject } from './ebxml.ts';
import type { HeldSet } from './held.ts';
import type { PatientId } from './values.ts';

interface SetRecord {
  readonly object: RegistryObject;
  readonly uniqueId: string;
  readonly patient: PatientId;
  readonly associations: readonly Association[];
  /** entryUUID of what the submission called by a symbolic id. */
  readonly entryUUIDs: ReadonlyMap<string, string>;
  readonly receivedAt: string;
  readonly newUuid: () => string;
}

export function heldSet(record: SetRecord): HeldSet {
  const urn = (): string => `urn:uuid:${record.newUuid().toLowerCase()}`;
  const entryUUID = urn();
  const resolve = (id: string): string =>
    id === record.object.id ? entryUUID : (record.entryUUIDs.get(id) ?? id.toLowerCase());
  return {
    entryUUID,
    uniqueId: record.uniqueId,
    object: record.object,
    patient: record.patient,
    receivedAt: record.receivedAt,
    associations: record.associations.map(({ type, source, target, slots }) => ({
      id: urn(),
      type,
      source: resolve(source),
      target: resolve(target),
      slots,
    })),
  };
}
