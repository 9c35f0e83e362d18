/**
 * Payload of the INS DataMatrix, written from a qualified identity. The symbol itself is drawn elsewhere. Source: ins.md
 * 6.1 (ANS "INS – Format datamatrix" v2.2).
 */
import { formatCivilDate } from './civil-date.ts';
import type { QualifiedIdentity } from './types.ts';

export const HEADER = `IS01${'0'.repeat(22)}`;
/** Group separator, byte 0x1D. */
export const GS = '\u001d';

export type BlockId = 'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S6' | 'S7';

/** Lengths in characters; a fixed block has `min` equal to `max`. Usual order. */
export const BLOCKS: Readonly<Record<BlockId, { readonly label: string; readonly min: number; readonly max: number }>> =
  {
    S1: { label: 'matricule INS', min: 15, max: 15 },
    S2: { label: "OID de l'INS", min: 19, max: 20 },
    S3: { label: 'liste des prénoms de naissance', min: 1, max: 100 },
    S4: { label: 'nom de naissance', min: 1, max: 100 },
    S5: { label: 'sexe', min: 1, max: 1 },
    S6: { label: 'date de naissance', min: 10, max: 10 },
    S7: { label: 'code du lieu de naissance', min: 5, max: 5 },
  };

export const BLOCK_IDS: readonly BlockId[] = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7'];

/** What each block holds for this identity; S7 is absent when INSi gave no place. */
export function insBlocks(identity: QualifiedIdentity): ReadonlyMap<BlockId, string> {
  const { ins, traits } = identity;
  const blocks = new Map<BlockId, string>([
    ['S1', ins.matricule],
    ['S2', ins.oid],
    ['S3', traits.birthGivenNames],
    ['S4', traits.birthName],
    ['S5', traits.sex],
    ['S6', formatCivilDate(traits.birthDate, 'JJ-MM-AAAA')],
  ]);
  if (traits.birthPlace !== undefined) blocks.set('S7', traits.birthPlace);
  return blocks;
}

/** The exact text to draw, GS included. GS follows a block that is shorter than its maximum and is not the last one. */
export function encodeInsPayload(identity: QualifiedIdentity): string {
  const blocks = [...insBlocks(identity)];
  const encoded = blocks.map(([id, value], i) => {
    const separated = value.length < BLOCKS[id].max && i < blocks.length - 1;
    return id + value + (separated ? GS : '');
  });
  return HEADER + encoded.join('');
}
