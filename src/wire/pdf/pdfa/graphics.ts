/** Clauses 6.2.4 to 6.2.9 and 6.4: images, graphics state, and no transparency of any kind. */
import { PDFDict, PDFName, PDFNumber, PDFStream } from '@cantoo/pdf-lib';
import { entry, flag, type Report } from './findings.ts';

export function checkImage(image: PDFDict, report: Report): void {
  if (image.has(PDFName.of('Alternates'))) report('6.2.4', 'image avec d’autres versions d’elle-même');
  if (image.has(PDFName.of('OPI'))) report('6.2.4', 'image avec OPI');
  if (flag(image, 'Interpolate', 'true')) report('6.2.4', 'image lissée à l’affichage (Interpolate)');
  const mask = entry(image, 'SMask');
  if (mask instanceof PDFStream) report('6.4', 'image avec un masque de transparence (SMask)');
  if (flag(image, 'SMaskInData', '1') || flag(image, 'SMaskInData', '2'))
    report('6.4', 'image avec sa transparence (SMaskInData)');
}

export function checkGraphicsState(state: PDFDict, report: Report): void {
  if (state.has(PDFName.of('TR'))) report('6.2.8', 'fonction de transfert (TR)');
  const transfer = entry(state, 'TR2');
  if (transfer !== undefined && String(transfer) !== '/Default') report('6.2.8', 'fonction de transfert (TR2)');
  const mask = entry(state, 'SMask');
  if (mask !== undefined && String(mask) !== '/None') report('6.4', 'masque de transparence (SMask)');
  const blend = entry(state, 'BM');
  if (blend !== undefined && !/^\/(?:Normal|Compatible)$/.test(String(blend)))
    report('6.4', 'mode de fusion autre que Normal');
  for (const key of ['CA', 'ca']) {
    const opacity = entry(state, key);
    if (opacity instanceof PDFNumber && opacity.asNumber() !== 1) report('6.4', `opacité partielle (${key})`);
  }
}

/** Of a page or of a form XObject. */
export function checkGroup(dict: PDFDict, report: Report): void {
  const group = entry(dict, 'Group');
  if (group instanceof PDFDict && flag(group, 'S', '/Transparency')) report('6.4', 'groupe de transparence');
}
