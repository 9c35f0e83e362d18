/**
 * XDS referenceIdList from the orders and acts of a CDA: the three kinds that the DMP knows (JDV_J231).
 * Source: dmp.md 3.3, CI-SIS CR-IMG (the identifier of an imaging act is its DICOM Study Instance UID).
 */
import { isOid } from '../../ins/oids.ts';
import type { CdaHeader } from '../cda/header.ts';
import type { InstanceId } from '../cda/nodes.ts';

const ORDER = 'urn:ihe:iti:xds:2013:order';
const ACCESSION = 'urn:ihe:iti:xds:2013:accession';
const STUDY = 'urn:ihe:iti:xds:2016:studyInstanceUID';

/** Type code of an imaging report. */
const IMAGING_REPORT = '18748-4';

/** CXi strings, without repetition. */
export function referenceIds(header: CdaHeader): string[] {
  const orders = header.orders.flatMap(({ ids, accession }) => [
    ...ids.flatMap((id) => cxi(id, ORDER)),
    ...(accession === undefined ? [] : cxi(accession, ACCESSION)),
  ]);
  return [...new Set([...orders, ...studies(header)])];
}

/** A Study Instance UID is unique by itself: no assigning authority. */
function studies({ code, serviceEvents }: CdaHeader): string[] {
  if (code?.code !== IMAGING_REPORT) return [];
  return serviceEvents
    .flatMap(({ ids }) => ids)
    .flatMap(({ root, extension }) =>
      root !== undefined && extension === undefined && isOid(root) ? [`${root}^^^^${STUDY}`] : [],
    );
}

/** An identifier that holds an HL7 delimiter is left out: it cannot be written without changing it. */
function cxi({ root, extension, nullFlavor }: InstanceId, kind: string): string[] {
  if (nullFlavor !== undefined || root === undefined || extension === undefined) return [];
  return /[\^&|~\\]/.test(root + extension) ? [] : [`${extension}^^^&${root}&ISO^${kind}`];
}
