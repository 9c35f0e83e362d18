/** `scan`: every DataMatrix of a document, and whether the national format accepts it. */
import { BLOCKS } from '../../ins/datamatrix.ts';
import { type PayloadReading, readInsPayload } from '../../ins/datamatrix-read.ts';
import { type ScannedSymbol, scanDocument } from '../../wire/pdf/scan.ts';
import { type Outcome, readInput, refused, UsageFault } from '../outcome.ts';

interface CheckedSymbol {
  readonly symbol: ScannedSymbol;
  readonly reading: PayloadReading;
}

export async function scan(file: string): Promise<Outcome> {
  const bytes = await readInput(file);
  const mimeType = mimeTypeOf(bytes);
  if (mimeType === undefined) throw new UsageFault(`${file} n'est ni un PDF, ni une image PNG ou JPEG.`);
  const scanned = await scanDocument(bytes, mimeType);
  if (!scanned.ok) return refused(scanned.refusal);
  const { symbols, pageCount, pagesScanned } = scanned.value;
  const checked = symbols.map((symbol) => ({ symbol, reading: readInsPayload(symbol.text) }));
  const valid = checked.length > 0 && checked.every(({ reading }) => reading.problems.length === 0);
  return {
    code: valid ? 0 : 1,
    lines: [
      ...(pagesScanned < pageCount ? [`Attention : seules les ${pagesScanned} premières pages sont examinées.`] : []),
      ...(checked.length === 0 ? [`Aucun DataMatrix trouvé (${pagesScanned} page(s) examinée(s)).`] : []),
      ...checked.flatMap(linesOf),
    ],
    result: { pageCount, pagesScanned, symbols: checked.map(viewOf) },
  };
}

/** By the first bytes, as a file name proves nothing. */
function mimeTypeOf(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 1024).includes('%PDF-')) return 'application/pdf';
  if (bytes.subarray(0, 4).equals(Buffer.from('\x89PNG', 'latin1'))) return 'image/png';
  return bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])) ? 'image/jpeg' : undefined;
}

function linesOf({ symbol, reading }: CheckedSymbol): string[] {
  const { page, positionMm, modules, moduleMm, quietZoneModules } = symbol;
  const mm = (value: number): string => value.toFixed(1).replace('.', ',');
  const quiet = quietZoneModules === undefined ? 'non mesurée' : `${quietZoneModules} module(s)`;
  return [
    `Page ${page} : DataMatrix de ${modules} × ${modules} modules de ${moduleMm.toFixed(2).replace('.', ',')} mm`,
    `  Place : ${mm(positionMm.x)} mm du bord gauche, ${mm(positionMm.y)} mm du haut ; ${mm(positionMm.width)} × ${mm(positionMm.height)} mm ; marge blanche : ${quiet}`,
    ...[...reading.blocks].map(([id, value]) => `  ${id} ${BLOCKS[id].label} : ${value}`),
    ...reading.problems.map((problem) => `  Défaut : ${problem.explanation}`),
    reading.problems.length === 0 ? '  Conforme au format national.' : '  NON CONFORME.',
  ];
}

function viewOf({ symbol, reading }: CheckedSymbol): object {
  const { page, positionMm, modules, moduleMm, quietZoneModules } = symbol;
  return {
    page,
    positionMm,
    modules,
    moduleMm,
    quietZoneModules: quietZoneModules ?? null,
    blocks: Object.fromEntries(reading.blocks),
    problems: reading.problems,
  };
}
