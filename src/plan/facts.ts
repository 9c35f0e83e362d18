/**
 * The evidence of the plan: counts and dates of one establishment, nothing of a person. It is what a photograph of the day
 * keeps, so that a past reading can be explained. Instants are ISO 8601 texts.
 */

/** Grows with the shape of `Facts`: a photograph of another program version is not read as ours. */
export const FACTS_SHAPE = 2;

export type Context = 1 | 2 | 3;

/** Figures look back this far, days. */
export const PERIOD_DAYS = 30;

export interface UnitAdmissions {
  readonly unit: string | null;
  readonly admitted: number;
  readonly qualified: number;
}

export interface DayAdmissions {
  /** AAAA-MM-JJ, Paris. */
  readonly day: string;
  readonly admitted: number;
  readonly qualified: number;
}

export interface Admissions {
  readonly admitted: number;
  readonly qualified: number;
  /** Of the qualified: copies of an upstream repository. */
  readonly mirrored: number;
  readonly firstQualified: string | null;
  readonly units: readonly UnitAdmissions[];
  readonly days: readonly DayAdmissions[];
}

/** What one application sends of identities (ADT), in the period. */
export interface IdentitySender {
  readonly application: string;
  readonly facility: string;
  readonly upstream: boolean;
  readonly messages: number;
  readonly withIns: number;
  readonly firstWithIns: string | null;
  readonly lastSeen: string;
}

/** What one application sends of documents, in the period. */
export interface DocumentSender {
  readonly application: string;
  readonly facility: string;
  /** Banner and DataMatrix are put on its raw PDFs here. */
  readonly stamped: boolean;
  readonly documents: number;
  readonly rawPdf: number;
  /** Whose message bore the INS. */
  readonly withIns: number;
  readonly accepted: number;
  /** On their way for seconds or minutes: neither accepted nor stopped. */
  readonly moving: number;
  /** « Non transmissible », deleted or withdrawn: not due to the DMP. */
  readonly ended: number;
  readonly first: string;
  readonly last: string;
}

export interface TemplateFact {
  readonly template: string;
  readonly software: string;
  readonly right: boolean;
  readonly at: string;
}

export interface SubscriberFact {
  readonly name: string;
  readonly enabled: boolean;
  readonly since: string;
  readonly answeredAt: string | null;
  readonly waiting: number;
  readonly refused: number;
  /** Qualified patients admitted in the period, and those whose INS it accepted. */
  readonly qualified: number;
  readonly given: number;
}

export interface CertificateFact {
  readonly name: string;
  readonly faults: readonly string[];
  readonly validTo: string | null;
}

/** An old way to the DMP, seen in the period. */
export interface LegacyFlow {
  readonly application: string;
  readonly facility: string;
  readonly api: string;
  readonly identityKind: string;
  /** What was concluded, not seen (practice 21). */
  readonly inferred: boolean;
  readonly messages: number;
  readonly lastSeen: string;
}

/** A flow that is on its way, and where it stands. */
export interface LaneFact {
  readonly application: string;
  readonly facility: string;
  readonly way: 'hl7' | 'xds-v1' | 'xds-v2';
  readonly lane: 'observed' | 'shadow' | 'canary' | 'v2' | 'closed';
  readonly since: string;
}

/** A software that said its name in the period, or that the imported inventory says is there and that was not seen. */
export interface SoftwareFact {
  readonly application: string;
  readonly product: string;
  readonly version: string;
  /** What the catalogue of products to migrate says of it, or its vendor (`obsolete`); null when neither lists it. */
  readonly verdict: 'replace' | 'move' | 'check' | 'done' | 'obsolete' | null;
  readonly from: 'seen' | 'inventory';
  /** By which API the inventory says it feeds, and under which identity; empty for what was seen. */
  readonly declaredApi: string;
  readonly declaredIdentity: string;
  /** The first compatible version, and where compatible ones are listed; empty when nobody said. */
  readonly compatibleVersion: string;
  readonly compatibleLink: string;
  readonly messages: number;
  readonly firstSeen: string | null;
}

export interface WaitingFact {
  readonly ruleId: string;
  readonly documents: number;
  readonly oldest: string;
}

export interface Facts {
  readonly shape: number;
  readonly eg: string;
  readonly at: string;
  readonly context: Context;
  readonly insi: {
    readonly declared: boolean;
    readonly demonstration: boolean;
    /** First and last call that INSi answered, for the whole installation. */
    readonly first: string | null;
    readonly last: string | null;
  };
  readonly dmp: {
    readonly homologation: string | null;
    readonly certificates: readonly CertificateFact[];
    /** First acceptance of the installation. */
    readonly first: string | null;
  };
  /** Declared sources of identities whose repository is upstream. */
  readonly upstream: readonly string[];
  readonly admissions: Admissions;
  readonly identitySenders: readonly IdentitySender[];
  readonly documentSenders: readonly DocumentSender[];
  readonly templates: readonly TemplateFact[];
  readonly subscribers: readonly SubscriberFact[];
  readonly feed: { readonly first: string | null; readonly last: string | null; readonly accepted: number };
  readonly legacy: readonly LegacyFlow[];
  readonly lanes: readonly LaneFact[];
  readonly software: readonly SoftwareFact[];
  /** Applications of any kind seen in the period, and since when. */
  readonly flows: { readonly seen: number; readonly since: string | null };
  readonly waiting: readonly WaitingFact[];
}
