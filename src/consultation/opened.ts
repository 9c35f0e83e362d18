/**
 * Consultations in progress, in the memory of this process and nowhere else: why each was opened, what the DMP listed, the
 * documents that were read. They end with their time; nothing of them is written.
 */

import type { Existence } from '../wire/dmp/existence.ts';
import type { Acting } from '../wire/vihf/acting.ts';
import type { ListedDocument } from '../wire/xds/listed-document.ts';
import type { RetrievedDocument } from '../wire/xds/retrieve.ts';
import type { AccessReason } from './reader.ts';

export interface Consultation {
  readonly access: AccessReason;
  readonly acting: Acting;
  readonly openedAt: Date;
  readonly until: Date;
  existence: Existence;
  /** By entryUUID: what was listed, whatever the search. */
  readonly listed: Map<string, ListedDocument>;
  /** By entryUUID: bytes, for as long as the consultation. */
  readonly read: Map<string, RetrievedDocument>;
}

export interface Consultations {
  open(key: string, consultation: Consultation): void;
  /** Undefined once its time is up. */
  find(key: string, now: Date): Consultation | undefined;
  end(key: string): void;
}

/** Of all the consultations of a process: beyond, the documents read first are asked for again. */
const MOST_BYTES = 128 * 1024 * 1024;

export function createConsultations(): Consultations {
  const open = new Map<string, Consultation>();
  const forgetOld = (now: Date): void => {
    for (const [key, { until }] of open) if (until <= now) open.delete(key);
  };
  return {
    open(key, consultation) {
      forgetOld(consultation.openedAt);
      open.delete(key);
      open.set(key, consultation);
    },
    find(key, now) {
      forgetOld(now);
      makeRoom([...open.values()]);
      return open.get(key);
    },
    end: (key) => void open.delete(key),
  };
}

/** The oldest consultations lose their bytes first. */
function makeRoom(consultations: readonly Consultation[]): void {
  let bytes = 0;
  for (const { read } of consultations.toReversed()) {
    for (const document of read.values()) bytes += document.bytes.length;
    if (bytes > MOST_BYTES) read.clear();
  }
}
