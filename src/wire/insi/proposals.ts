/**
 * Which query an operator may try next after 01 or 02. Several persons: the other given names of the document, then the
 * place of birth (ins.md 4.6). Nobody: one trait at a time, each for a known reason; it is a person who widens, never the
 * gateway. Pure.
 */
import { completeDate, parseCivilDate } from '../../ins/civil-date.ts';
import { parseCogCode, UNKNOWN_PLACE } from '../../ins/cog.ts';
import { givenNamesConsistent, normaliseName } from '../../ins/traits.ts';
import { insiRules } from '../../rules/insi.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import type { SearchCriteria } from './strategy.ts';

export type ProposalId =
  | 'given-names'
  | 'place'
  | 'other-place'
  | 'completed-date'
  | 'lunar-date'
  | 'name-punctuation'
  | 'used-name';

export interface Proposal {
  readonly id: ProposalId;
  /** `adds` narrows the search; `replaces` looks for other traits. */
  readonly change: 'adds' | 'replaces';
  /** French: which trait, and why this query may help. */
  readonly trait: string;
  readonly reason: string;
  /** Value that the operator reads on the identity document; absent where everything is known. */
  readonly asks?: 'birthGivenNames' | 'birthPlace';
  /** What would be searched, with the value asked left out. */
  readonly criteria: SearchCriteria;
}

/** The recorded identity, as far as a search can use it. */
export interface KnownTraits extends SearchCriteria {
  readonly usedName?: string;
  /** The recorded date completes one of which a part is unknown. */
  readonly dateInterpreted: boolean;
}

export interface Tried {
  readonly proposal: string | null;
  /** Null: the recorded traits. */
  readonly criteria: SearchCriteria | null;
  readonly outcome: 'none' | 'several';
}

/** In the order to follow; empty when nothing is left but to read the traits again. Never the same query twice. */
export function proposalsAfter(known: KnownTraits, tried: readonly Tried[]): readonly Proposal[] {
  if (tried.length === 0) return [];
  const several = tried.findLast(({ outcome }) => outcome === 'several');
  const all =
    several === undefined ? whenNobody(known) : whenSeveral({ ...criteriaOf(known), ...(several.criteria ?? {}) });
  return all.filter(({ id }) => !tried.some(({ proposal }) => proposal === id));
}

function criteriaOf({ usedName: _, dateInterpreted: __, ...criteria }: KnownTraits): SearchCriteria {
  return criteria;
}

function whenSeveral(criteria: SearchCriteria): readonly Proposal[] {
  const placed = criteria.birthPlace !== undefined && criteria.birthPlace !== UNKNOWN_PLACE;
  return [
    ...otherGivenNames(criteria),
    placed
      ? {
          id: 'other-place',
          change: 'adds',
          trait: 'code du lieu de naissance',
          reason:
            "Plusieurs personnes portent ces traits et aucune n'est née au lieu enregistré : relire le lieu sur le dispositif d'identité, la commune d'alors a pu changer de code.",
          asks: 'birthPlace',
          criteria,
        }
      : {
          id: 'place',
          change: 'adds',
          trait: 'code du lieu de naissance',
          reason:
            'Plusieurs personnes portent ces traits : le code officiel géographique du lieu de naissance les distingue.',
          asks: 'birthPlace',
          criteria,
        },
  ];
}

/** From what changes the least to what changes the most. */
function whenNobody(known: KnownTraits): readonly Proposal[] {
  const criteria = criteriaOf(known);
  const replaced = (id: ProposalId, trait: string, reason: string, change: Partial<SearchCriteria>): Proposal => ({
    id,
    change: 'replaces',
    trait,
    reason,
    criteria: { ...criteria, ...change },
  });
  const punctuated = otherPunctuation(known.birthName);
  const { usedName } = known;
  return [
    ...otherDate(known).map(({ id, reason, birthDate }) => replaced(id, 'date de naissance', reason, { birthDate })),
    ...otherGivenNames(criteria),
    ...(punctuated === undefined
      ? []
      : [
          replaced(
            'name-punctuation',
            'nom de naissance',
            "Le trait d'union et l'espace comptent pour INSi : l'autre écriture du même nom peut être celle de l'état civil.",
            { birthName: punctuated },
          ),
        ]),
    ...(usedName === undefined || usedName === known.birthName
      ? []
      : [
          replaced(
            'used-name',
            'nom de naissance',
            'Le nom de naissance et le nom utilisé ont pu être inversés à la saisie.',
            { birthName: usedName },
          ),
        ]),
  ];
}

/** Only one given name is known: the document may bear others, and INSi may know the person by one of them. */
function otherGivenNames(criteria: SearchCriteria): readonly Proposal[] {
  const list = criteria.birthGivenNames ?? criteria.firstGivenName;
  if (list.trim().includes(' ')) return [];
  return [
    {
      id: 'given-names',
      change: 'adds',
      trait: 'prénoms de naissance',
      reason: "Un seul prénom est connu : saisir tous ceux du dispositif d'identité, dans leur ordre.",
      asks: 'birthGivenNames',
      criteria,
    },
  ];
}

function otherDate(known: KnownTraits): readonly { id: ProposalId; reason: string; birthDate: string }[] {
  const parsed = parseCivilDate(known.birthDate);
  if (!parsed.ok) return [];
  const completed = completeDate(parsed.value);
  if (completed.ok && completed.value.interpreted)
    return [
      {
        id: 'completed-date',
        reason: 'La date du dispositif est incomplète : INSi peut la connaître complétée selon la règle du RNIV.',
        birthDate: completed.value.date,
      },
    ];
  if (!known.dateInterpreted) return [];
  const [year, month, day] = known.birthDate.split('-');
  const lunar =
    month === '12' && day === '31'
      ? `${year}-00-00`
      : day === '01'
        ? `${year}-${month}-00`
        : month === '01'
          ? `${year}-00-${day}`
          : undefined;
  if (lunar === undefined) return [];
  return [
    {
      id: 'lunar-date',
      reason: "La date enregistrée a été complétée : INSi peut connaître celle de l'état civil, incomplète.",
      birthDate: lunar,
    },
  ];
}

function otherPunctuation(name: string): string | undefined {
  if (name.includes('-')) return name.replace(/-+/g, ' ');
  return name.includes(' ') ? name.replaceAll(' ', '-') : undefined;
}

/** The query that an operator accepted, with the value that they read where one is asked. */
export function acceptedCriteria({ asks, criteria }: Proposal, value: string | undefined): Result<SearchCriteria> {
  if (asks === undefined) return ok(criteria);
  if (value === undefined || value.trim() === '') return refuse(insiRules.proposalNeedsValue, { location: asks });
  if (asks === 'birthPlace') {
    const place = parseCogCode(value.trim());
    return place.ok ? ok({ ...criteria, birthPlace: place.value }) : place;
  }
  const list = normaliseName(value, 'given');
  if (!list.ok) return list;
  if (!givenNamesConsistent(criteria.firstGivenName, list.value))
    return refuse(insiRules.proposalNeedsValue, {
      location: asks,
      detail: 'le premier prénom ne commence pas la liste',
    });
  return ok({ ...criteria, birthGivenNames: list.value });
}
