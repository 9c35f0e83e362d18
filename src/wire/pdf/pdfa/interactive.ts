/** Clauses 6.1.13, 6.5, 6.6 and 6.9: annotations, actions, forms, layers. */
import { PDFDict, type PDFDocument, PDFName, PDFNumber } from '@cantoo/pdf-lib';
import { entry, flag, type Report, shownName } from './findings.ts';

/** 6.5.2. */
const ANNOTATIONS = new Set(
  'Text Link FreeText Line Square Circle Highlight Underline Squiggly StrikeOut Stamp Ink Popup Widget PrinterMark TrapNet'.split(
    ' ',
  ),
);
const HIDDEN = 1 + 2 + 32;
const PRINTED = 4;
/** 6.6.1. */
const FORBIDDEN_ACTIONS = new Set(
  'Launch Sound Movie ResetForm ImportData JavaScript SetState NoOp Hide SetOCGState Rendition Trans GoTo3DView'.split(
    ' ',
  ),
);
const NAMED_ACTIONS = new Set(['NextPage', 'PrevPage', 'FirstPage', 'LastPage']);
/** Keys of dictionaries that are actions: another dictionary may have an `S` of its own. */
const ACTION_KEYS = ['A', 'OpenAction', 'Next'];

export function checkCatalog({ catalog }: PDFDocument, report: Report): void {
  if (catalog.has(PDFName.of('OCProperties'))) report('6.1.13', 'calques (contenu optionnel)');
  if (catalog.has(PDFName.of('AA'))) report('6.6.2', 'actions déclenchées par le document (AA)');
  const form = entry(catalog, 'AcroForm');
  if (!(form instanceof PDFDict)) return;
  if (flag(form, 'NeedAppearances', 'true'))
    report('6.9', 'formulaire à mettre en forme par le lecteur (NeedAppearances)');
  if (form.has(PDFName.of('XFA'))) report('6.9', 'formulaire XFA');
}

export function checkAnnotation(annotation: PDFDict, report: Report): void {
  const kind = shownName(entry(annotation, 'Subtype'));
  if (!ANNOTATIONS.has(kind)) {
    // Without its type it may be something else that has a rectangle.
    if (flag(annotation, 'Type', '/Annot')) report('6.5.2', `annotation d’un type interdit : ${kind}`);
    return;
  }
  const opacity = entry(annotation, 'CA');
  if (opacity instanceof PDFNumber && opacity.asNumber() !== 1) report('6.5.3', 'annotation transparente');
  if (kind !== 'Popup') checkFlags(annotation, report);
  if (kind === 'Widget' && (annotation.has(PDFName.of('A')) || annotation.has(PDFName.of('AA'))))
    report('6.6.2', 'champ de formulaire qui déclenche une action');
}

function checkFlags(annotation: PDFDict, report: Report): void {
  const flags = Number(String(entry(annotation, 'F') ?? '0'));
  if ((flags & PRINTED) === 0) report('6.5.3', 'annotation qui ne s’imprime pas');
  if ((flags & HIDDEN) !== 0) report('6.5.3', 'annotation cachée');
}

export function checkAction(dict: PDFDict, report: Report): void {
  for (const key of ACTION_KEYS) {
    const action = entry(dict, key);
    if (action instanceof PDFDict) judge(action, report);
  }
  if (dict.has(PDFName.of('JS'))) report('6.6.1', 'action interdite : JavaScript');
  const additional = entry(dict, 'AA');
  if (additional instanceof PDFDict)
    for (const key of additional.keys()) {
      const action = additional.lookup(key);
      if (action instanceof PDFDict) judge(action, report);
    }
}

function judge(action: PDFDict, report: Report): void {
  const kind = shownName(entry(action, 'S'));
  if (FORBIDDEN_ACTIONS.has(kind)) report('6.6.1', `action interdite : ${kind}`);
  if (kind === 'Named' && !NAMED_ACTIONS.has(shownName(entry(action, 'N')))) report('6.6.1', 'action nommée interdite');
}
