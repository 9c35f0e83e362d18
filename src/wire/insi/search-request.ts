/** rechercherInsAvecTraitsIdentite (WS_INS2). Source: ins.md 4.2 and 4.3. */
import { ACTION_PREFIX, type InsiOperation, leaf } from './envelope.ts';
import type { InsiQuery } from './query.ts';

export function searchOperation(query: InsiQuery): InsiOperation {
  return {
    action: `${ACTION_PREFIX}rechercherInsAvecTraitsIdentite`,
    // Mandatory but empty: nothing was read from a Vitale card.
    coverage: '',
    body: `<r:RECSANSVITALE xmlns:r="http://www.cnamts.fr/INSiRecSans">${[
      leaf('r:NomNaissance', query.birthName),
      leaf('r:Prenom', query.givenName),
      leaf('r:Sexe', query.sex),
      leaf('r:DateNaissance', query.birthDate),
      leaf('r:LieuNaissance', query.birthPlace),
    ].join('')}</r:RECSANSVITALE>`,
  };
}
