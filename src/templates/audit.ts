/** Audits a printed document in a thread, keeps the outcome, and forgets the document. */
import { createHash } from 'node:crypto';
import { acceptedInsOids } from '../config/lookup.ts';
import type { BlockId } from '../ins/datamatrix.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { pdfRules } from '../rules/pdf.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { insertTemplateAudit, type TemplateAuditRecord } from '../store/template-audits.ts';
import { createStamper, type TemplateScanner } from '../wire/pdf/isolated-stamp.ts';
import { auditTemplate, type TemplateAudit } from '../wire/pdf/template-audit.ts';
import { keptOutcome, type TemplateOutcome } from './outcome.ts';

export interface AuditOrder {
  readonly eg: string;
  readonly template: string;
  readonly software: string;
  readonly expected: ReadonlyMap<BlockId, string>;
  readonly actor: string;
  /** Pages to make a picture of, for whoever looks at once. */
  readonly pictures: number;
}

export interface DocumentAudit {
  readonly record: TemplateAuditRecord<TemplateOutcome>;
  /** With what was read and the pictures: for whoever gave the document, never stored. */
  readonly audit: TemplateAudit;
}

/**
 * One thread for the process, whoever asks: an audit never takes more than one core from the intake. It is renewed at each
 * document, so that its memory is given back.
 */
let scanner: TemplateScanner | undefined;
const WAIT = 4;

function scannerOf(cpuMs: number): TemplateScanner {
  scanner ??= createStamper({ threads: 1, cpuMs, timeoutMs: WAIT * cpuMs, documentsPerThread: 1 });
  return scanner;
}

export async function auditDocument(
  context: UseCaseContext,
  bytes: Buffer,
  order: AuditOrder,
): Promise<Result<DocumentAudit>> {
  const { templateAudit: limits } = context.config;
  const allowedOids = acceptedInsOids(context.config);
  if (bytes.length > limits.maxBytes) return refuse(pdfRules.pdfTooLarge, { detail: `${bytes.length} octets` });
  const { maxPages, minModuleMm, minEdgeMm } = limits;
  const scanned = await scannerOf(limits.cpuMs).scanTemplate(bytes, { maxPages, pictures: order.pictures });
  if (!scanned.ok) return scanned;
  const { expected, eg, template, software, actor } = order;
  const audit = auditTemplate(scanned.value, { expected, allowedOids, minModuleMm, minEdgeMm });
  const record: TemplateAuditRecord<TemplateOutcome> = {
    id: context.newUuid(),
    at: context.now(),
    actor,
    eg,
    template,
    software,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    pages: audit.pageCount,
    pagesExamined: audit.pages.length,
    pagesRight: audit.pages.filter(({ right }) => right).length,
    right: audit.right,
    outcome: keptOutcome(audit, {
      compared: [...expected.keys()],
      oidsChecked: allowedOids,
      minModuleMm,
      minEdgeMm,
    }),
  };
  await insertTemplateAudit(context.pool, record);
  return ok({ record, audit });
}
