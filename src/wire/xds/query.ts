/** ITI-18 GetDocuments by uniqueId (TD3.1b): what the DMP holds under an identifier. Source: dmp.md 6. */
import type { DocumentUniqueId } from '../../ins/types.ts';
import { elements, escapeXml, text, type XmlElement } from '../xml/xml.ts';
import { type RegistryResponse, readRegistryResponse } from './registry-response.ts';
import { slot } from './rim.ts';
import { documentEntryScheme, QUERY, RIM } from './schemes.ts';

const GET_DOCUMENTS = 'urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4';
const NS = { rim: RIM };

/** `LeafClass` brings the metadata too. Whether indirect mode may have them is not settled (dmp.md 1.6). */
export type ReturnType = 'LeafClass' | 'ObjectRef';

export function getDocumentsRequest(uniqueId: DocumentUniqueId, returnType: ReturnType): string {
  return (
    `<query:AdhocQueryRequest xmlns:query="${QUERY}">` +
    `<query:ResponseOption returnComposedObjects="true" returnType="${returnType}"/>` +
    `<AdhocQuery xmlns="${RIM}" id="${GET_DOCUMENTS}">` +
    `${slot('$XDSDocumentEntryUniqueId', [`('${escapeXml(uniqueId)}')`])}</AdhocQuery></query:AdhocQueryRequest>`
  );
}

/** Only `entryUuid` comes with an ObjectRef. */
export interface FoundDocument {
  readonly entryUuid: string;
  /** Last part of the status URN: Approved, Deprecated, Archived, Deleted (JDV_J52). */
  readonly status?: string;
  readonly uniqueId?: string;
  /** SHA-1, lower-case hexadecimal. */
  readonly hash?: string;
  /** Bytes. */
  readonly size?: number;
}

export interface QueryResponse extends RegistryResponse {
  readonly documents: readonly FoundDocument[];
}

/** Undefined when the element is not an AdhocQueryResponse. */
export function readQueryResponse(root: XmlElement): QueryResponse | undefined {
  const response = root.name === 'AdhocQueryResponse' ? readRegistryResponse(root) : undefined;
  if (response === undefined) return undefined;
  const references = elements(root, 'rim:RegistryObjectList/rim:ObjectRef', NS);
  const objects = elements(root, 'rim:RegistryObjectList/rim:ExtrinsicObject', NS);
  return {
    ...response,
    documents: [...references.map((each) => ({ entryUuid: idOf(each) })), ...objects.map(readEntry)],
  };
}

function readEntry(entry: XmlElement): FoundDocument {
  const status = entry.attr('status')?.value;
  const scheme = documentEntryScheme.uniqueId;
  const uniqueId = text(entry, `rim:ExternalIdentifier[@identificationScheme='${scheme}']/@value`, NS);
  const hash = slotValue(entry, 'hash')?.toLowerCase();
  const size = slotValue(entry, 'size');
  return {
    entryUuid: idOf(entry),
    ...(status === undefined ? {} : { status: status.slice(status.lastIndexOf(':') + 1) }),
    ...(uniqueId === undefined ? {} : { uniqueId }),
    ...(hash === undefined ? {} : { hash }),
    ...(size === undefined || !/^\d{1,12}$/.test(size) ? {} : { size: Number(size) }),
  };
}

function idOf(object: XmlElement): string {
  return object.attr('id')?.value ?? '';
}

function slotValue(entry: XmlElement, name: string): string | undefined {
  return text(entry, `rim:Slot[@name='${name}']/rim:ValueList/rim:Value`, NS);
}
