/** Rules on who calls the DMP and with which key (014 to 019), and on reading and updating what it holds (150 and above). */
import type { Rule } from './rule.ts';

export const dmpAccessRules = {
  notPermitted: {
    id: 'TDU-DMP-014',
    title: 'Cette opération n’est pas ouverte à ce mode d’authentification',
    cause:
      'Les droits du DMP dépendent du mode d’authentification et du rôle : celui-ci ne permet pas cette opération. ' +
      'Rien n’a été transmis.',
    owner: 'interopérabilité',
    remedy:
      'Faire l’opération avec le mode qui convient : l’établissement (mode indirect) alimente et supprime, le professionnel ' +
      'authentifié consulte et change la visibilité. Si la grille des droits a changé, « dmp.enforceRights » laisse le DMP juger.',
    retry: 'after-correction',
    safeToResend: true,
    http: 403,
    source: 'dmp.md 1.6',
  },
  notInThisAccess: {
    id: 'TDU-DMP-015',
    title: 'Cette opération n’est pas ouverte avec ce motif d’accès',
    cause:
      'L’opération est réservée à l’accès normal (autorisation, masquage, archivage) ou à la régulation médicale ' +
      '(recherche d’un patient sans INS). Rien n’a été transmis.',
    owner: 'interopérabilité',
    remedy: 'Recommencer avec le motif d’accès qui convient.',
    retry: 'after-correction',
    safeToResend: true,
    http: 403,
    source: 'dmp.md 1.6',
  },
  roleMissing: {
    id: 'TDU-DMP-016',
    title: 'La profession ou la spécialité de la personne manque',
    cause:
      'Le jeton d’identification (VIHF) doit porter la profession, et pour un médecin ou un pharmacien la spécialité ou la ' +
      'section. Rien n’a été transmis.',
    owner: 'exploitation',
    remedy: 'Compléter la fiche du professionnel (Pro Santé Connect, annuaire, configuration), puis recommencer.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'dmp.md 2.3',
  },
  keyUnavailable: {
    id: 'TDU-DMP-017',
    title: 'La clé de signature n’est pas disponible',
    cause: 'La carte n’est pas dans le lecteur, ou sa bibliothèque (PKCS#11) ne répond pas. Rien n’a été transmis.',
    owner: 'exploitation',
    remedy:
      'Remettre la carte dans son lecteur et vérifier la bibliothèque déclarée. Les envois reprennent ensuite seuls.',
    retry: 'automatic',
    safeToResend: true,
    http: 503,
    source: 'dmp.md 1.5',
  },
  pinRefused: {
    id: 'TDU-DMP-019',
    title: 'La carte refuse le code porteur',
    cause:
      'Le code est faux, expiré ou bloqué. Il n’est plus présenté : une carte se bloque au troisième essai. ' +
      'Rien n’a été transmis.',
    owner: 'exploitation',
    remedy:
      'Corriger le secret du code porteur (fichier ou variable d’environnement), ou débloquer la carte, puis relancer.',
    retry: 'after-correction',
    safeToResend: true,
    http: 503,
    source: 'dmp.md 1.5',
  },
  tooMany: {
    id: 'TDU-DMP-018',
    title: 'La demande porte sur trop d’éléments',
    cause: 'Le nombre de documents demandés à la fois dépasse ce que la passerelle accepte. Rien n’a été transmis.',
    owner: 'interopérabilité',
    remedy: 'Demander moins de documents à la fois.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'design.md 6',
  },
  notReturned: {
    id: 'TDU-DMP-150',
    title: 'Le DMP n’a pas remis le document demandé',
    cause: 'La réponse est un succès mais ne contient pas le document, ou en contient un autre.',
    owner: 'interopérabilité',
    remedy: 'Relancer la recherche puis la consultation. Si cela se répète, transmettre le dossier d’incident.',
    retry: 'after-correction',
    safeToResend: true,
    http: 502,
    source: 'dmp.md 2.1',
  },
  altered: {
    id: 'TDU-DMP-151',
    title: 'Le document remis n’est pas celui que le DMP a enregistré',
    cause: 'L’empreinte du document reçu diffère de celle que donne le registre : il n’est pas affiché.',
    owner: 'interopérabilité',
    remedy: 'Relancer la consultation. Si cela se répète, signaler l’écart au support du GIE SESAM-Vitale.',
    retry: 'after-correction',
    safeToResend: true,
    http: 502,
    source: 'dmp.md 2.2',
  },
  recordNotFound: {
    id: 'TDU-DMP-152',
    title: 'Le document à modifier n’est plus dans cet état dans le DMP',
    cause: 'Le DMP ne le connaît pas sous cette référence, ou il a été remplacé, archivé ou supprimé entre-temps.',
    owner: 'interopérabilité',
    remedy: 'Relancer la recherche, puis recommencer sur la version en vigueur.',
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
    source: 'dmp.md 6',
  },
  alreadyVisible: {
    id: 'TDU-DMP-153',
    title: 'Un document déjà visible par le patient ne peut plus lui être caché',
    cause: 'L’invisibilité au patient ne vaut que jusqu’à la consultation d’annonce. Rien n’a été transmis.',
    owner: 'médecin auteur',
    remedy: 'Laisser le document visible. S’il a été publié à tort, demander sa suppression.',
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'dmp.md 6',
  },
  forbiddenVisibility: {
    id: 'TDU-DMP-154',
    title: 'Cette combinaison de visibilités est refusée',
    cause:
      'Un document ne peut pas être à la fois masqué aux professionnels et invisible au patient : plus personne ne le lirait.',
    owner: 'médecin auteur',
    remedy: 'Choisir l’une des deux restrictions.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'practice.md 10',
  },
} satisfies Record<string, Rule>;
