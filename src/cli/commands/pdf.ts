/** `pdf check` and `pdf convert`: a PDF against PDF/A-1b, and what Ghostscript makes of it. Nothing is sent. */
import { pdfConversionSchema } from '../../config/pdf-conversion-schema.ts';
import { conversionOf } from '../../documents/index.ts';
import { checkPdfA, type PdfAReport } from '../../wire/pdf/pdfa/check.ts';
import { comparePdfs } from '../../wire/pdf/pdfa/compare.ts';
import { type Outcome, readInput, refused, writeOutput } from '../outcome.ts';
import { table } from '../table.ts';

export async function pdfCheck(file: string): Promise<Outcome> {
  const report = await checkPdfA(await readInput(file));
  if (!report.ok) return refused(report.refusal);
  const conforms = report.value.findings.length === 0;
  return {
    code: conforms ? 0 : 1,
    lines: [
      ...reportLines(report.value),
      conforms ? 'Aucun écart trouvé. Ce contrôle n’est pas un validateur : voir docs/fr/pdfa.md.' : '',
    ],
    result: report.value,
  };
}

/** Writes the PDF/A-1b, unless the document would not be the same. */
export async function pdfConvert(file: string, output: string): Promise<Outcome> {
  const bytes = await readInput(file);
  const before = await checkPdfA(bytes);
  if (!before.ok) return refused(before.refusal);
  const readers = { checkPdfA, compare: comparePdfs };
  const converted = await conversionOf(bytes, before.value, pdfConversionSchema.parse({}), readers);
  if (!converted.ok) return refused(converted.refusal);
  const { comparison } = converted.value;
  await writeOutput(output, converted.value.bytes);
  return {
    code: 0,
    lines: [
      `${output} : PDF/A-1b, ${comparison.pages.after} page(s).`,
      `Taille : ${comparison.bytes.before} octets avant, ${comparison.bytes.after} après.`,
      `Texte : ${comparison.characters.before} caractères, ${comparison.characters.lost} ne se copient plus.`,
      `Aspect : ${(comparison.changedPixels * 100).toFixed(2)} % de la page la plus différente a changé.`,
      '',
      'Avant :',
      ...reportLines(before.value),
    ],
    result: { output, before: before.value, comparison },
  };
}

function reportLines({ declared, findings, pageCount, bytes, signed }: PdfAReport): string[] {
  return [
    `${pageCount} page(s), ${bytes} octets, ${declared === undefined ? 'ne se déclare pas PDF/A' : `se déclare ${declared}`}${signed ? ', signé' : ''}.`,
    ...table(
      ['Article', 'Constat'],
      findings.map(({ clause, text }) => [clause, text]),
    ),
  ];
}
