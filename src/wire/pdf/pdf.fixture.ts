/** Documents and outside judges for the tests of this folder. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PDFDocument } from '@cantoo/pdf-lib';
import { encodeInsPayload } from '../../ins/datamatrix.ts';
import { INS_OIDS } from '../../ins/oids.ts';
import type { CivilDate, CogCode, Matricule, QualifiedIdentity } from '../../ins/types.ts';
import type { Result } from '../../rules/rule.ts';
import type { Banner } from './banner.ts';
import { renderLetter } from './letter.ts';

/** PAT-TROIS DOMINIQUE, the published test patient of ins.md 8. */
export const PAT_TROIS = {
  ins: { matricule: '279035121518989' as Matricule, oid: INS_OIDS.nirTest },
  traits: {
    birthName: 'PAT-TROIS',
    firstGivenName: 'DOMINIQUE',
    birthGivenNames: 'DOMINIQUE',
    sex: 'F',
    birthDate: '1979-03-28' as CivilDate,
    birthPlace: '63220' as CogCode,
  },
} as QualifiedIdentity;

/** ins.md 6.1, vector 1. */
export const PAT_TROIS_PAYLOAD =
  'IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE\u001dS4PAT-TROIS\u001dS5FS628-03-1979S763220';

export const PAT_TROIS_BANNER: Banner = {
  kind: 'qualified',
  identity: PAT_TROIS,
  payload: encodeInsPayload(PAT_TROIS),
};

/** A discharge letter that leaves room at its head; about one page for 12 paragraphs. */
export function letter(paragraphs = 4): Promise<Uint8Array> {
  const text =
    'Chère consœur, votre patiente a été hospitalisée du 20 au 23 novembre 2026 pour une douleur thoracique. ' +
    'L’électrocardiogramme était normal et la troponine n’a pas augmenté à trois heures.';
  return renderLetter({
    title: 'Lettre de liaison à la sortie',
    sender: ['Centre hospitalier de Démonstration', 'Service de cardiologie'],
    recipient: ['Docteure Hélène MARTIN', '1 rue des Tilleuls', '63000 Clermont-Ferrand'],
    placeAndDate: 'Clermont-Ferrand, le 23 novembre 2026',
    paragraphs: ['# Motif d’hospitalisation', ...new Array<string>(paragraphs).fill(text)],
    signature: ['Docteur Paul DURAND', 'Cardiologue'],
  });
}

/** A letter changed by `change`, saved without touching its metadata. */
export async function altered(
  change: (document: PDFDocument) => void | Promise<void>,
  paragraphs = 4,
): Promise<Uint8Array> {
  const document = await PDFDocument.load(await letter(paragraphs), { updateMetadata: false });
  await change(document);
  return document.save({ useObjectStreams: false, updateFieldAppearances: false });
}

/** The value of a result that must be ok. */
export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal.rule.id} ${result.refusal.detail ?? ''}`);
  return result.value;
}

/** The rule id of a result that must be a refusal. */
export function ruleOf(result: Result<unknown>): string {
  if (result.ok) throw new Error('accepted');
  return result.refusal.rule.id;
}

export interface ToolRun {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** A file that the tool wrote in its folder. */
  readonly file: (name: string) => Buffer;
  /** All whose names end so, by name. */
  readonly files: (ending: string) => Buffer[];
}

/** True when the program is installed. */
export function hasTool(program: string): boolean {
  return spawnSync('which', [program]).status === 0;
}

/** Runs a program in a folder of its own that holds `input`, hands the outcome to `use`, then removes the folder. */
export function withTool<T>(
  program: string,
  args: readonly string[],
  input: Readonly<Record<string, Uint8Array>>,
  use: (run: ToolRun) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'tdu-pdf-'));
  try {
    for (const [name, bytes] of Object.entries(input)) writeFileSync(join(folder, name), bytes);
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
    const file = (name: string): Buffer => readFileSync(join(folder, name));
    const files = (ending: string): Buffer[] => {
      return readdirSync(folder)
        .filter((name) => name.endsWith(ending))
        .sort()
        .map(file);
    };
    return use({ status, stdout, stderr: stderr.toString('utf8'), file, files });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Hexadecimal of what libdmtx reads on page one drawn by poppler at 200 dpi, with the page's own rotation. */
export function readByOthers(pdf: Uint8Array): string {
  const args = ['-r', '200', '-gray', '-png', '-f', '1', '-l', '1', '-singlefile', 'in.pdf', 'page'];
  const page = withTool('pdftoppm', args, { 'in.pdf': pdf }, ({ file }) => file('page.png'));
  return withTool('dmtxread', ['-N1', '-m20000', 'page.png'], { 'page.png': page }, ({ stdout }) =>
    stdout.toString('hex'),
  );
}
