/** Identities by what is known of them: exactly and by first letters here, with errors through the keys (decision 0026). */
import { type Probe, searchForm } from '../ins/search-keys.ts';
import type { Scored } from '../ins/search-score.ts';
import type { IdentityAttribute, IdentityStatus, Sex } from '../ins/types.ts';
import { type Db, many } from './db.ts';
import { IDENTITY_SELECT, type IdentityRecord, type InsiState } from './identities.ts';
import { UNKEYED } from './identity-keys.ts';

/** What every identity of an answer must have, whatever was asked. */
export interface IdentityFilter {
  readonly status: IdentityStatus | null;
  readonly insiState: InsiState | null;
  readonly attribute: IdentityAttribute | null;
}

export interface ExactTraits {
  /** First letters of the family name; what comes after the whole name is of the given name. */
  readonly name: string | null;
  /** Which of the two names `name` is. */
  readonly nameIs: 'birth' | 'used' | 'either';
  /** First letters of the first given name, of another given name of birth, or of the used one. */
  readonly givenName: string | null;
  /** `AAAA-MM-JJ`, `AAAA-MM` or `AAAA`. */
  readonly born: string | null;
  readonly sex: Sex | null;
  readonly birthPlace: string | null;
  readonly matricule: string | null;
  readonly oid: string | null;
  /** A local number; of any domain when `domain` is null. */
  readonly identifier: string | null;
  readonly domain: string | null;
}

interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** Above every letter and digit in the order of bytes: what ends a range of first letters. */
const END = "'~'";

/** Status, INSi state and attribute, from the parameter number `first` on. */
function filtered(first: number): string {
  const [status, state, attribute] = [`$${first}::text`, `$${first + 1}::text`, `$${first + 2}::text`];
  return `active and (${status} is null or status = ${status}) and (${state} is null or insi_state = ${state})
    and (${attribute} is null or (${attribute} = 'homonyme' and homonyme) or (${attribute} = 'douteuse' and douteuse)
      or (${attribute} = 'fictive' and fictive))`;
}

/** Whether the asked INS is the one that an identity bears, or one that INSi says it bore (INSHISTO). */
type InsStanding = 'borne' | 'former';

const BEARS: Readonly<Record<InsStanding, string>> = {
  borne: 'matricule = $7 and ($8::text is null or oid = $8)',
  former: `identity.id in (select known.identity_id from known_ins known
    where known.matricule = $7 and known.standing = 'former' and ($8::text is null or known.oid = $8))`,
};

/** Conditions on a row of `identity`; parameters 1 to 10 are those of `shared`. */
const conditions = (ins: InsStanding): string => `${filtered(1)}
  and ($4::text is null or sex = $4)
  and ($5::text is null or birth_place = $5)
  and ($6::text is null
    or ' ' || translate(first_given_name || ' ' || coalesce(birth_given_names, ''), '-''', '  ') like '% ' || $6 || '%'
    or exists (select 1 from identity_key used
      where used.identity_id = identity.id and used.key like 'u:%' and used.key like '% ' || $6 || '%'))
  and ($7::text is null or ${BEARS[ins]})
  and ($9::text is null or exists (select 1 from identity_identifier i
    where i.identity_id = identity.id and i.value = $9 and ($10::text is null or i.domain = $10)))`;

function shared(filter: IdentityFilter, traits: ExactTraits): unknown[] {
  return [
    filter.status,
    filter.insiState,
    filter.attribute,
    traits.sex,
    traits.birthPlace,
    traits.givenName === null ? null : searchForm(traits.givenName),
    traits.matricule,
    traits.oid,
    traits.identifier,
    traits.domain,
  ];
}

/**
 * Identities that have all these traits: by name in the order of names, without any trait the last changed first. An INS that
 * nobody bears leads to those who bore it.
 */
export async function findExactly(
  db: Db,
  traits: ExactTraits,
  filter: IdentityFilter,
  page: Page,
): Promise<IdentityRecord[]> {
  const name = traits.name === null ? '' : searchForm(traits.name);
  const find = (ins: InsStanding) =>
    name === '' ? findWithoutName(db, traits, ins, filter, page) : findByName(db, traits, ins, name, filter, page);
  const found = await find('borne');
  return traits.matricule === null || found.length > 0 ? found : find('former');
}

/** A whole birth date, or all those of a month or of a year. */
function dated(born: string | null, parameter: string): string {
  if (born === null) return 'true';
  if (born.length === 10) return `birth_date = ${parameter}`;
  return `birth_date >= ${parameter} and birth_date < (${parameter} || ${END})`;
}

/**
 * Names that begin so, in their order: by the index of names alone, or by those that a date or its year heads. The latter are
 * of another collation, so that the planner cannot take the first where there is a date.
 */
function namesFrom(born: string | null): { where: string; order: string } {
  if (born === null)
    return { where: `search_name ~>=~ $13 and search_name ~<~ ($13 || ${END})`, order: 'search_name using ~<~, id' };
  const year = born.length === 10 ? '' : ' and left(birth_date, 4) = left($14, 4)';
  return {
    where: `search_name collate "C" >= $13 and search_name collate "C" < ($13 || ${END}) and ${dated(born, '$14')}${year}`,
    order: 'search_name collate "C", id',
  };
}

/** The index that the most telling trait opens, and the order in which it is read. */
function wayOf(
  { matricule, identifier, born, birthPlace, givenName }: ExactTraits,
  ins: InsStanding,
): { where: string; order: string } {
  const when = dated(born, '$13');
  if (matricule !== null) return { where: `${when} and ${BEARS[ins]}`, order: 'id' };
  if (identifier !== null)
    return { where: `${when} and id in (select identity_id from identity_identifier where value = $9)`, order: 'id' };
  if (born?.length === 10) return { where: when, order: 'search_name collate "C", id' };
  if (birthPlace !== null) return { where: `${when} and birth_place = $5`, order: 'birth_date, id' };
  if (born !== null) return { where: when, order: 'birth_date, id' };
  if (givenName === null) return { where: 'true', order: 'updated_at desc, id' };
  const word = "split_part($6, ' ', 1)";
  return {
    where: `first_given_name ~>=~ ${word} and first_given_name ~<~ (${word} || ${END})`,
    order: 'first_given_name using ~<~, id',
  };
}

async function findWithoutName(
  db: Db,
  traits: ExactTraits,
  ins: InsStanding,
  filter: IdentityFilter,
  { limit, offset }: Page,
): Promise<IdentityRecord[]> {
  const { where, order } = wayOf(traits, ins);
  return many<IdentityRecord>(
    db,
    `${IDENTITY_SELECT} where ${where} and ${conditions(ins)} order by ${order} limit $11 offset $12`,
    [...shared(filter, traits), limit, offset, ...(traits.born === null ? [] : [traits.born])],
  );
}

/** Birth names and used names are two indexes, each read in the order of names. */
async function findByName(
  db: Db,
  traits: ExactTraits,
  ins: InsStanding,
  name: string,
  filter: IdentityFilter,
  { limit, offset }: Page,
): Promise<IdentityRecord[]> {
  const { born, nameIs } = traits;
  const day = (filler: string) => `rpad(replace($14, '-', ''), 8, '${filler}')::integer`;
  const usedDated = born === null ? 'true' : `used.born between ${day('0')} and ${day('9')}`;
  const names = namesFrom(born);
  const byBirthName = `(select identity.id, search_name as form from identity where ${names.where} and ${conditions(ins)}
    order by ${names.order} limit $11::integer + $12::integer)`;
  const byUsedName = `(select identity.id, substr(used.key, 3) as form
    from identity_key used join identity on identity.id = used.identity_id
    where used.key >= ('u:' || $13) and used.key < ('u:' || $13 || ${END}) and ${usedDated} and ${conditions(ins)}
    order by used.key, identity.id limit $11::integer + $12::integer)`;
  const ways = { birth: [byBirthName], used: [byUsedName], either: [byBirthName, byUsedName] }[nameIs];
  return many<IdentityRecord>(
    db,
    `with found as (select id as found_id, min(form) as form from (${ways.join(' union all ')}) found group by id
       order by 2 using ~<~, 1 limit $11 offset $12)
     ${IDENTITY_SELECT} join found on found_id = identity.id order by form using ~<~, identity.id`,
    [...shared(filter, traits), limit, offset, name, ...(born === null ? [] : [born])],
  );
}

export interface Candidate extends Scored {
  readonly id: string;
}

/** Places of each block among the candidates: the one looked for stands among the first by its letter pairs. */
const MOST_OF_BLOCK = 60;
/** Identities that still wait for their keys are candidates too, up to this many. */
const MOST_UNKEYED = 200;

/**
 * Those that may be the person looked for: of each block the nearest by letter pairs, then by birth date. `signature` is
 * that of the asked names, `born` the asked date as a number (0 without one).
 */
export async function candidatesOf(
  db: Db,
  probes: readonly Probe[],
  { signature, born }: { readonly signature: string; readonly born: number },
  filter: IdentityFilter,
): Promise<Candidate[]> {
  return many<Candidate>(
    db,
    `with near as (
       select block, identity_id, min(missing) as missing, min(apart) as apart
       from unnest($1::text[], $2::text[], $3::integer[], $4::integer[]) as probe (block, key, low, high)
       cross join lateral (
         select identity_id, bit_count((~signature & $5::bigint)::bit(64)) as missing, abs(born - $6::integer) as apart
         from identity_key where key = probe.key and born between probe.low and probe.high
         order by 2, 3 limit ${MOST_OF_BLOCK}) found
       group by block, identity_id),
     ranked as (select identity_id, row_number() over (partition by block order by missing, apart) as place from near)
     select id, birth_name as "birthName", first_given_name as "firstGivenName", birth_given_names as "birthGivenNames",
       used_name as "usedName", used_given_name as "usedGivenName", birth_date as "birthDate", sex,
       birth_place as "birthPlace"
     from identity
     where id = any(array(
         select identity_id from ranked where place <= ${MOST_OF_BLOCK}
         union (select id from identity where ${UNKEYED} limit ${MOST_UNKEYED})))
       and ${filtered(7)}`,
    [
      probes.map(({ block }) => block),
      probes.map(({ key }) => key),
      probes.map(({ low }) => low),
      probes.map(({ high }) => high),
      signature,
      born,
      filter.status,
      filter.insiState,
      filter.attribute,
    ],
  );
}
