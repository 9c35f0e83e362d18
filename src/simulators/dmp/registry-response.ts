/** ebXML registry answers. A business refusal is an HTTP 200 Failure with the IHE code. Source: dmp.md 2.1, 2.2, 6. */
import { escapeXml } from '../../wire/xml/xml.ts';
import { RIM } from './ebxml.ts';
import type { RegistryError } from './problem.ts';

const RS = 'urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0';
const QUERY = 'urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0';
const STATUS = 'urn:oasis:names:tc:ebxml-regrep:ResponseStatusType';
const PARTIAL = 'urn:ihe:iti:2007:ResponseStatusType:PartialSuccess';
const SEVERITY = 'urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error';

/** `PartialSuccess`: some of what was asked is in the answer, in spite of the errors. */
export function writeRegistryResponse(errors: readonly RegistryError[], partial?: 'PartialSuccess'): string {
  if (errors.length === 0) return `<rs:RegistryResponse xmlns:rs="${RS}" status="${STATUS}:Success"/>`;
  const status = partial === undefined ? `${STATUS}:Failure` : PARTIAL;
  return `<rs:RegistryResponse xmlns:rs="${RS}" status="${status}">${errorList(errors)}</rs:RegistryResponse>`;
}

/** `objects`: the ebRIM elements found. */
export function writeQueryResponse(objects: readonly string[], errors: readonly RegistryError[]): string {
  const status = errors.length === 0 ? 'Success' : 'Failure';
  return (
    `<query:AdhocQueryResponse xmlns:query="${QUERY}" xmlns:rs="${RS}" xmlns:rim="${RIM}" status="${STATUS}:${status}">` +
    `${errors.length === 0 ? '' : errorList(errors)}<rim:RegistryObjectList>${objects.join('')}</rim:RegistryObjectList>` +
    `</query:AdhocQueryResponse>`
  );
}

function errorList(errors: readonly RegistryError[]): string {
  const list = errors.map(
    ({ code, context, location }) =>
      `<rs:RegistryError errorCode="${code}" codeContext="${escapeXml(context)}" severity="${SEVERITY}"` +
      `${location === undefined ? '' : ` location="${escapeXml(location)}"`}/>`,
  );
  return `<rs:RegistryErrorList highestSeverity="${SEVERITY}">${list.join('')}</rs:RegistryErrorList>`;
}
