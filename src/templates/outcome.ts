/** What is kept of an audit: findings, places, and the shape of each field. No trait, no matricule (promise 9). */
import type { BlockId } from '../ins/datamatrix.ts';
import { insNature, parseOid } from '../ins/oids.ts';
import type { ZoneMm } from '../wire/pdf/page-geometry.ts';
import type { AuditedSymbol, Severity, TemplateAudit, TemplateFinding } from '../wire/pdf/template-audit.ts';

export interface FoundFault {
  readonly rule: string;
  readonly severity: Severity;
  readonly block: BlockId | null;
  readonly detail: string | null;
}

interface KeptSymbol {
  readonly positionMm: ZoneMm;
  readonly modules: number;
  readonly moduleMm: number;
  readonly quietZoneModules: number | null;
  readonly ins: boolean;
  readonly fields: readonly { readonly block: BlockId; readonly length: number; readonly shape: string }[];
  readonly findings: readonly FoundFault[];
}

export interface TemplateOutcome {
  /** Fields compared with an expected patient. */
  readonly compared: readonly BlockId[];
  readonly oidsChecked: readonly string[];
  readonly minModuleMm: number;
  readonly minEdgeMm: number;
  readonly findings: readonly FoundFault[];
  readonly pages: readonly {
    readonly page: number;
    readonly widthMm: number;
    readonly heightMm: number;
    readonly right: boolean;
    readonly findings: readonly FoundFault[];
    readonly unread: readonly ZoneMm[];
    readonly symbols: readonly KeptSymbol[];
  }[];
}

const LONGEST_SHAPE = 100;

/** `A` for a capital, `a` for a small letter, `9` for a digit, `¤` for what has no place there. */
function shapeOf(text: string): string {
  return text
    .slice(0, LONGEST_SHAPE)
    .replace(/[^\x20-\x7e]/g, '¤')
    .replace(/[A-Z]/g, 'A')
    .replace(/[a-z]/g, 'a')
    .replace(/\d/g, '9');
}

export function keptOutcome(
  audit: TemplateAudit,
  checked: Pick<TemplateOutcome, 'compared' | 'oidsChecked' | 'minModuleMm' | 'minEdgeMm'>,
): TemplateOutcome {
  return {
    ...checked,
    findings: audit.findings.map(keptFinding),
    pages: audit.pages.map(({ page, widthMm, heightMm, right, findings, unread, symbols }) => ({
      page,
      widthMm,
      heightMm,
      right,
      findings: findings.map(keptFinding),
      unread,
      symbols: symbols.map(keptSymbol),
    })),
  };
}

function keptFinding({ rule, severity, block, detail }: TemplateFinding): FoundFault {
  return { rule: rule.id, severity, block: block ?? null, detail: detail ?? null };
}

function keptSymbol({ symbol, reading, isIns, findings }: AuditedSymbol): KeptSymbol {
  const { positionMm, modules, moduleMm, quietZoneModules = null } = symbol;
  return {
    positionMm,
    modules,
    moduleMm,
    quietZoneModules,
    ins: isIns,
    fields: [...reading.blocks].map(([block, value]) => ({
      block,
      length: value.length,
      shape: block === 'S2' && isInsOid(value) ? value : shapeOf(value),
    })),
    findings: findings.map(keptFinding),
  };
}

/** One of the four published: it says nothing of a person. */
function isInsOid(text: string): boolean {
  const oid = parseOid(text);
  return oid.ok && insNature(oid.value) !== undefined;
}
