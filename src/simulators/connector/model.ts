/** What a connector of yesterday knows: its keys, its patients as its hospital captured them, the documents it is given. */
import type { PatientId } from '../dmp/values.ts';

export interface KeyPair {
  /** PEM texts. */
  readonly cert: string;
  readonly key: string;
}

export interface ConnectorKeys {
  /** Of the TLS connections: of the legal entity, or of the authentication key of a card. */
  readonly client: KeyPair;
  /** Of the VIHF and of the submissions. */
  readonly signer: KeyPair;
}

/** Where it sends: what alone changes on the day of the cut-over. */
export interface Endpoint {
  /** Base of the services, for example `https://…/si-dmp-server/v1/services`. */
  readonly url: string;
  /** Trusted authority, PEM. */
  readonly ca: string;
}

export interface ConnectorSite {
  /** FINESS of the geographic entity. */
  readonly eg: string;
  readonly name: string;
  /** Root of the uniqueIds and of the source id. */
  readonly oid: string;
  /** Domain of the local numbers. */
  readonly ippDomain: string;
  /** JDV_J61. */
  readonly sector: string;
}

export interface Person {
  /** PS_IdNat: 8 + RPPS. */
  readonly id: string;
  readonly family: string;
  readonly given: string;
}

export interface ConnectorPatient {
  /** Local number, in the domain of the site. */
  readonly ipp: string;
  readonly birthName: string;
  readonly usedName?: string;
  readonly firstGivenName: string;
  readonly givenNames?: string;
  readonly sex: 'M' | 'F';
  /** AAAA-MM-JJ */
  readonly birthDate: string;
  /** COG code. */
  readonly birthPlace: string;
  /** As read on the card of the insured person. */
  readonly card: { readonly nir: string; readonly birthRank: number };
}

export interface ConnectorDocument {
  readonly uniqueId: string;
  readonly setId: string;
  readonly version: number;
  readonly title: string;
  /** Of JDV_J66-TypeCode-DMP. */
  readonly typeCode: string;
  /** When it was written, the stay having begun a day before. */
  readonly writtenAt: Date;
  readonly author: Person;
  readonly content: { readonly mediaType: string; readonly bytes: Buffer };
  /** The version before: what the CDA names, what the association points to. */
  readonly replaces?: { readonly uniqueId: string; readonly entryUuid: string };
}

/** How a patient is named to the DMP: an INS-C, or the NIR of TD0.0 under the OID of an INS. */
export interface NamedPatient {
  readonly patient: ConnectorPatient;
  readonly id: PatientId;
}
