/** What a registry or repository answers: its status and its list of errors. Source: dmp.md 2.2 and 6. */
import { elements, type XmlElement } from '../xml/xml.ts';
import { QUERY, RS } from './schemes.ts';

export interface RegistryError {
  /** As the registry wrote it, for example `XDSRegistryBusy`. */
  readonly code: string;
  /** Free text of the registry: it may quote what was sent, a matricule included. */
  readonly context: string;
  readonly location?: string;
  readonly severity: 'error' | 'warning';
}

export interface RegistryResponse {
  readonly status: 'success' | 'partial' | 'failure';
  readonly errors: readonly RegistryError[];
}

const STATUSES: Readonly<Record<string, RegistryResponse['status']>> = {
  Success: 'success',
  PartialSuccess: 'partial',
  Failure: 'failure',
};

/** Reads an `rs:RegistryResponse` or a `query:AdhocQueryResponse`; undefined for anything else or an unknown status. */
export function readRegistryResponse(root: XmlElement): RegistryResponse | undefined {
  const known =
    (root.namespaceUri === RS && root.name === 'RegistryResponse') ||
    (root.namespaceUri === QUERY && root.name === 'AdhocQueryResponse');
  const status = STATUSES[lastPart(root.attr('status')?.value ?? '')];
  if (!known || status === undefined) return undefined;
  const errors = elements(root, 'rs:RegistryErrorList/rs:RegistryError', { rs: RS });
  return { status, errors: errors.map(readError) };
}

function readError(error: XmlElement): RegistryError {
  const location = error.attr('location')?.value;
  const context = error.attr('codeContext')?.value ?? '';
  return {
    code: error.attr('errorCode')?.value ?? '',
    context: context === '' ? error.content.trim() : context,
    ...(location ? { location } : {}),
    severity: lastPart(error.attr('severity')?.value ?? '') === 'Warning' ? 'warning' : 'error',
  };
}

function lastPart(urn: string): string {
  return urn.slice(urn.lastIndexOf(':') + 1);
}
