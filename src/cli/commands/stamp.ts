/** `stamp`: the INS banner and its DataMatrix on a PDF of the user's. */
import { declaredIdentity } from '../../identity/index.ts';
import { encodeInsPayload } from '../../ins/datamatrix.ts';
import { verifyInsPayload } from '../../ins/datamatrix-read.ts';
import type { QualifiedIdentity } from '../../ins/types.ts';
import { type AlreadyMarked, type StampedPdf, stampPdf } from '../../wire/pdf/stamp.ts';
import { type Outcome, readInput, refused, writeOutput } from '../outcome.ts';
import { readPatient } from '../patient.ts';

export interface StampCommandOptions {
  readonly patient: string;
  readonly output: string;
  /** Millimetres. */
  readonly moduleMm?: number;
  readonly coverPage?: boolean;
}

export async function stamp(file: string, options: StampCommandOptions): Promise<Outcome> {
  const [bytes, patient] = await Promise.all([readInput(file), readPatient(options.patient)]);
  const identity = declaredIdentity(patient);
  if (!identity.ok) return refused(identity.refusal);
  const banner = { kind: 'qualified', identity: identity.value, payload: encodeInsPayload(identity.value) } as const;
  const marked = await stampPdf(bytes, banner, {
    ...(options.moduleMm === undefined ? {} : { moduleMm: options.moduleMm }),
    coverPage: options.coverPage === true,
    readBack: true,
  });
  if (!marked.ok) return refused(marked.refusal);
  if (marked.value.outcome === 'already-marked') return alreadyMarked(marked.value, identity.value);
  await writeOutput(options.output, marked.value.bytes);
  return stamped(options.output, marked.value);
}

function stamped(output: string, { zone, coverPage, pagesWithoutTraits, bytes }: StampedPdf): Outcome {
  const mm = (value: number): string => value.toFixed(0);
  return {
    code: 0,
    lines: [
      `${output} : bandeau INS et DataMatrix ${coverPage ? 'sur une page de garde' : 'en page 1'}, à ${mm(zone.x)} mm du bord gauche et ${mm(zone.y)} mm du haut ; symbole relu et exact.`,
      ...(pagesWithoutTraits.length === 0
        ? []
        : [`Sans ligne libre pour les traits : page(s) ${pagesWithoutTraits.join(', ')}.`]),
    ],
    result: { output, outcome: 'stamped', zoneMm: zone, coverPage, pagesWithoutTraits, bytes: bytes.length },
  };
}

/** Nothing is written: a second symbol would make the document ambiguous. */
function alreadyMarked({ symbols }: AlreadyMarked, identity: QualifiedIdentity): Outcome {
  const same = symbols.some((symbol) => verifyInsPayload(symbol.text, identity).problems.length === 0);
  const verdict = same ? 'celui de ce patient' : "qui n'est PAS celui de ce patient";
  return {
    code: 1,
    lines: [`Le document porte déjà un DataMatrix, ${verdict} (page ${symbols[0]?.page ?? 1}) ; rien n'est écrit.`],
    result: { outcome: 'already-marked', samePatient: same, pages: symbols.map(({ page }) => page) },
  };
}
