/** How every transaction reaches the DMP: the right to call it, then a VIHF, then the exchange. */
import type { QualifiedIdentity, SentIdentity } from '../../ins/types.ts';
import { keyRefusal } from '../keys/key-unavailable.ts';
import type { Acting } from '../vihf/acting.ts';
import type { Lps } from '../vihf/vihf.ts';
import { type DmpRequest, type Exchange, type ExchangeOptions, exchange } from './exchange.ts';
import { refusalOf, type Transaction } from './rights.ts';

export type Patient = QualifiedIdentity | SentIdentity;

export interface DmpCall<T> extends Omit<DmpRequest<T>, 'assertion'> {
  readonly transaction: Transaction;
  /** The one to send, where it was looked at first. */
  readonly assertion?: string;
}

/** `patient` is absent where none is targeted. */
export type Caller = <T>(request: DmpCall<T>, acting: Acting, patient?: Patient) => Promise<Exchange<T>>;

export interface CallerOptions extends ExchangeOptions {
  /** Refuse here what the matrix of rights does not permit; false leaves it to the DMP. */
  readonly enforceRights: boolean;
  readonly assertionFor: (acting: Acting, patient?: Patient) => Promise<string>;
}

export function createCaller(options: CallerOptions): Caller {
  return async ({ transaction, assertion, ...request }, acting, patient) => {
    const refusal = options.enforceRights ? refusalOf(transaction, acting) : undefined;
    if (refusal !== undefined) return { kind: 'stopped', refusal };
    try {
      return await exchange(options, {
        ...request,
        assertion: assertion ?? (await options.assertionFor(acting, patient)),
      });
    } catch (error) {
      const unsigned = keyRefusal(error);
      if (unsigned === undefined) throw error;
      return { kind: 'stopped', refusal: unsigned };
    }
  };
}

/** What the transactions share. */
export interface DmpLine {
  readonly call: Caller;
  /** A VIHF for this caller and this patient, signed. */
  readonly assertionFor: (acting: Acting, patient?: Patient) => Promise<string>;
  readonly paths: DmpPaths;
  readonly lps: Lps;
  readonly now: () => Date;
  readonly uuid: () => string;
  /** Milliseconds for a whole exchange. */
  readonly timeouts: { readonly questionMs: number; readonly submissionMs: number };
  readonly processingCode: 'P' | 'D';
}

/** dmp.md 1.2. */
export interface DmpPaths {
  readonly patients: string;
  readonly patientsSpecific: string;
  readonly patientsPdq: string;
  readonly habilitations: string;
  readonly registry: string;
  readonly repository: string;
}

export const DEFAULT_PATHS: DmpPaths = {
  patients: '/patients',
  patientsSpecific: '/patientsSpecific',
  patientsPdq: '/patientsPDQ',
  habilitations: '/habilitations',
  registry: '/registry',
  repository: '/repository',
};
