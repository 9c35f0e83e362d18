/** What is said to an old connector, in the envelope that it used. Source: dmp.md 2.1, 2.2, 6. */
import { slot } from '../xds/rim.ts';
import { availability, documentEntryScheme, QUERY, RIM, RS, XDSB } from '../xds/schemes.ts';
import { escapeXml } from '../xml/xml.ts';
import type { RequestFrame } from './request.ts';

const WSA = 'http://www.w3.org/2005/08/addressing';
const SOAP = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;
const STATUS = 'urn:oasis:names:tc:ebxml-regrep:ResponseStatusType';
const SEVERITY = 'urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error';

export interface LegacyAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Of the IHE set (dmp.md 6); `context` is French and names our rule. */
export interface RegistryFailure {
  readonly code: string;
  readonly context: string;
  readonly location?: string | undefined;
}

/** A business answer, refusal or not: HTTP 200. `action`: that of the answer; `id`: UUID of this message. */
export function answered(frame: RequestFrame, action: string, id: string, content: string): LegacyAnswer {
  return answer(200, frame, action, id, content);
}

/** A request that cannot be answered by its own transaction: HTTP 500. */
export function faulted(frame: RequestFrame, id: string, who: 'Sender' | 'Receiver', reason: string): LegacyAnswer {
  const text = escapeXml(reason);
  const content =
    frame.soap === '1.2'
      ? `<s:Fault><s:Code><s:Value>s:${who}</s:Value></s:Code><s:Reason><s:Text xml:lang="fr">${text}</s:Text></s:Reason></s:Fault>`
      : `<s:Fault><faultcode>s:${who === 'Sender' ? 'Client' : 'Server'}</faultcode><faultstring>${text}</faultstring></s:Fault>`;
  return answer(500, frame, `${WSA}/soap/fault`, id, content);
}

function answer(status: number, frame: RequestFrame, action: string, id: string, content: string): LegacyAnswer {
  const relates = frame.messageId === '' ? '' : `<a:RelatesTo>${escapeXml(frame.messageId)}</a:RelatesTo>`;
  const xml =
    `<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="${SOAP[frame.soap]}" xmlns:a="${WSA}"><s:Header>` +
    `<a:Action>${escapeXml(action)}</a:Action><a:MessageID>urn:uuid:${id}</a:MessageID>` +
    `<a:To>${WSA}/anonymous</a:To>${relates}</s:Header><s:Body>${content}</s:Body></s:Envelope>`;
  const contentType = frame.soap === '1.2' ? 'application/soap+xml; charset=UTF-8' : 'text/xml; charset=UTF-8';
  return { status, contentType, body: Buffer.from(xml, 'utf8') };
}

/** Success without a failure. */
export function registryResponse(failure?: RegistryFailure): string {
  const status = failure === undefined ? 'Success' : 'Failure';
  return `<rs:RegistryResponse xmlns:rs="${RS}" status="${STATUS}:${status}">${errors(failure)}</rs:RegistryResponse>`;
}

export function retrieveResponse(failure: RegistryFailure): string {
  return `<xdsb:RetrieveDocumentSetResponse xmlns:xdsb="${XDSB}">${registryResponse(failure)}</xdsb:RetrieveDocumentSetResponse>`;
}

/** A document as TD3.1b gives it back: its two ids, and whose it is under the number that the connector knows. */
export interface FoundReference {
  readonly entryUuid: string;
  readonly uniqueId: string;
  readonly status: keyof typeof availability;
  readonly mimeType: string;
}

export function queryResponse(
  found: readonly FoundReference[],
  returns: 'LeafClass' | 'ObjectRef',
  failure?: RegistryFailure,
): string {
  const status = failure === undefined ? 'Success' : 'Failure';
  const objects = found.map((each) =>
    returns === 'ObjectRef' ? `<ObjectRef id="${escapeXml(each.entryUuid)}"/>` : entry(each),
  );
  return (
    `<query:AdhocQueryResponse xmlns:query="${QUERY}" xmlns:rs="${RS}" status="${STATUS}:${status}">${errors(failure)}` +
    `<RegistryObjectList xmlns="${RIM}">${objects.join('')}</RegistryObjectList></query:AdhocQueryResponse>`
  );
}

function entry({ entryUuid, uniqueId, status, mimeType }: FoundReference): string {
  const id = escapeXml(entryUuid);
  return (
    `<ExtrinsicObject id="${id}" lid="${id}" mimeType="${escapeXml(mimeType)}" ` +
    `objectType="${documentEntryScheme.objectType}" status="${availability[status]}">` +
    `${slot('languageCode', ['fr-FR'])}<ExternalIdentifier id="${id}-uid" registryObject="${id}" ` +
    `identificationScheme="${documentEntryScheme.uniqueId}" value="${escapeXml(uniqueId)}"><Name>` +
    `<LocalizedString charset="UTF8" xml:lang="FR" value="XDSDocumentEntry.uniqueId"/></Name></ExternalIdentifier>` +
    `</ExtrinsicObject>`
  );
}

function errors(failure: RegistryFailure | undefined): string {
  if (failure === undefined) return '';
  const location = failure.location === undefined ? '' : ` location="${escapeXml(failure.location)}"`;
  return (
    `<rs:RegistryErrorList highestSeverity="${SEVERITY}"><rs:RegistryError errorCode="${escapeXml(failure.code)}" ` +
    `codeContext="${escapeXml(failure.context)}"${location} severity="${SEVERITY}"/></rs:RegistryErrorList>`
  );
}
