/** What is wrong with the DataMatrix of a printed document, page by page, each fault under its rule. Pure. */
import { BLOCK_IDS, BLOCKS, type BlockId, GS } from '../../ins/datamatrix.ts';
import {
  type PayloadProblem,
  type PayloadProblemCode,
  type PayloadReading,
  readInsPayload,
} from '../../ins/datamatrix-read.ts';
import { matriculeAlerts, parseMatricule } from '../../ins/matricule.ts';
import { insNature, isAllowedInsOid, parseOid } from '../../ins/oids.ts';
import type { Oid } from '../../ins/types.ts';
import type { Rule } from '../../rules/rule.ts';
import { templateRules } from '../../rules/template.ts';
import type { ScannedSymbol } from './scan.ts';
import type { TemplatePage, TemplateScan } from './template-scan.ts';

/** An `error` makes a page wrong; a `warning` is to be looked at; an `information` is only said. */
export type Severity = 'error' | 'warning' | 'information';

export interface TemplateFinding {
  readonly rule: Rule;
  readonly severity: Severity;
  readonly block?: BlockId;
  /** French; never a value read from the symbol. */
  readonly detail?: string;
}

export interface AuditedSymbol {
  readonly symbol: ScannedSymbol;
  readonly reading: PayloadReading;
  /** Says it is an INS symbol, whatever its faults. */
  readonly isIns: boolean;
  readonly findings: readonly TemplateFinding[];
}

export interface AuditedPage extends Pick<TemplatePage, 'page' | 'widthMm' | 'heightMm' | 'unread' | 'picture'> {
  readonly symbols: readonly AuditedSymbol[];
  /** Of the page itself; those of a symbol are with it. */
  readonly findings: readonly TemplateFinding[];
  /** It bears an INS symbol, and nothing on it is an error. */
  readonly right: boolean;
}

export interface TemplateAudit {
  readonly pages: readonly AuditedPage[];
  readonly pageCount: number;
  /** Of the document as a whole. */
  readonly findings: readonly TemplateFinding[];
  /** Page 1 is right and nothing else in the document is an error. */
  readonly right: boolean;
}

export interface AuditOptions {
  /** What the symbol should say, block by block; a block that is absent is not compared. */
  readonly expected?: ReadonlyMap<BlockId, string>;
  /** OIDs of this environment; absent, any INS OID will do. */
  readonly allowedOids?: readonly Oid[];
  /** ins.md 9: no official size was found; these are printing precautions. */
  readonly minModuleMm: number;
  readonly minEdgeMm: number;
}

export const DEFAULT_AUDIT_OPTIONS: AuditOptions = { minModuleMm: 0.35, minEdgeMm: 5 };
/** ISO/IEC 16022. */
const MIN_QUIET_MODULES = 1;
/** A size is measured on a page drawn at 200 dpi: a symbol of 36 modules to about 1 %. */
const MEASURE = 0.97;
/** So much longer than wide, an upright symbol is not square. */
const SQUARE = 1.1;

const SEVERITIES: ReadonlyMap<Rule, Severity> = new Map<Rule, Severity>([
  [templateRules.otherSymbol, 'information'],
  [templateRules.matriculeKey, 'warning'],
  [templateRules.fieldOrder, 'warning'],
  [templateRules.moduleSize, 'warning'],
  [templateRules.quietZoneUnknown, 'information'],
  [templateRules.nearEdge, 'warning'],
  [templateRules.notSquare, 'warning'],
  [templateRules.pagesNotExamined, 'warning'],
]);

const RULES: Readonly<Record<PayloadProblemCode, Rule>> = {
  header: templateRules.otherSymbol,
  'unexpected-text': templateRules.unexpectedText,
  missing: templateRules.missingField,
  duplicate: templateRules.repeatedField,
  length: templateRules.fieldLength,
  separator: templateRules.separator,
  normalisation: templateRules.normalisation,
  format: templateRules.malformedField,
  mismatch: templateRules.otherPatient,
};

function finding(rule: Rule, where: { block?: BlockId; detail?: string } = {}): TemplateFinding {
  return { rule, severity: SEVERITIES.get(rule) ?? 'error', ...where };
}

export function auditTemplate(scan: TemplateScan, options: AuditOptions = DEFAULT_AUDIT_OPTIONS): TemplateAudit {
  const pages = scan.pages.map((page) => auditPage(page, options));
  const payloads = new Set(
    pages.flatMap(({ symbols }) => symbols.filter(({ isIns }) => isIns).map(({ reading }) => reading.blocks.get('S1'))),
  );
  const findings = [
    ...(payloads.size > 1 ? [finding(templateRules.twoPatients, { detail: `${payloads.size} matricules` })] : []),
    ...(pages.length < scan.pageCount
      ? [finding(templateRules.pagesNotExamined, { detail: `${pages.length} pages sur ${scan.pageCount}` })]
      : []),
  ];
  const wrong = [...findings, ...pages.flatMap(findingsOf)].some(({ severity }) => severity === 'error');
  return { pages, pageCount: scan.pageCount, findings, right: !wrong && pages[0]?.right === true };
}

/** Everything found on a page, its symbols included. */
export function findingsOf({ findings, symbols }: AuditedPage): readonly TemplateFinding[] {
  return [...findings, ...symbols.flatMap((symbol) => symbol.findings)];
}

function auditPage(page: TemplatePage, options: AuditOptions): AuditedPage {
  const symbols = page.symbols.map((symbol) => auditSymbol(symbol, page, options));
  const hasIns = symbols.some(({ isIns }) => isIns);
  const findings = [
    ...(page.page === 1 && !hasIns ? [finding(templateRules.noSymbol)] : []),
    ...page.unread.map((zone) => finding(templateRules.unreadableSymbol, { detail: placeOf(zone) })),
  ];
  const { symbols: _, ...rest } = page;
  const audited = { ...rest, symbols, findings };
  const wrong = findingsOf({ ...audited, right: false }).some(({ severity }) => severity === 'error');
  return { ...audited, right: hasIns && !wrong };
}

function auditSymbol(symbol: ScannedSymbol, page: TemplatePage, options: AuditOptions): AuditedSymbol {
  const reading = readInsPayload(symbol.text);
  const isIns = !reading.problems.some(({ code }) => code === 'header');
  if (!isIns) return { symbol, reading, isIns, findings: [finding(templateRules.otherSymbol)] };
  const findings = [
    ...reading.problems.map((problem) => problemFinding(problem, reading)),
    ...separatorFindings(symbol.text),
    ...orderFindings(reading),
    ...insFindings(reading, options),
    ...mismatchFindings(reading, options.expected),
    ...printFindings(symbol, page, options),
  ];
  return { symbol, reading, isIns, findings };
}

function problemFinding({ code, block, explanation }: PayloadProblem, { blocks }: PayloadReading): TemplateFinding {
  const more = code === 'normalisation' && block !== undefined ? ` ${charactersOf(blocks.get(block) ?? '')}` : '';
  return finding(RULES[code], { ...(block !== undefined && { block }), detail: `${explanation}${more}` });
}

/** What keeps a name out of the national set, without quoting it. */
function charactersOf(name: string): string {
  const kinds = [
    /[^\x20-\x7e]/.test(name) && 'accents ou caractères hors ASCII',
    /[a-z]/.test(name) && 'minuscules',
    /\d/.test(name) && 'chiffres',
    /[^\w\s'-]/.test(name.replace(/[^\x20-\x7e]/g, '')) && 'ponctuation',
  ].filter((kind) => kind !== false);
  return kinds.length === 0 ? 'Espaces, traits d’union ou apostrophes mal placés.' : `Trouvés : ${kinds.join(', ')}.`;
}

/** `readInsPayload` is tolerant of the text that keyboard scanners print for GS; in a symbol it is a fault. */
function separatorFindings(text: string): TemplateFinding[] {
  const others = [...new Set(text.match(/\p{Cc}/gu) ?? [])].filter((one) => one !== GS && one < '\u0080');
  const named = others.map((one) => `0x${one.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`);
  return [
    ...(text.includes('<GS>')
      ? [finding(templateRules.separator, { detail: 'le texte « <GS> » au lieu de l’octet 0x1D' })]
      : []),
    ...(named.length > 0
      ? [finding(templateRules.separator, { detail: `octet ${named.join(', ')} au lieu de 0x1D` })]
      : []),
  ];
}

function orderFindings({ blocks }: PayloadReading): TemplateFinding[] {
  const found = [...blocks.keys()];
  const usual = BLOCK_IDS.filter((id) => blocks.has(id));
  return found.every((id, index) => id === usual[index])
    ? []
    : [finding(templateRules.fieldOrder, { detail: found.join(', ') })];
}

function insFindings({ blocks }: PayloadReading, { allowedOids }: AuditOptions): TemplateFinding[] {
  const matricule = parseMatricule(blocks.get('S1') ?? '');
  const oid = parseOid(blocks.get('S2') ?? '');
  const findings: TemplateFinding[] = [];
  if (matricule.ok && matriculeAlerts(matricule.value).includes('key-mismatch'))
    findings.push(finding(templateRules.matriculeKey, { block: 'S1' }));
  if (!oid.ok) return findings;
  if (insNature(oid.value) === undefined) findings.push(finding(templateRules.notAnInsOid, { block: 'S2' }));
  else if (allowedOids !== undefined && !isAllowedInsOid(oid.value, allowedOids))
    findings.push(finding(templateRules.otherEnvironment, { block: 'S2', detail: oid.value }));
  return findings;
}

function mismatchFindings(
  { blocks }: PayloadReading,
  expected: ReadonlyMap<BlockId, string> | undefined,
): TemplateFinding[] {
  return [...(expected ?? [])]
    .filter(([id, value]) => blocks.has(id) && blocks.get(id) !== value)
    .map(([block]) =>
      finding(templateRules.otherPatient, { block, detail: `${block} (${BLOCKS[block].label}) diffère de l’attendu` }),
    );
}

function printFindings(symbol: ScannedSymbol, page: TemplatePage, options: AuditOptions): TemplateFinding[] {
  const { positionMm: at, moduleMm, quietZoneModules: quiet } = symbol;
  const edge = Math.min(at.x, at.y, page.widthMm - at.x - at.width, page.heightMm - at.y - at.height);
  const findings: TemplateFinding[] = [];
  if (moduleMm < options.minModuleMm * MEASURE)
    findings.push(finding(templateRules.moduleSize, { detail: `module de ${mm(moduleMm, 2)} mm` }));
  if (quiet === undefined) findings.push(finding(templateRules.quietZoneUnknown));
  else if (quiet < MIN_QUIET_MODULES)
    findings.push(finding(templateRules.quietZone, { detail: `${mm(quiet, 1)} module` }));
  if (quiet !== undefined && Math.max(at.width, at.height) > SQUARE * Math.min(at.width, at.height))
    findings.push(finding(templateRules.notSquare, { detail: `${mm(at.width, 1)} × ${mm(at.height, 1)} mm` }));
  if (edge < options.minEdgeMm)
    findings.push(finding(templateRules.nearEdge, { detail: `${mm(Math.max(edge, 0), 1)} mm du bord` }));
  return findings;
}

function placeOf({ x, y }: { readonly x: number; readonly y: number }): string {
  return `à ${mm(x, 0)} mm du bord gauche, ${mm(y, 0)} mm du haut`;
}

function mm(value: number, digits: number): string {
  return value.toFixed(digits).replace('.', ',');
}
