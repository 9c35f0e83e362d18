/**
 * Reads the payload of an INS DataMatrix and says precisely what is wrong with it. Tolerant on reading, so that one
 * fault does not hide the others: any order, the text `<GS>` of keyboard-wedge scanners, missing separators. Source:
 * ins.md 6.1.
 */
import { isLunar, parseCivilDate } from './civil-date.ts';
import { parseCogCode } from './cog.ts';
import { BLOCK_IDS, BLOCKS, type BlockId, GS, HEADER, insBlocks } from './datamatrix.ts';
import { parseMatricule } from './matricule.ts';
import { parseOid } from './oids.ts';
import { isNormalised } from './traits.ts';
import type { QualifiedIdentity } from './types.ts';

/**
 * `normalisation`: a name that is not in the national character set. `format`: another value of the wrong shape.
 * `mismatch`: readable, but not what the identity says.
 */
export type PayloadProblemCode =
  | 'header'
  | 'unexpected-text'
  | 'missing'
  | 'duplicate'
  | 'length'
  | 'separator'
  | 'normalisation'
  | 'format'
  | 'mismatch';

export interface PayloadProblem {
  readonly code: PayloadProblemCode;
  readonly block?: BlockId;
  /** French sentence; never holds a value read from the symbol. */
  readonly explanation: string;
}

export interface PayloadReading {
  /** Every block found, as read, even when a problem concerns it. */
  readonly blocks: ReadonlyMap<BlockId, string>;
  readonly problems: readonly PayloadProblem[];
}

/** Reads `text` and checks it by itself. No problem means a payload that the national format accepts. */
export function readInsPayload(text: string): PayloadReading {
  const payload = text.replaceAll('<GS>', GS);
  if (!payload.startsWith(HEADER)) {
    const explanation = "L'en-tête n'est pas celui d'un DataMatrix INS (IS01 suivi de 22 zéros).";
    return { blocks: new Map(), problems: [{ code: 'header', explanation }] };
  }
  const { blocks, problems } = splitBlocks(payload.slice(HEADER.length));
  for (const [id, value] of blocks) problems.push(...problemsOfValue(id, value));
  for (const id of BLOCK_IDS)
    if (id !== 'S7' && !blocks.has(id)) problems.push(problem('missing', id, 'le bloc est absent'));
  return { blocks, problems };
}

/** Reads `text` and compares each block found with the identity that it should show (S7 may be omitted). */
export function verifyInsPayload(text: string, identity: QualifiedIdentity): PayloadReading {
  const reading = readInsPayload(text);
  const expected = insBlocks(identity);
  const mismatches = [...reading.blocks]
    .filter(([id, value]) => value !== expected.get(id))
    .map(([id]) => problem('mismatch', id, "la valeur n'est pas celle de l'identité"));
  return { blocks: reading.blocks, problems: [...reading.problems, ...mismatches] };
}

/**
 * A block id, its value, its separator. `S` followed by a digit cannot occur inside a valid value (names have no digit),
 * so block ids are safe landmarks even where a separator is missing.
 */
const BLOCK = /(?<id>S[1-7])?(?<value>(?:(?!S[1-7])[^\u001d])*)(?<gs>\u001d)?/g;

function splitBlocks(body: string): { blocks: Map<BlockId, string>; problems: PayloadProblem[] } {
  const blocks = new Map<BlockId, string>();
  const problems: PayloadProblem[] = [];
  for (const match of body.matchAll(BLOCK)) {
    if (match[0] === '') continue;
    const id = BLOCK_IDS.find((known) => known === match.groups?.id);
    if (id === undefined) {
      problems.push({ code: 'unexpected-text', explanation: 'Du texte se trouve hors de tout bloc.' });
      continue;
    }
    const value = match.groups?.value ?? '';
    if (blocks.has(id)) problems.push(problem('duplicate', id, 'le bloc est présent deux fois'));
    else blocks.set(id, value);
    const isLast = match.index + match[0].length === body.length;
    const due = BLOCKS[id].min < BLOCKS[id].max && value.length < BLOCKS[id].max && !isLast;
    const separated = match.groups?.gs !== undefined;
    if (separated && !due) problems.push(problem('separator', id, 'un séparateur est en trop après le bloc'));
    if (!separated && due) problems.push(problem('separator', id, 'le séparateur manque après le bloc'));
  }
  return { blocks, problems };
}

function problemsOfValue(id: BlockId, value: string): PayloadProblem[] {
  const { min, max } = BLOCKS[id];
  if (value.length < min || value.length > max) {
    const expected = min === max ? `${max} caractères attendus` : `de ${min} à ${max} caractères attendus`;
    return [problem('length', id, `${value.length} caractères, ${expected}`)];
  }
  if (id === 'S3' || id === 'S4') {
    if (isNormalised(value, id === 'S3' ? 'given' : 'family')) return [];
    return [problem('normalisation', id, 'la valeur sort du jeu de caractères national')];
  }
  return isWellFormed(id, value) ? [] : [problem('format', id, "la valeur n'a pas la forme attendue")];
}

function isWellFormed(id: Exclude<BlockId, 'S3' | 'S4'>, value: string): boolean {
  switch (id) {
    case 'S1': {
      const matricule = parseMatricule(value);
      return matricule.ok && matricule.value === value;
    }
    case 'S2':
      return parseOid(value).ok;
    case 'S5':
      return value === 'M' || value === 'F';
    case 'S6': {
      const date = parseCivilDate(value, 'JJ-MM-AAAA');
      return date.ok && !isLunar(date.value);
    }
    case 'S7': {
      const place = parseCogCode(value);
      return place.ok && place.value === value;
    }
  }
}

function problem(code: PayloadProblemCode, block: BlockId, what: string): PayloadProblem {
  return { code, block, explanation: `${block} (${BLOCKS[block].label}) : ${what}.` };
}
