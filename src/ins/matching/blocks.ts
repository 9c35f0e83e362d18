/**
 * Which identities are worth comparing: those that share a block. Several passes, each on some of the traits, so that one
 * mistake never hides a pair: the passes that do not use the mistaken trait still find it.
 */
import { bearingWords, phoneticKey } from '../name-keys.ts';
import type { Comparable } from './compare.ts';

/** Keys of an identity, `pass:values`; about ten. */
export function blockKeys(identity: Comparable): string[] {
  const { birthDate, birthPlace, sex, matricule, formerMatricules } = identity;
  const family = sounds(identity.birthName, identity.usedName);
  const given = sounds(identity.firstGivenName, identity.usedGivenName);
  const [year = '', month = '', day = ''] = birthDate.split('-');
  // Day and month exchanged: both ways give the same key.
  const anyOrder = `${year}-${[month, day].sort().join('-')}`;
  return [
    ...new Set([
      // The day is right, and one name, in whichever field it stands.
      ...[...family, ...given].map((sound) => `day:${anyOrder}:${sound}`),
      // The day is wrong, incomplete or unknown, the names are right.
      ...family.flatMap((name) => given.map((first) => `year:${year}:${name}:${first}`)),
      // The year is wrong.
      ...family.flatMap((name) => given.map((first) => `birthday:${month}-${day}:${name}:${first}`)),
      ...(birthPlace === null
        ? []
        : [
            // Both names are wrong.
            `place:${birthDate}:${birthPlace}:${sex}`,
            // The family name and the day are wrong.
            ...given.map((first) => `given:${year}:${birthPlace}:${first}`),
          ]),
      ...[matricule, ...formerMatricules].filter((number) => number !== null).map((number) => `ins:${number}`),
    ]),
  ];
}

/** How the names sound, and each bearing word of a compound one. */
function sounds(...names: readonly (string | null)[]): string[] {
  const known = names.filter((name) => name !== null);
  const whole = known.map((name) => bearingWords(name).join(' '));
  const compound = known.map(bearingWords).filter((words) => words.length > 1);
  return [...new Set([...whole, ...compound.flat()].map(phoneticKey))].filter((sound) => sound !== '');
}

/** The key as the database keeps it: 32 bits (FNV-1a), signed. Two keys that fall together only cost a comparison. */
export function blockHash(key: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01_00_01_93);
  return hash | 0;
}
