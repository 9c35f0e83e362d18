import type { Rule } from './rule.ts';

/** What every refusal of a caller of the API has in common: the caller corrects and asks again. */
function callerRule(id: string, http: number, title: string, cause: string, remedy: string): Rule {
  return { id, title, cause, owner: 'interopérabilité', remedy, retry: 'after-correction', safeToResend: true, http };
}

/** Rules `TDU-API-nnn`. */
export const apiRules = {
  unauthenticated: callerRule(
    'TDU-API-001',
    401,
    'Appel non authentifié',
    "L'appel ne porte pas de jeton, ou porte un jeton inconnu, révoqué ou expiré.",
    "Envoyer l'en-tête « Authorization: Bearer … » avec un jeton valide, ou se reconnecter à la console.",
  ),
  forbidden: callerRule(
    'TDU-API-002',
    403,
    'Action non permise à ce rôle',
    "Le rôle du jeton ou de l'utilisateur n'ouvre pas cette action, ou la ressource appartient à un autre établissement.",
    "Demander le rôle nécessaire à l'administrateur de l'installation.",
  ),
  notFound: callerRule(
    'TDU-API-003',
    404,
    'Ressource introuvable',
    "Aucune ressource ne porte cet identifiant, ou elle n'est pas visible pour ce rôle.",
    "Vérifier l'identifiant ; rechercher la ressource dans sa liste.",
  ),
  invalidRequest: callerRule(
    'TDU-API-004',
    400,
    'Appel incorrect',
    "Un paramètre ou le corps de l'appel ne respecte pas le contrat OpenAPI.",
    'Corriger les éléments cités, puis appeler de nouveau.',
  ),
  reasonRequired: callerRule(
    'TDU-API-005',
    400,
    "Motif d'accès manquant",
    "Le contenu d'un document ne s'ouvre qu'avec un motif, inscrit dans le journal des accès.",
    "Indiquer le motif de l'accès (paramètre « reason »).",
  ),
  invalidBase64: callerRule(
    'TDU-API-006',
    400,
    'Contenu Base64 illisible',
    "Le champ « content » n'est pas du Base64 complet : le document serait tronqué.",
    'Encoder de nouveau le document entier, puis renvoyer.',
  ),
  tooMany: callerRule(
    'TDU-API-007',
    429,
    'Trop de tentatives de connexion',
    'Les tentatives de connexion de ce compte sont momentanément bloquées.',
    'Attendre une minute, puis réessayer avec le bon mot de passe.',
  ),
  bodyTooLarge: callerRule(
    'TDU-API-008',
    413,
    'Appel trop volumineux',
    "Le corps de l'appel dépasse la taille admise par cette installation.",
    'Réduire le document, ou faire relever la limite par l’exploitation.',
  ),
} satisfies Record<string, Rule>;
