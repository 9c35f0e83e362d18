/** Every way in which one INSi search can end. Source: ins.md 4.6 and 4.7. */
import type { InsiTraits } from '../../ins/insi-traits.ts';
import type { MatriculeAlert } from '../../ins/matricule.ts';
import type { Ins } from '../../ins/types.ts';
import type { Refusal } from '../../rules/rule.ts';

/** An INS exactly as returned: to be stored unchanged (EXI REC 07). `from` may follow `until` (trap 9). */
export interface ReturnedIns {
  readonly number: string;
  readonly key?: string;
  readonly type?: string;
  readonly oid: string;
  readonly from?: string;
  readonly until?: string;
}

/** CodeCR and LibelleCR. */
export interface ReturnCode {
  readonly code: string;
  readonly label: string;
}

/** The answer 00: everything that a qualification needs. */
export interface InsiIdentity {
  readonly ins: Ins;
  readonly returned: ReturnedIns;
  /** Raw; may repeat the active number. Not necessarily valid numbers. */
  readonly history: readonly ReturnedIns[];
  readonly traits: InsiTraits;
  /** Never a reason to drop the answer; `key-absent` when INSi gave no key and it was computed. */
  readonly alerts: readonly (MatriculeAlert | 'key-absent')[];
}

/** Raw content of a SOAP fault. The texts come from the service: shown to a person, never logged. */
export interface InsiFault {
  /** `siram_40`, without namespace prefix; absent when the fault carries none. */
  readonly siram?: string;
  /** `insi_102`, `desir_550` …; absent when there is no Erreur element. */
  readonly code?: string;
  /** Who is at fault for SOAP. */
  readonly party: 'Sender' | 'Receiver' | 'other';
  readonly severity?: string;
  readonly userText?: string;
  readonly technicalText?: string;
  /** Echoed by the gateway faults. */
  readonly messageId?: string;
}

/**
 * `transient` and `unavailable` are retried alone; `permanent` and `unreadable` wait for a person. A search changes
 * nothing at INSi, so even an ambiguous end may be retried.
 */
export type InsiOutcome =
  | { readonly kind: 'found'; readonly cr: ReturnCode; readonly identity: InsiIdentity }
  | { readonly kind: 'none'; readonly cr: ReturnCode; readonly refusal: Refusal }
  | { readonly kind: 'several'; readonly cr: ReturnCode; readonly refusal: Refusal }
  | { readonly kind: 'transient'; readonly fault: InsiFault; readonly refusal: Refusal }
  | { readonly kind: 'permanent'; readonly fault?: InsiFault; readonly refusal: Refusal }
  | { readonly kind: 'unavailable'; readonly refusal: Refusal }
  | { readonly kind: 'unreadable'; readonly refusal: Refusal };
