/** What a source wants of its PDFs: taken as they are, looked at, refused, or made into PDF/A-1b (docs/fr/pdfa.md). */
import type { Config, Source } from '../config/schema.ts';
import { pdfARules } from '../rules/pdfa.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';
import type { PdfAReport } from '../wire/pdf/pdfa/check.ts';
import type { PdfComparison } from '../wire/pdf/pdfa/compare.ts';
import { convertToPdfA } from '../wire/pdf/pdfa/convert.ts';

export interface Archivable {
  readonly bytes: Buffer;
  /** What the timeline says of it. */
  readonly notes: readonly Refusal[];
}

/** A raw PDF before it is marked. */
export async function archivable(
  bytes: Buffer,
  source: Source,
  config: Config,
  stamper: Stamper,
): Promise<Result<Archivable>> {
  if (source.pdfA === 'keep') return ok({ bytes, notes: [] });
  const report = await stamper.checkPdfA(bytes);
  if (!report.ok) return report;
  if (report.value.findings.length === 0) return ok({ bytes, notes: [] });
  if (source.pdfA !== 'convert') return judged(bytes, source, report.value);
  const converted = await conversionOf(bytes, report.value, config.pdfConversion, stamper);
  if (!converted.ok) return converted;
  const { comparison } = converted.value;
  return ok({
    bytes: converted.value.bytes,
    notes: [{ rule: pdfARules.converted, detail: conversionText(report.value, comparison) }],
  });
}

/** The PDF inside a CDA that we received: never changed (practice 12), so `convert` only tells. */
export async function judgeReceivedPdf(bytes: Buffer, source: Source, stamper: Stamper): Promise<Result<Archivable>> {
  if (source.pdfA === 'keep') return ok({ bytes, notes: [] });
  const report = await stamper.checkPdfA(bytes);
  if (!report.ok) return report;
  return report.value.findings.length === 0 ? ok({ bytes, notes: [] }) : judged(bytes, source, report.value);
}

function judged(bytes: Buffer, { pdfA }: Source, report: PdfAReport): Result<Archivable> {
  const detail = findingsText(report);
  return pdfA === 'refuse'
    ? refuse(pdfARules.refused, { detail })
    : ok({ bytes, notes: [{ rule: pdfARules.observed, detail }] });
}

/** Who reads foreign PDFs for us: the threads of the stamper in the gateway. */
type Readers = Pick<Stamper, 'checkPdfA' | 'compare'>;

export interface Conversion {
  readonly bytes: Buffer;
  readonly comparison: PdfComparison;
}

/** A PDF/A-1b with the pages, the text and the look of the original, or why there is none. A signed one is never touched. */
export async function conversionOf(
  bytes: Buffer,
  before: PdfAReport,
  settings: Config['pdfConversion'],
  readers: Readers,
): Promise<Result<Conversion>> {
  if (before.signed) return refuse(pdfARules.signed, { detail: findingsText(before) });
  const converted = await convertToPdfA(bytes, settings);
  if (!converted.ok) return converted;
  const after = await readers.checkPdfA(converted.value);
  if (!after.ok) return refuse(pdfARules.notConverted, { detail: after.refusal.rule.title });
  if (after.value.findings.length > 0) return refuse(pdfARules.notConverted, { detail: findingsText(after.value) });
  const compared = await readers.compare(bytes, converted.value);
  if (!compared.ok) return compared;
  const changes = changesOf(compared.value);
  if (changes.length > 0) return refuse(pdfARules.changed, { detail: changes.join(' ; ') });
  return ok({ bytes: converted.value, comparison: compared.value });
}

/** Characters that cannot be copied any more, of all: the page shows them still (`changedPixels`), a search does not find them. */
const MOST_LOST_TEXT = 0.05;
/** Flattened transparency and fonts put in for missing ones move some pixels: measured on our letters, below 0.1 %. */
const MOST_CHANGED_PIXELS = 0.02;

/** What a conversion must not change, as far as we can see it. */
function changesOf({ pages, sameSizes, characters, changedPixels }: PdfComparison): string[] {
  return [
    ...(pages.before === pages.after ? [] : [`${pages.before} pages avant, ${pages.after} après`]),
    ...(sameSizes ? [] : ['taille de page']),
    ...(characters.added === 0 ? [] : [`texte : ${characters.added} caractères apparus`]),
    ...(characters.lost <= characters.before * MOST_LOST_TEXT
      ? []
      : [`texte : ${characters.lost} caractères perdus sur ${characters.before}`]),
    ...(changedPixels <= MOST_CHANGED_PIXELS ? [] : [`aspect (${(changedPixels * 100).toFixed(1)} % d’une page)`]),
  ];
}

function conversionText(before: PdfAReport, { pages, bytes, characters, changedPixels }: PdfComparison): string {
  const kilobytes = (count: number) => `${Math.ceil(count / 1024)} Ko`;
  return [
    `${pages.after} page(s)`,
    `${kilobytes(bytes.before)} → ${kilobytes(bytes.after)}`,
    characters.lost === 0
      ? `texte identique (${characters.before} caractères)`
      : `texte : ${characters.lost} caractères sur ${characters.before} ne se copient plus, mais restent affichés`,
    `aspect changé sur ${(changedPixels * 100).toFixed(2)} % de la page la plus différente`,
    `avant : ${findingsText(before)}`,
  ].join(' ; ');
}

/** « 6.3.4 police non incorporée : Arial ; 6.7.2 aucune métadonnée XMP ». */
function findingsText({ findings }: PdfAReport): string {
  return findings.map(({ clause, text }) => `${clause} ${text}`).join(' ; ');
}
