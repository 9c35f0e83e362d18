/**
 * How a refusal is said: a SOAP fault (the request itself) or registry errors (what it carries). Codes come from
 * dmp.md 6 and from SOAP 1.2 only; what is our own reading stands in the text, never in a code that looks official.
 */

export interface Fault {
  readonly code: 'Sender' | 'Receiver' | 'VersionMismatch' | 'MustUnderstand';
  /** The only DMP subcode known (dmp.md 6). */
  readonly subcode?: 'DMPInvalidCertificate';
  readonly reason: string;
}

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

export function refused(reason: string, code: Fault['code'] = 'Sender'): { ok: false; fault: Fault } {
  return { ok: false, fault: { code, reason } };
}

export type RegistryErrorCode =
  | 'InvalidDocumentContent'
  | 'XDSDuplicateUniqueIdInRegistry'
  | 'XDSMissingDocument'
  | 'XDSMissingDocumentMetadata'
  | 'XDSPatientIdDoesNotMatch'
  | 'XDSRegistryDeprecatedDocumentError'
  | 'XDSRepositoryDuplicateUniqueIdInMessage'
  | 'XDSRegistryError'
  | 'XDSRepositoryError'
  | 'XDSRegistryMetadataError'
  | 'XDSRepositoryMetadataError'
  | 'XDSUnknownPatientId'
  | 'XDSDocumentUniqueIdError'
  | 'XDSMetadataVersionError'
  | 'XDSMetadataUpdateError'
  | 'XDSMetadataUpdateOperationError';

export interface RegistryError {
  readonly code: RegistryErrorCode;
  /** What is wrong, in French: codeContext. */
  readonly context: string;
  /** The object at fault in the request, its id or file. */
  readonly location?: string;
}

/** Where a family of checks puts its findings. */
export type Report = (context: string, code?: RegistryErrorCode) => void;

export function reporter(errors: RegistryError[], code: RegistryErrorCode, location?: string): Report {
  return (context, other) =>
    errors.push({ code: other ?? code, context, ...(location === undefined ? {} : { location }) });
}
