/** METADATA.XML of an XDM subset: a submission as ebRIM, whose entries name their files by the slot URI (cda-cisis.md 6). */

import { ok, type Result, refuse } from '../../rules/rule.ts';
import { xdmRules } from '../../rules/xdm.ts';
import { defined } from '../defined.ts';
import { documentEntryScheme, RIM, submissionSetScheme } from '../xds/schemes.ts';
import { elements, text, withXml, XML_REFUSALS, type XmlElement, XmlRefused } from '../xml/xml.ts';

const NS = { rim: RIM };
const MAX_BYTES = 10_000_000;

export interface XdmEntry {
  /** Name of its file, relative to the folder of METADATA.XML. */
  readonly uri: string;
  readonly mimeType: string;
  readonly uniqueId?: string;
  readonly title?: string;
  readonly typeCode?: string;
  /** SHA-1, lower case. */
  readonly hash?: string;
  readonly size?: number;
  /** CX of the patient, as written. */
  readonly patientId?: string;
  /** First the CDA code (N, R, V), then the visibility codes. */
  readonly confidentialityCodes: readonly string[];
}

export interface XdmMetadata {
  readonly uniqueId?: string;
  readonly sourceId?: string;
  readonly patientId?: string;
  readonly entries: readonly [XdmEntry, ...XdmEntry[]];
}

export function readXdmMetadata(bytes: Uint8Array): Result<XdmMetadata> {
  try {
    return withXml(bytes, readRoot, { maxBytes: MAX_BYTES });
  } catch (error) {
    if (!(error instanceof XmlRefused)) throw error;
    return refuse(xdmRules.metadataUnreadable, { detail: XML_REFUSALS[error.reason] });
  }
}

function readRoot(root: XmlElement): Result<XdmMetadata> {
  const entries = elements(root, 'rim:RegistryObjectList/rim:ExtrinsicObject', NS).map(readEntry);
  const [first, ...rest] = entries;
  const unnamed = entries.some(({ uri }) => uri === '');
  if (root.name !== 'SubmitObjectsRequest' || first === undefined || unnamed)
    return refuse(xdmRules.metadataUnreadable);
  const [set] = elements(root, 'rim:RegistryObjectList/rim:RegistryPackage', NS);
  const identifier = (scheme: string): string | undefined => set && identifierOf(set, scheme);
  return ok({
    ...defined({
      uniqueId: identifier(submissionSetScheme.uniqueId),
      sourceId: identifier(submissionSetScheme.sourceId),
      patientId: identifier(submissionSetScheme.patientId),
    }),
    entries: [first, ...rest],
  });
}

function readEntry(entry: XmlElement): XdmEntry {
  const size = slot(entry, 'size');
  const scheme = documentEntryScheme.typeCode;
  return {
    uri: slot(entry, 'URI') ?? '',
    mimeType: entry.attr('mimeType')?.value ?? '',
    ...defined({
      uniqueId: identifierOf(entry, documentEntryScheme.uniqueId),
      title: text(entry, 'rim:Name/rim:LocalizedString/@value', NS),
      typeCode: text(entry, `rim:Classification[@classificationScheme='${scheme}']/@nodeRepresentation`, NS),
      hash: slot(entry, 'hash')?.toLowerCase(),
      patientId: identifierOf(entry, documentEntryScheme.patientId),
    }),
    confidentialityCodes: elements(
      entry,
      `rim:Classification[@classificationScheme='${documentEntryScheme.confidentialityCode}']`,
      NS,
    ).flatMap((classification) => classification.attr('nodeRepresentation')?.value ?? []),
    ...(size !== undefined && /^\d{1,12}$/.test(size) ? { size: Number(size) } : {}),
  };
}

function identifierOf(object: XmlElement, scheme: string): string | undefined {
  return text(object, `rim:ExternalIdentifier[@identificationScheme='${scheme}']/@value`, NS);
}

function slot(entry: XmlElement, name: string): string | undefined {
  return text(entry, `rim:Slot[@name='${name}']/rim:ValueList/rim:Value`, NS);
}
