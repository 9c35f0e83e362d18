/** Clause 6.2.3: colours of a device need an output intent that says what they are. */
import { PDFArray, PDFDict, type PDFDocument, PDFName, type PDFObject, PDFRawStream, PDFStream } from '@cantoo/pdf-lib';
import { decodeBounded } from '../bounded-stream.ts';
import { walkOperators } from '../content-balance.ts';
import { NotOrdinary } from '../syntax.ts';
import { entry, flag, type Report, valuesOf } from './findings.ts';

type Device = 'DeviceGray' | 'DeviceRGB' | 'DeviceCMYK';
/** Operators of the two ways to paint, and of inline images by their abbreviated names. */
const OPERATORS: Readonly<Record<string, Device>> = {
  g: 'DeviceGray',
  G: 'DeviceGray',
  rg: 'DeviceRGB',
  RG: 'DeviceRGB',
  k: 'DeviceCMYK',
  K: 'DeviceCMYK',
};
/** What is painted without any colour operator: black, a device grey. */
const PAINTING = new Set(['f', 'F', 'f*', 'B', 'B*', 'b', 'b*', 'S', 's', 'Tj', 'TJ', "'", '"']);
/** All the contents of one document, inflated. */
const MAX_CONTENTS = 64 * 1024 * 1024;

export function checkColours(document: PDFDocument, report: Report): void {
  const components = intentComponents(document, report);
  const used = devicesOf(document, report);
  if (components === undefined) {
    if (used.size > 0)
      report('6.2.3.3', `couleurs propres au périphérique sans intention de sortie : ${[...used].sort().join(', ')}`);
    return;
  }
  if (used.has('DeviceRGB') && components !== 3)
    report('6.2.3.3', 'DeviceRGB avec une intention de sortie qui n’est pas RVB');
  if (used.has('DeviceCMYK') && components !== 4)
    report('6.2.3.3', 'DeviceCMYK avec une intention de sortie qui n’est pas CMJN');
}

/** Number of components of the PDF/A output intent; undefined when there is none (6.2.2). */
function intentComponents(document: PDFDocument, report: Report): number | undefined {
  const intents = valuesOf(entry(document.catalog, 'OutputIntents')).filter(
    (intent): intent is PDFDict => intent instanceof PDFDict && flag(intent, 'S', '/GTS_PDFA1'),
  );
  const profiles = intents.map((intent) => entry(intent, 'DestOutputProfile'));
  if (new Set(profiles).size > 1) report('6.2.2', 'plusieurs intentions de sortie, de profils différents');
  const [profile] = profiles;
  if (intents.length > 0 && !(profile instanceof PDFStream)) report('6.2.2', 'intention de sortie sans profil ICC');
  return profile instanceof PDFStream ? Number(String(entry(profile.dict, 'N'))) : undefined;
}

function devicesOf(document: PDFDocument, report: Report): Set<Device> {
  const used = new Set<Device>();
  let left = MAX_CONTENTS;
  const read = (stream: PDFObject | undefined) => {
    if (!(stream instanceof PDFRawStream)) return;
    const contents = decodeBounded(stream, left);
    if (contents === undefined) return report('6.2.3', 'contenu de page dans un format qui n’a pas pu être relu');
    left -= contents.length;
    readOperators(Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength), used, report);
  };
  for (const page of document.getPages()) for (const stream of valuesOf(page.node.Contents())) read(stream);
  for (const [, object] of document.context.enumerateIndirectObjects()) {
    const dict = object instanceof PDFStream ? object.dict : object;
    if (!(dict instanceof PDFDict)) continue;
    if (flag(dict, 'Subtype', '/Form')) read(object);
    for (const key of ['ColorSpace', 'CS']) noteSpace(entry(dict, key), used);
  }
  return used;
}

function readOperators(contents: Buffer, used: Set<Device>, report: Report): void {
  let coloured = false;
  try {
    walkOperators(contents, (word) => {
      const device = OPERATORS[word];
      if (device !== undefined) used.add(device);
      if (device !== undefined || word === 'cs' || word === 'CS') coloured = true;
      else if (!coloured && PAINTING.has(word)) used.add('DeviceGray');
      return true;
    });
  } catch (error) {
    if (!(error instanceof NotOrdinary)) throw error;
    report('6.2.3', 'contenu de page qui n’a pas pu être relu');
  }
}

/** A colour space is a name, an array that begins with one, or a dictionary of them in resources. */
function noteSpace(value: PDFObject | undefined, used: Set<Device>): void {
  if (value instanceof PDFDict) for (const key of value.keys()) noteSpace(value.lookup(key), used);
  else if (value instanceof PDFName) noteName(value, used);
  // An ICC space names an alternate one, which is not used; an indexed or separated one paints in what it names.
  else if (value instanceof PDFArray && String(value.lookup(0)) !== '/ICCBased')
    for (const item of valuesOf(value)) if (item instanceof PDFName) noteName(item, used);
}

function noteName(name: PDFName, used: Set<Device>): void {
  const text = name.decodeText();
  if (text === 'DeviceGray' || text === 'DeviceRGB' || text === 'DeviceCMYK') used.add(text);
}
