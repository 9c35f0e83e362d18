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

/** Those that IHE and dmp.md 6 give to ITI-41, ITI-57 and ITI-43. */
export const REGISTRY_ERROR_CODES = [
  'InvalidDocumentContent',
  'PartialReplaceContentNotProcessed',
  'XDSDocumentUniqueIdError',
  'XDSDuplicateUniqueIdInRegistry',
  'XDSExtraMetadataNotSaved',
  'XDSMetadataUpdateError',
  'XDSMetadataUpdateOperationError',
  'XDSMetadataVersionError',
  'XDSMissingDocument',
  'XDSMissingDocumentMetadata',
  'XDSPatientIDReconciliationError',
  'XDSPatientIdDoesNotMatch',
  'XDSRegistryBusy',
  'XDSRegistryDeprecatedDocumentError',
  'XDSRegistryDuplicateUniqueIdInMessage',
  'XDSRegistryError',
  'XDSRegistryMetadataError',
  'XDSRegistryNotAvailable',
  'XDSRegistryOutOfResources',
  'XDSRepositoryBusy',
  'XDSRepositoryDuplicateUniqueIdInMessage',
  'XDSRepositoryError',
  'XDSRepositoryMetadataError',
  'XDSRepositoryOutOfResources',
  'XDSUnknownPatientId',
] as const;
export type RegistryErrorCode = (typeof REGISTRY_ERROR_CODES)[number];

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
