/** National types whose label resembles what a sender writes. Only ever proposed: a person chooses (practice 12). */
import { type DocumentType, documentTypes } from '../codes/document-types.ts';

/** How hospital software abbreviates; the right side is in the words of JDV_J07. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bcomptes? rendus?\b/g, 'cr'],
  [/\bcrh\b/g, 'cr hospitalier sejour'],
  [/\bcro\b/g, 'cr operatoire'],
  [/\b(crc|cs|consult)\b/g, 'cr consultation'],
  [/\b(ldl|lds)\b/g, 'lettre liaison sortie'],
  [/\bcourriers?\b/g, 'lettre'],
  [/\b(ord|ordo|ordonnances?)\b/g, 'prescription'],
  [/\b(anapath|acp)\b/g, 'cr anatomie pathologiques'],
  [/\b(labo|bio|biologie|laboratoire|analyses?)\b/g, 'cr examens biologiques'],
  [/\b(radio|radiologie|scanner|tdm|irm|echographie)\b/g, 'cr imagerie medicale'],
  [/\burg\b/g, 'urgences'],
  [/\brcp\b/g, 'reunion concertation pluridisciplinaire'],
  [/\banesth\w*\b/g, 'anesthesie'],
];

/** Words that say nothing of the type. */
const EMPTY = new Set([
  'de',
  'du',
  'des',
  'la',
  'le',
  'les',
  'un',
  'une',
  'et',
  'ou',
  'par',
  'en',
  'dont',
  'sur',
  'document',
  'pdf',
]);
const SHORTEST_PREFIX = 4;
/** Share of the best score under which a type is not worth showing. */
const CLOSE = 0.6;

function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z\d]+/g, ' ');
  const spelled = WORDS.reduce((words, [found, by]) => words.replace(found, by), plain);
  return [...new Set(spelled.split(' '))].filter((word) => word.length > 1 && !EMPTY.has(word));
}

function resemblance(asked: readonly string[], label: readonly string[]): number {
  const score = asked.reduce((sum, word) => {
    if (label.includes(word)) return sum + 2;
    const start = word.slice(0, Math.max(SHORTEST_PREFIX, word.length - 2));
    return sum + (word.length >= SHORTEST_PREFIX && label.some((other) => other.startsWith(start)) ? 1.5 : 0);
  }, 0);
  // Of two labels that say the same words, the one that says less besides.
  return score - label.length / 50;
}

/** The best first, none when nothing resembles. Types that the DMP does not take are left out. */
export function suggestTypes(code: string, label: string, most: number): DocumentType[] {
  const asked = wordsOf(`${code} ${label}`);
  const scored = documentTypes()
    .filter(({ feedable }) => feedable)
    .map((type) => ({ type, score: resemblance(asked, wordsOf(type.label)) }))
    .filter(({ score }) => score > 1)
    .sort((a, b) => b.score - a.score);
  // Far behind the best, a shared word is chance.
  const [best] = scored;
  return scored
    .filter(({ score }) => score > (best?.score ?? 0) * CLOSE)
    .slice(0, most)
    .map(({ type }) => type);
}
