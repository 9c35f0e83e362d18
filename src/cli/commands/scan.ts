/** `scan`: every DataMatrix of a printed document, page by page, and what is wrong with it: the template audit. */
import { declaredIdentity } from '../../identity/index.ts';
import { BLOCKS, insBlocks } from '../../ins/datamatrix.ts';
import type { QualifiedIdentity } from '../../ins/types.ts';
import { createStamper } from '../../wire/pdf/isolated-stamp.ts';
import {
  type AuditedPage,
  type AuditedSymbol,
  auditTemplate,
  DEFAULT_AUDIT_OPTIONS,
  findingsOf,
  type TemplateAudit,
  type TemplateFinding,
} from '../../wire/pdf/template-audit.ts';
import { templateFileType } from '../../wire/pdf/template-scan.ts';
import { type Outcome, readInput, refused, UsageFault } from '../outcome.ts';
import { readPatient } from '../patient.ts';

export interface ScanCommandOptions {
  /** Identity that the symbols should show. */
  readonly patient?: string;
  /** Smallest side of a module, mm. */
  readonly moduleMm?: number;
}

const MAX_PAGES = 50;
/** A document of fifty pages takes some ten seconds on one core. */
const CPU_MS = 60_000;

export async function scan(file: string, options: ScanCommandOptions = {}): Promise<Outcome> {
  const [bytes, given] = await Promise.all([
    readInput(file),
    options.patient === undefined ? undefined : readPatient(options.patient),
  ]);
  if (templateFileType(bytes) === undefined) throw new UsageFault(`${file} n'est ni un PDF, ni une image PNG ou JPEG.`);
  const identity = given === undefined ? undefined : declaredIdentity(given);
  if (identity?.ok === false) return refused(identity.refusal);
  const scanner = createStamper({ cpuMs: CPU_MS, timeoutMs: 2 * CPU_MS });
  try {
    const scanned = await scanner.scanTemplate(bytes, { maxPages: MAX_PAGES, pictures: 0 });
    if (!scanned.ok) return refused(scanned.refusal);
    return outcomeOf(
      auditTemplate(scanned.value, {
        ...DEFAULT_AUDIT_OPTIONS,
        ...expectedOf(identity?.value),
        ...(options.moduleMm !== undefined && { minModuleMm: options.moduleMm }),
      }),
    );
  } finally {
    await scanner.close();
  }
}

function expectedOf(identity: QualifiedIdentity | undefined) {
  return identity === undefined ? {} : { expected: insBlocks(identity) };
}

function outcomeOf(audit: TemplateAudit): Outcome {
  const { pages, pageCount, findings, right } = audit;
  const pagesScanned = pages.length;
  const symbols = pages.flatMap((page) => page.symbols.map((symbol) => ({ page: page.page, symbol })));
  return {
    code: right ? 0 : 1,
    lines: [
      ...(pagesScanned < pageCount ? [`Attention : seules les ${pagesScanned} premières pages sont examinées.`] : []),
      ...(symbols.length === 0 ? [`Aucun DataMatrix trouvé (${pagesScanned} page(s) examinée(s)).`] : []),
      ...pages.flatMap(pageLines),
      ...findings.map(findingLine),
    ],
    result: {
      pageCount,
      pagesScanned,
      right,
      symbols: symbols.map(({ page, symbol }) => viewOf(page, symbol)),
      pages: pages.map((page) => ({
        page: page.page,
        right: page.right,
        findings: page.findings.map(findingView),
        unread: page.unread,
      })),
      findings: findings.map(findingView),
    },
  };
}

function pageLines(page: AuditedPage): string[] {
  if (page.symbols.length === 0 && findingsOf(page).length === 0) return [];
  return [
    ...page.symbols.flatMap((symbol) => symbolLines(page.page, symbol)),
    ...page.findings.map((one) => `Page ${page.page} : ${findingLine(one)}`),
  ];
}

function symbolLines(page: number, { symbol, reading, findings }: AuditedSymbol): string[] {
  const { positionMm, modules, moduleMm, quietZoneModules } = symbol;
  const mm = (value: number): string => value.toFixed(1).replace('.', ',');
  const quiet = quietZoneModules === undefined ? 'non mesurée' : `${quietZoneModules} module(s)`;
  const wrong = findings.some(({ severity }) => severity === 'error') || reading.problems.length > 0;
  return [
    `Page ${page} : DataMatrix de ${modules} × ${modules} modules de ${moduleMm.toFixed(2).replace('.', ',')} mm`,
    `  Place : ${mm(positionMm.x)} mm du bord gauche, ${mm(positionMm.y)} mm du haut ; ${mm(positionMm.width)} × ${mm(positionMm.height)} mm ; marge blanche : ${quiet}`,
    ...[...reading.blocks].map(([id, value]) => `  ${id} ${BLOCKS[id].label} : ${value}`),
    ...findings.map((one) => `  ${findingLine(one)}`),
    wrong ? '  NON CONFORME.' : '  Conforme au format national.',
  ];
}

const SEVERITY_WORDS = { error: 'Défaut', warning: 'À vérifier', information: 'Pour information' } as const;

function findingLine({ rule, severity, detail }: TemplateFinding): string {
  return `${SEVERITY_WORDS[severity]} : ${detail ?? rule.title} (${rule.id})`;
}

function findingView({ rule, severity, block, detail }: TemplateFinding): object {
  const { id, title, owner, remedy } = rule;
  return { rule: id, severity, block: block ?? null, title, detail: detail ?? null, owner, remedy };
}

function viewOf(page: number, { symbol, reading, isIns, findings }: AuditedSymbol): object {
  const { positionMm, modules, moduleMm, quietZoneModules } = symbol;
  return {
    page,
    positionMm,
    modules,
    moduleMm,
    quietZoneModules: quietZoneModules ?? null,
    ins: isIns,
    blocks: Object.fromEntries(reading.blocks),
    problems: reading.problems,
    findings: findings.map(findingView),
  };
}
