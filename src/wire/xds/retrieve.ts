/** ITI-43 RetrieveDocumentSet (TD3.2): the request, and the documents of its answer. Source: dmp.md 2.1. */
import { elements, escapeXml, text, type XmlElement } from '../xml/xml.ts';
import { type RegistryResponse, readRegistryResponse } from './registry-response.ts';
import { RS, XDSB } from './schemes.ts';

/** Where a document lies: both come from TD3.1. A `uniqueId`, never an entryUUID. */
export interface DocumentAddress {
  readonly uniqueId: string;
  readonly repositoryUniqueId: string;
  readonly homeCommunityId?: string;
}

export interface RetrievedDocument extends DocumentAddress {
  readonly mimeType: string;
  readonly bytes: Buffer;
}

export interface RetrieveResponse extends RegistryResponse {
  readonly documents: readonly RetrievedDocument[];
}

export function retrieveRequest(addresses: readonly [DocumentAddress, ...DocumentAddress[]]): string {
  const wanted = addresses.map(
    ({ uniqueId, repositoryUniqueId, homeCommunityId }) =>
      '<DocumentRequest>' +
      (homeCommunityId === undefined ? '' : field('HomeCommunityId', homeCommunityId)) +
      field('RepositoryUniqueId', repositoryUniqueId) +
      field('DocumentUniqueId', uniqueId) +
      '</DocumentRequest>',
  );
  return `<RetrieveDocumentSetRequest xmlns="${XDSB}">${wanted.join('')}</RetrieveDocumentSetRequest>`;
}

function field(name: string, value: string): string {
  return `<${name}>${escapeXml(value)}</${name}>`;
}

const NS = { x: XDSB, rs: RS, xop: 'http://www.w3.org/2004/08/xop/include' };

/**
 * `parts` are the attachments by Content-ID. Undefined when the element is not the expected one, or when a document refers
 * to a part that is not there: what came is then cut.
 */
export function readRetrieved(root: XmlElement, parts: ReadonlyMap<string, Buffer>): RetrieveResponse | undefined {
  if (root.name !== 'RetrieveDocumentSetResponse' || root.namespaceUri !== XDSB) return undefined;
  const [registry] = elements(root, 'rs:RegistryResponse', NS);
  const response = registry && readRegistryResponse(registry);
  if (response === undefined) return undefined;
  const documents = elements(root, 'x:DocumentResponse', NS).map((each) => readDocument(each, parts));
  const whole = documents.filter((each) => each !== undefined);
  return whole.length === documents.length ? { ...response, documents: whole } : undefined;
}

function readDocument(element: XmlElement, parts: ReadonlyMap<string, Buffer>): RetrievedDocument | undefined {
  const [content] = elements(element, 'x:Document', NS);
  const bytes = content && contentOf(content, parts);
  if (bytes === undefined) return undefined;
  const value = (name: string) => text(element, `x:${name}`, NS);
  const homeCommunityId = value('HomeCommunityId');
  return {
    uniqueId: value('DocumentUniqueId') ?? '',
    repositoryUniqueId: value('RepositoryUniqueId') ?? '',
    ...(homeCommunityId === undefined ? {} : { homeCommunityId }),
    mimeType: value('mimeType') ?? '',
    bytes,
  };
}

/** By reference (XOP), or in Base64 where the server did not make it a part. */
function contentOf(document: XmlElement, parts: ReadonlyMap<string, Buffer>): Buffer | undefined {
  const href = text(document, 'xop:Include/@href', NS);
  if (href !== undefined) return href.startsWith('cid:') ? parts.get(partName(href.slice(4))) : undefined;
  const base64 = document.content.replace(/\s/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}

/** RFC 2392: a Content-ID is percent-encoded in a `cid:` address. */
function partName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
