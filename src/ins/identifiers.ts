/** Parsers of the local and structural identifiers: each branded string is made here and nowhere else. */
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { isOid } from './oids.ts';
import type { DocumentUniqueId, FinessEg, FinessEj, Ipp } from './types.ts';

/** A bound against abuse, not a norm: no source gives the length of an IPP. */
const IPP_MAX_LENGTH = 64;

/** Printable, no space at either end. */
export function parseIpp(text: string): Result<Ipp> {
  const valid = text !== '' && text.length <= IPP_MAX_LENGTH && text.trim() === text && !/\p{Cc}/u.test(text);
  return valid ? ok(text as Ipp) : refuse(identityRules.malformedIpp);
}

/** The second character is a letter for Corsica (2A, 2B) and for the test structures of the ANS (`0B0152872`). */
const FINESS_SHAPE = /^\d[\dA-Z]\d{7}$/;

export function parseFinessEj(text: string): Result<FinessEj> {
  return FINESS_SHAPE.test(text) ? ok(text as FinessEj) : refuse(identityRules.malformedFiness);
}

export function parseFinessEg(text: string): Result<FinessEg> {
  return FINESS_SHAPE.test(text) ? ok(text as FinessEg) : refuse(identityRules.malformedFiness);
}

/** A pure OID: the DMP does not accept `OID^extension` (dmp.md 3.3). */
export function parseDocumentUniqueId(text: string): Result<DocumentUniqueId> {
  return isOid(text) ? ok(text as DocumentUniqueId) : refuse(identityRules.malformedDocumentUniqueId);
}
