/** The people whom the simulator knows. */
import { z } from 'zod';
import { isBirthDate, isBirthName, isCog, isGivenNames } from './charset.ts';

// The key is not checked: INSi itself publishes numbers with a wrong one (HERMANN GATIEN, ins.md 0.1).
const matricule = z.string().regex(/^\d{6}[0-9AB]\d{8}$/, '13 characters of the number and 2 of its key');
const oid = z.enum(['1.2.250.1.213.1.4.8', '1.2.250.1.213.1.4.9', '1.2.250.1.213.1.4.10', '1.2.250.1.213.1.4.11']);

const pastMatricule = z.strictObject({
  matricule,
  oid,
  typeMatricule: z.string().min(1).optional(),
  /** `AAAA-MM-JJ`. The end may precede the start: a published vector does it. */
  startDate: z.iso.date().optional(),
  endDate: z.iso.date().optional(),
});
export type PastMatricule = z.infer<typeof pastMatricule>;

export const knownIdentity = z.strictObject({
  birthName: z.string().refine(isBirthName, 'not a birth name that INSi can hold'),
  /** All of them, separated by a space. */
  birthGivenNames: z.string().refine(isGivenNames, 'not given names that INSi can hold'),
  sex: z.enum(['M', 'F']),
  birthDate: z.string().refine(isBirthDate, 'not AAAA-MM-JJ'),
  birthPlace: z.string().refine(isCog, 'not a COG code').optional(),
  matricule,
  oid,
  history: z.array(pastMatricule).optional(),
  /** On whose card the person is, when not on their own: 13 characters of that number, and the birth rank. */
  insured: z
    .string()
    .regex(/^\d{6}[0-9AB]\d{6}$/)
    .optional(),
  birthRank: z.number().int().min(1).max(9).optional(),
});
export type KnownIdentity = z.infer<typeof knownIdentity>;

const TEST_NIR_OID = '1.2.250.1.213.1.4.10';

/**
 * As the control API takes it: a patient of the gateway's own REST contract will do, what INSi does not hold being left
 * out. The first given name stands for the list when there is none; the OID is the test one unless told.
 */
export const addedIdentity = z
  .object({
    birthName: z.string(),
    birthGivenNames: z.union([z.string(), z.array(z.string()).transform((names) => names.join(' '))]).optional(),
    firstGivenName: z.string().optional(),
    sex: z.string(),
    birthDate: z.string(),
    birthPlace: z.string().nullish(),
    matricule: z.string().transform((text) => text.replaceAll(' ', '')),
    oid: z.string().default(TEST_NIR_OID),
    history: z.array(z.unknown()).optional(),
    insured: z.string().optional(),
    birthRank: z.number().optional(),
  })
  .transform(({ firstGivenName, birthGivenNames, birthPlace, history, insured, birthRank, ...rest }): unknown => ({
    ...rest,
    ...(insured === undefined ? {} : { insured: insured.slice(0, 13) }),
    ...(birthRank === undefined ? {} : { birthRank }),
    birthGivenNames: birthGivenNames ?? firstGivenName ?? '',
    ...(birthPlace == null ? {} : { birthPlace }),
    ...(history === undefined ? {} : { history }),
  }))
  .pipe(knownIdentity);

export interface TraitsSearch {
  readonly birthName: string;
  /** One string per `Prenom` element. */
  readonly givenNames: readonly string[];
  readonly sex: string;
  readonly birthDate: string;
  readonly birthPlace?: string;
}

export interface CardSearch {
  /** 13 characters: the person's own number, or that of the insured person on whose card they are. */
  readonly number: string;
  readonly of: 'person' | 'insured';
  readonly birthName?: string;
  readonly birthDate?: string;
  readonly birthRank?: number;
}

export interface IdentityBase<Identity extends KnownIdentity> {
  /** An identity with the same matricule and OID is replaced. */
  put(identity: Identity): void;
  get(oid: string, matricule: string): Identity | undefined;
  count(): number;
  /**
   * Exact on name, sex and date; the place decides when it is given. Every given name asked, first or not, must be one
   * of the person's (ins.md 4.8.6 and the vector TCHITCHI); several asked at once narrow the search.
   */
  byTraits(search: TraitsSearch): Identity[];
  /**
   * The number may be the active one or an old one. By that of the insured person: this person and whoever is on the same
   * card, told apart by birth date and rank.
   */
  byCard(search: CardSearch): Identity[];
}

export function createIdentityBase<Identity extends KnownIdentity>(): IdentityBase<Identity> {
  const all = new Map<string, Identity>();
  const byTraits = new Map<string, Set<Identity>>();
  const byNumber = new Map<string, Set<Identity>>();
  const byInsured = new Map<string, Set<Identity>>();

  function indexes(identity: Identity): [Map<string, Set<Identity>>, string][] {
    const matricules = [identity.matricule, ...(identity.history ?? []).map((past) => past.matricule)];
    return [
      [byTraits, traitsKey(identity)],
      ...matricules.map((each): [Map<string, Set<Identity>>, string] => [byNumber, each.slice(0, 13)]),
      ...(identity.insured === undefined ? [] : [[byInsured, identity.insured] satisfies [object, string]]),
    ];
  }

  return {
    put(identity) {
      const key = `${identity.oid} ${identity.matricule}`;
      const before = all.get(key);
      if (before !== undefined) for (const [index, entry] of indexes(before)) index.get(entry)?.delete(before);
      all.set(key, identity);
      for (const [index, entry] of indexes(identity)) {
        const identities = index.get(entry);
        if (identities === undefined) index.set(entry, new Set([identity]));
        else identities.add(identity);
      }
    },
    get: (ofOid, ofMatricule) => all.get(`${ofOid} ${ofMatricule}`),
    count: () => all.size,
    byTraits(search) {
      const asked = search.givenNames.flatMap((each) => each.split(' '));
      return [...(byTraits.get(traitsKey(search)) ?? [])].filter((identity) => {
        const names = identity.birthGivenNames.split(' ');
        if (!asked.every((name) => names.includes(name))) return false;
        return search.birthPlace === undefined || search.birthPlace === identity.birthPlace;
      });
    },
    byCard(search) {
      const dependants = search.of === 'insured' ? (byInsured.get(search.number) ?? []) : [];
      return [...new Set([...(byNumber.get(search.number) ?? []), ...dependants])].filter(
        (identity) =>
          (search.birthRank === undefined || search.birthRank === (identity.birthRank ?? 1)) &&
          (search.birthName === undefined || search.birthName === identity.birthName) &&
          (search.birthDate === undefined || search.birthDate === identity.birthDate),
      );
    },
  };
}

function traitsKey(traits: { readonly birthName: string; readonly sex: string; readonly birthDate: string }): string {
  return `${traits.birthName}|${traits.sex}|${traits.birthDate}`;
}
