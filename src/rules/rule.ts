/** What a refusal is made of. The texts are French: hospital staff read them in the console, the API and the ACK. */

/** Who has to act. */
export type Owner =
  | 'bureau des entrées'
  | 'identitovigilance'
  | 'éditeur du logiciel émetteur'
  | 'éditeur du DPI'
  | 'exploitation'
  | 'interopérabilité'
  | 'médecin auteur'
  | 'professionnel de santé'
  | 'CNAM'
  | 'aucun';

/** `automatic`: the gateway retries alone. `after-correction`: somebody corrects, then resends. `never`: final. */
export type RetryClass = 'automatic' | 'after-correction' | 'never';

export interface Rule {
  /** Stable, for example `TDU-HL7-004`. Never reused for another meaning. */
  readonly id: string;
  /** One line: what happened. */
  readonly title: string;
  /** Why it happened, in words a secretary understands. */
  readonly cause: string;
  readonly owner: Owner;
  /** How to put it right. */
  readonly remedy: string;
  readonly retry: RetryClass;
  /** True when sending the same thing again can do no harm. */
  readonly safeToResend: boolean;
  /** HTTP status when the API says it (RFC 9457 problem). */
  readonly http: number;
  /** How an HL7 v2 ACK says it: MSA-1 and ERR-3 (table 0357), and ERR-5 where the CI-SIS table has one. */
  readonly hl7?: { readonly ack: 'AE' | 'AR'; readonly err3: string; readonly err5?: string };
  /** Requirement or source, for example `EXI ID 10` or `dmp.md 1.6`. */
  readonly source?: string;
}

/** A rule met on a given item. `detail` names the field or value at fault and must never hold a matricule or NIR. */
export interface Refusal {
  readonly rule: Rule;
  readonly detail?: string;
  /** Where in the input, for example `PID-3` or an XPath. */
  readonly location?: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A refused result. `where.detail` must never hold a matricule or NIR. */
export function refuse(rule: Rule, where: { detail?: string; location?: string } = {}): Result<never> {
  return { ok: false, refusal: { rule, ...where } };
}
