/** XDS formatCode (JDV_J60) of level-1 documents, and the code system of any format. Source: dmp.md 3.3, cda-cisis.md 4. */
import type { CodedValue } from './code.ts';

const IHE = '1.3.6.1.4.1.19376.1.2.3';
const ANS = '1.2.250.1.213.1.1.4.2.282';

/** Format of a level-1 CDA by the media type that it carries (ASS_A12, labels of TRE_A11). */
const LEVEL_1: Readonly<Record<string, CodedValue>> = {
  'application/pdf': ihe('urn:ihe:iti:xds-sd:pdf:2008', 'Document à corps non structuré en Pdf/A-1'),
  'text/plain': ihe('urn:ihe:iti:xds-sd:text:2008', 'Document à corps non structuré en texte brut'),
  'text/rtf': ihe('urn:ihe:iti-fr:xds-sd:rtf:2010', 'Document à corps non structuré en format rtf'),
  'image/jpeg': ihe('urn:ihe:iti-fr:xds-sd:jpeg:2010', 'Document à corps non structuré en format jpeg'),
  'image/tiff': ihe('urn:ihe:iti-fr:xds-sd:tiff:2010', 'Document à corps non structuré en format tiff'),
};

/** Undefined for a media type that a level-1 CDA may not carry. */
export function levelOneFormat(mediaType: string): CodedValue | undefined {
  return LEVEL_1[mediaType.toLowerCase()];
}

/** Code system of a `urn:ihe:…`, `urn:asip:…` or `urn:ans:…` format code. */
export function formatCodeSystem(code: string): string | undefined {
  if (code.startsWith('urn:ihe:')) return IHE;
  return code.startsWith('urn:asip:') || code.startsWith('urn:ans:') ? ANS : undefined;
}

function ihe(code: string, label: string): CodedValue {
  return { code, system: IHE, label };
}
