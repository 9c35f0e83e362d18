/** What a stored query answers (ITI-18). Source: dmp.md 6. */
import type { XmlElement } from '../xml/xml.ts';
import {
  type ListedAssociation,
  type ListedDocument,
  type ListedSubmissionSet,
  listedAssociation,
  listedDocument,
  listedSubmissionSet,
} from './listed-document.ts';
import { isDocumentEntry, listedObjects, type RegistryObject, readRegistryObject } from './registry-object.ts';
import { type RegistryResponse, readRegistryResponse } from './registry-response.ts';
import { RIM } from './schemes.ts';

/** Only `entryUuid` comes with an ObjectRef. */
export type FoundDocument = Pick<ListedDocument, 'entryUuid' | 'status' | 'uniqueId' | 'hash' | 'size'>;

export interface QueryResponse extends RegistryResponse {
  readonly documents: readonly FoundDocument[];
}

export interface ListingResponse extends RegistryResponse {
  readonly documents: readonly ListedDocument[];
  readonly submissionSets: readonly ListedSubmissionSet[];
  readonly associations: readonly ListedAssociation[];
}

export interface RecordsResponse extends RegistryResponse {
  readonly records: readonly RegistryObject[];
}

/** Entries by what is needed to recognise them. Undefined when the element is not an AdhocQueryResponse. */
export function readQueryResponse(root: XmlElement): QueryResponse | undefined {
  return answer(root, (objects) => ({
    documents: [
      ...named(objects, 'ObjectRef').map((each) => ({ entryUuid: each.attr('id')?.value ?? '' })),
      ...named(objects, 'ExtrinsicObject').map(recognised),
    ],
  }));
}

function recognised(object: XmlElement): FoundDocument {
  const { entryUuid, status, uniqueId, hash, size } = listedDocument(readRegistryObject(object));
  return {
    entryUuid,
    ...(status === undefined ? {} : { status }),
    ...(uniqueId === undefined ? {} : { uniqueId }),
    ...(hash === undefined ? {} : { hash }),
    ...(size === undefined ? {} : { size }),
  };
}

/** Everything that may be shown. Objects of another kind (folders) are passed over: the DMP has none. */
export function readListing(root: XmlElement): ListingResponse | undefined {
  return answer(root, (objects) => ({
    documents: named(objects, 'ExtrinsicObject')
      .filter(isDocumentEntry)
      .map((each) => listedDocument(readRegistryObject(each))),
    submissionSets: named(objects, 'RegistryPackage').map((each) => listedSubmissionSet(readRegistryObject(each))),
    associations: named(objects, 'Association').map(listedAssociation),
  }));
}

/** Entries whole, for an update. */
export function readRecords(root: XmlElement): RecordsResponse | undefined {
  return answer(root, (objects) => ({
    records: named(objects, 'ExtrinsicObject').filter(isDocumentEntry).map(readRegistryObject),
  }));
}

function answer<T>(root: XmlElement, read: (objects: readonly XmlElement[]) => T): (RegistryResponse & T) | undefined {
  const response = root.name === 'AdhocQueryResponse' ? readRegistryResponse(root) : undefined;
  return response === undefined ? undefined : { ...response, ...read(listedObjects(root)) };
}

function named(objects: readonly XmlElement[], name: string): readonly XmlElement[] {
  return objects.filter((each) => each.name === name && each.namespaceUri === RIM);
}
