/**
 * How well an identity answers what was asked of it, 0 to 1, with the reason of each trait. The one place where a search
 * is scored (decision 0026): the database only brings candidates. Only what was asked counts; a trait that the identity
 * does not have neither helps nor hinders. Two whole records are compared elsewhere (`matching`): here one side is a question.
 */
import { isSameCorsicanCommune, UNKNOWN_PLACE } from './cog.ts';
import { editDistance } from './matching/distance.ts';
import { bearingWords, letters, phoneticKey } from './name-keys.ts';
import type { CogCode, Sex } from './types.ts';

export interface Asked {
  /** Family name, of birth or used. */
  readonly familyName?: string | undefined;
  readonly givenName?: string | undefined;
  /** `AAAA-MM-JJ`, `AAAA-MM` or `AAAA`. */
  readonly born?: string | undefined;
  readonly sex?: Sex | undefined;
  readonly birthPlace?: string | undefined;
}

/** What a score looks at. */
export interface Scored {
  readonly birthName: string;
  readonly firstGivenName: string;
  readonly birthGivenNames: string | null;
  readonly usedName: string | null;
  readonly usedGivenName: string | null;
  readonly birthDate: string;
  readonly sex: Sex;
  readonly birthPlace: string | null;
}

export type AskedTrait = 'familyName' | 'givenName' | 'birthDate' | 'sex' | 'birthPlace';

export interface Agreement {
  readonly trait: AskedTrait;
  /** 0 different, 1 the same. */
  readonly value: number;
  /** In French, for the person who chooses. */
  readonly reason: string;
}

export interface Score {
  readonly score: number;
  readonly agreements: readonly Agreement[];
}

/** Share of each trait, by what tells people apart: half a million dates and names, two sexes. */
const WEIGHTS: Readonly<Record<AskedTrait, number>> = {
  familyName: 0.34,
  givenName: 0.24,
  birthDate: 0.28,
  sex: 0.04,
  birthPlace: 0.1,
};

/** The two names each in the other's place: less sure than both right, far surer than both wrong. */
const EXCHANGED = 0.9;

/** Prepares the question once for all its candidates. */
export function scorerOf(asked: Asked): (candidate: Scored) => Score {
  const family = asked.familyName === undefined ? undefined : spellings(asked.familyName);
  const given = asked.givenName === undefined ? undefined : spellings(asked.givenName);
  return (candidate) => {
    const names = namesAgreement(family, given, candidate);
    const agreements = [
      ...names,
      ...(asked.born === undefined ? [] : [dateAgreement(asked.born, candidate.birthDate)]),
      ...(asked.sex === undefined ? [] : [sexAgreement(asked.sex, candidate.sex)]),
      ...(asked.birthPlace === undefined ? [] : [placeAgreement(asked.birthPlace, candidate.birthPlace)]),
    ].filter((agreement) => agreement !== undefined);
    const weight = agreements.reduce((sum, { trait }) => sum + WEIGHTS[trait], 0);
    const reached = agreements.reduce((sum, { trait, value }) => sum + WEIGHTS[trait] * value, 0);
    return { score: weight === 0 ? 0 : reached / weight, agreements };
  };
}

/** A name in the forms in which it is compared. */
interface Spellings {
  readonly whole: string;
  /** Without its particles. */
  readonly bearing: string;
  /** The words that bear it, where it has several. */
  readonly parts: readonly string[];
}

/** Names repeat among candidates and from one search to the next. */
const MOST_REMEMBERED = 20_000;

function remembered<T>(make: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const made = make(name);
    if (known.size === MOST_REMEMBERED) known.clear();
    known.set(name, made);
    return made;
  };
}

const spellings = remembered((name: string): Spellings => {
  const words = bearingWords(name);
  return { whole: letters(name), bearing: words.join(''), parts: words.length > 1 ? words : [] };
});

/** Twenty rewritings: asked only of names that are written somewhat alike. */
const soundOf = remembered(phoneticKey);

type Compared = Pick<Agreement, 'value' | 'reason'>;

const NOTHING: Compared = { value: 0, reason: 'différent' };

function namesAgreement(family: Spellings | undefined, given: Spellings | undefined, candidate: Scored): Agreement[] {
  const straight = [
    ...(family === undefined ? [] : [{ trait: 'familyName', ...familyAgreement(family, candidate) } as const]),
    ...(given === undefined ? [] : [{ trait: 'givenName', ...givenAgreement(given, candidate) } as const]),
  ];
  if (family === undefined || given === undefined) return straight;
  const sum = (values: readonly Compared[]) => values.reduce((total, { value }) => total + value, 0);
  // Half right as they stand: exchanging them cannot be righter.
  if (sum(straight) >= 1) return straight;
  const crossed = [familyAgreement(given, candidate), givenAgreement(family, candidate)];
  if (sum(crossed) * EXCHANGED <= sum(straight)) return straight;
  const traits = ['familyName', 'givenName'] as const;
  return crossed.map(({ value }, index) => ({
    trait: traits[index] ?? 'givenName',
    value: value * EXCHANGED,
    reason: 'nom et prénom intervertis',
  }));
}

function familyAgreement(asked: Spellings, { birthName, usedName }: Scored): Compared {
  const birth = nameAgreement(asked, spellings(birthName));
  const used = usedName === null ? NOTHING : nameAgreement(asked, spellings(usedName));
  return birth.value >= used.value ? birth : { value: used.value, reason: `nom utilisé ${used.reason}` };
}

function givenAgreement(asked: Spellings, { firstGivenName, birthGivenNames, usedGivenName }: Scored): Compared {
  const first = nameAgreement(asked, spellings(firstGivenName));
  if (first.value === 1) return first;
  const used = usedGivenName === null ? NOTHING : nameAgreement(asked, spellings(usedGivenName));
  const others = birthGivenNames === null ? [] : spellings(birthGivenNames).parts;
  const other = others.includes(asked.whole) ? { value: 0.85, reason: 'est un des autres prénoms' } : NOTHING;
  const best = [first, used, other].reduce((one, next) => (next.value > one.value ? next : one));
  return best === used ? { value: used.value, reason: `prénom utilisé ${used.reason}` } : best;
}

/** Fontaine for de La Fontaine. */
const NO_PARTICLE = 0.97;
const SAME_SOUND = 0.92;
/** A word of a compound name asked for the whole, or the reverse: Dupont for Dupont-Martin. */
const ONE_PART = 0.88;

function nameAgreement(asked: Spellings, own: Spellings): Compared {
  if (asked.whole === own.whole) return { value: 1, reason: 'identique' };
  if (asked.bearing === own.bearing) return { value: NO_PARTICLE, reason: 'à la particule près' };
  const [one, other] = compared(asked, own);
  const apart = share(one, other);
  const ways: readonly Compared[] = [
    { value: closeness(apart), reason: 'orthographe voisine' },
    {
      value: apart < FAR && soundOf(one) === soundOf(other) ? SAME_SOUND : 0,
      reason: 'se prononce pareil',
    },
    { value: partCloseness(asked, own) * ONE_PART, reason: 'partie du nom' },
  ];
  return ways.reduce((best, way) => (way.value > best.value ? way : best), NOTHING);
}

/** The particle of one may be written with the name of the other: LEGOF is near LE GOFF, not near GOFF. */
function compared(asked: Spellings, own: Spellings): readonly [string, string] {
  const bearing = [asked.bearing, own.bearing] as const;
  if ((asked.whole === asked.bearing) === (own.whole === own.bearing)) return bearing;
  const whole = [asked.whole, own.whole] as const;
  return share(...whole) < share(...bearing) ? whole : bearing;
}

function partCloseness(asked: Spellings, own: Spellings): number {
  if (asked.parts.length + own.parts.length === 0) return 0;
  const values = (parts: readonly string[], whole: string) => parts.map((part) => closeness(share(part, whole)));
  return Math.max(0, ...values(asked.parts, own.whole), ...values(own.parts, asked.whole));
}

/** Names further apart than this do not sound the same. */
const FAR = 0.7;

/** Share of the letters in which two texts differ; 1 without a closer look when their lengths tell. */
function share(a: string, b: string): number {
  const longest = Math.max(a.length, b.length);
  return longest === 0 || Math.abs(a.length - b.length) > longest * FAR ? 1 : editDistance(a, b) / longest;
}

/** Falls fast: one letter of six apart is 0.86, two are 0.5, half of the letters nothing. */
function closeness(apart: number): number {
  return apart >= 0.5 ? 0 : 1 - 4 * apart * apart - 0.2 * apart;
}

function dateAgreement(asked: string, own: string): Agreement {
  const agreement = (value: number, reason: string): Agreement => ({ trait: 'birthDate', value, reason });
  if (own.startsWith(asked)) return agreement(1, 'identique');
  if (asked.length < 10) return agreement(0, 'différente');
  const [year = '', month = '', day = ''] = asked.split('-');
  const [ownYear = '', ownMonth = '', ownDay = ''] = own.split('-');
  if (year === ownYear && month === ownDay && day === ownMonth) return agreement(0.9, 'jour et mois intervertis');
  if (editDistance(asked, own) === 1) return agreement(0.85, 'un chiffre diffère');
  if (year === ownYear && month === ownMonth) return agreement(0.75, 'autre jour du même mois');
  if (month === ownMonth && day === ownDay) return agreement(closeYears(year, ownYear) ? 0.75 : 0.4, 'autre année');
  if (year === ownYear && day === ownDay) return agreement(0.7, 'autre mois');
  if (year === ownYear && ['01-01', '12-31'].includes(own.slice(5))) return agreement(0.6, 'date complétée');
  return year === ownYear ? agreement(0.35, 'même année') : agreement(0, 'différente');
}

function closeYears(one: string, other: string): boolean {
  return editDistance(one, other) === 1 || Math.abs(Number(one) - Number(other)) <= 1;
}

function sexAgreement(asked: Sex, own: Sex): Agreement | undefined {
  if (asked === 'I' || own === 'I') return undefined;
  return { trait: 'sex', value: asked === own ? 1 : 0, reason: asked === own ? 'identique' : 'différent' };
}

function placeAgreement(asked: string, own: string | null): Agreement | undefined {
  if (own === null || own === UNKNOWN_PLACE || asked === UNKNOWN_PLACE) return undefined;
  const agreement = (value: number, reason: string): Agreement => ({ trait: 'birthPlace', value, reason });
  if (asked === own || isSameCorsicanCommune(asked as CogCode, own as CogCode)) return agreement(1, 'identique');
  return asked.slice(0, 2) === own.slice(0, 2) ? agreement(0.4, 'même département') : agreement(0, 'différent');
}
