/**
 * The vocabulary of the national health identity. Types only: parsers, rules and the one constructor of a
 * QualifiedIdentity stand in their own files. Source: shared spec ins.md, sections 1 to 3.
 */

declare const brand: unique symbol;
/** A string that only its parser can make. */
export type Brand<Name extends string> = string & { readonly [brand]: Name };

/** 15 characters: 13 of the NIR or NIA, upper case, then its two-digit key. */
export type Matricule = Brand<'Matricule'>;
/** A dotted object identifier. */
export type Oid = Brand<'Oid'>;
/** A local patient number (identifiant permanent du patient), unique inside one identification domain. */
export type Ipp = Brand<'Ipp'>;
/** Nine characters; legal entity (entité juridique). */
export type FinessEj = Brand<'FinessEj'>;
/** Nine characters; geographic entity (entité géographique). */
export type FinessEg = Brand<'FinessEg'>;
/** XDS uniqueId of a document: a pure OID, without extension. */
export type DocumentUniqueId = Brand<'DocumentUniqueId'>;
/** A civil date `AAAA-MM-JJ`, possibly lunar (`1950-00-00`): never a JavaScript Date. */
export type CivilDate = Brand<'CivilDate'>;
/** Five characters of the INSEE official geographic code, at the time of birth. */
export type CogCode = Brand<'CogCode'>;

/** M and F come from INSi; I (indéterminé) exists locally only. */
export type Sex = 'M' | 'F' | 'I';

/** The strict traits of an identity, normalised (upper case, no diacritics). */
export interface StrictTraits {
  readonly birthName: string;
  /** First birth given name; a token prefix of `birthGivenNames` (EXI ID 10). */
  readonly firstGivenName: string;
  /** Full list, space separated; absent while only the first name is known. */
  readonly birthGivenNames?: string;
  readonly sex: Sex;
  readonly birthDate: CivilDate;
  /** INSEE code of the place of birth; absent while unknown. */
  readonly birthPlace?: CogCode;
}

export interface Ins {
  readonly matricule: Matricule;
  readonly oid: Oid;
}

/** RNIV statuses (EXI SI 07): two axes, checked against a device or not, from INSi or not. */
export type IdentityStatus = 'PROV' | 'VALI' | 'RECUP' | 'QUAL';
/** RNIV attributes (EXI SI 09). */
export type IdentityAttribute = 'homonyme' | 'douteuse' | 'fictive';

declare const qualified: unique symbol;
/**
 * An identity whose INS may leave the house. Made only by `qualify()` in `qualify.ts`, which only the identity module
 * may import (import rule): a function that writes a matricule to the outside takes this type and nothing else.
 */
export interface QualifiedIdentity {
  readonly [qualified]: true;
  readonly ins: Ins;
  /** The five strict traits as INSi returned them; list and place are always present (place may be absent only when INSi gave none). */
  readonly traits: StrictTraits & { readonly birthGivenNames: string; readonly sex: 'M' | 'F' };
  readonly usedName?: string;
  readonly usedGivenName?: string;
}

/** As a professional may be told of a patient who is not qualified (practice 8): never with a matricule. */
export interface UnqualifiedPatient {
  readonly traits: StrictTraits;
  readonly usedName?: string;
  readonly usedGivenName?: string;
}

declare const sent: unique symbol;
/**
 * The INS under which a document went out, frozen at delivery. It serves only to ask about, or delete, that document
 * (TD3.1b, TD3.3c): never to send anything new.
 */
export interface SentIdentity {
  readonly [sent]: true;
  readonly ins: Ins;
}

declare const recalled: unique symbol;
/**
 * The INS of a DMP that documents must leave because it is not, or no longer, their patient's. Issued by an approved recall
 * only (`recalled-identity.ts`, which `src/recall` alone may import): without it nobody here asks for such a deletion.
 */
export interface RecalledIdentity extends SentIdentity {
  readonly [recalled]: true;
  readonly recallId: string;
  readonly preparedBy: string;
  readonly approvedBy: string;
}
