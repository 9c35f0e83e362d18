/** What is found for a search, in each mode (ins.md 4.8, checks 6 and 7). */
import type { Found, IdentityForm } from './answer.ts';
import type { IdentityBase } from './identity-base.ts';
import type { Behaviour } from './modes.ts';
import { isPublishedAsFaulting, type PublishedIdentity } from './published.ts';
import type { Search } from './search.ts';

export type SearchableBase = Pick<IdentityBase<PublishedIdentity>, 'byTraits' | 'byCard'>;
export type VerifiableBase = Pick<IdentityBase<PublishedIdentity>, 'get'>;

/** Whether the number goes with these very traits: nothing else is said. */
export function isSame({ ins, traits }: Extract<Search, { by: 'ins' }>, identities: VerifiableBase): boolean {
  const known = identities.get(ins.oid, ins.matricule);
  return (
    known !== undefined &&
    known.birthName === traits.birthName &&
    known.birthGivenNames === traits.givenNames.join(' ') &&
    known.sex === traits.sex &&
    known.birthDate === traits.birthDate &&
    (traits.birthPlace === undefined || traits.birthPlace === known.birthPlace)
  );
}

export function lookUp(
  search: Exclude<Search, { by: 'ins' }>,
  base: Behaviour['base'],
  identities: SearchableBase,
): Found | 'technical-error' {
  if (search.by === 'traits' && isPublishedAsFaulting(search.traits)) return 'technical-error';
  const matches = search.by === 'traits' ? identities.byTraits(search.traits) : identities.byCard(search.card);
  const [identity, ...others] = matches;
  if (identity === undefined) return base === 'live' ? 'technical-error' : { code: '01' };
  if (others.length > 0) return { code: '02' };
  if (base === 'live' && identity.faultsLive) return 'technical-error';
  return { code: '00', identity, form: formOf(identity, base) };
}

/** The platform never gives `Prenom`; the CNDA files do, but one. */
function formOf(identity: PublishedIdentity, base: Behaviour['base']): IdentityForm {
  const history = identity.history ?? [];
  if (base !== 'cnda') return { history, prenom: false, datesFirst: false };
  return {
    history: identity.cnda?.history ?? history,
    prenom: identity.cnda?.withoutPrenom !== true,
    datesFirst: identity.cnda?.datesFirst === true,
    ...(identity.oid.endsWith('.9') ? { comment: 'OID NIA' } : {}),
  };
}
