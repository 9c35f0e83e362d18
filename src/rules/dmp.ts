/** Rules `TDU-DMP-nnn`: 001 to 099 are how a call to the DMP can end, 101 to 149 what a registry answers, 150 and above reading and updating. */
import { dmpAccessRules } from './dmp-access.ts';
import { xdsRules } from './dmp-xds.ts';
import type { Rule } from './rule.ts';

const VERBATIM = 'Lire le texte renvoyé par le DMP ; au besoin le transmettre au support du GIE SESAM-Vitale.';

export const dmpRules = {
  unreachable: {
    id: 'TDU-DMP-001',
    title: 'Le DMP n’a pas pu être joint',
    cause: 'La connexion n’a pas abouti : rien n’a été transmis.',
    owner: 'aucun',
    remedy:
      'Aucune action : l’envoi est repris automatiquement. Si la situation dure, vérifier le réseau et le service DMP.',
    retry: 'automatic',
    safeToResend: true,
    http: 503,
    source: 'design.md 4',
  },
  tlsRefused: {
    id: 'TDU-DMP-002',
    title: 'La connexion sécurisée avec le DMP est refusée',
    cause:
      'Le certificat d’organisation (IGC-Santé) est expiré, révoqué ou inconnu du DMP, ou celui du DMP n’est pas reconnu. ' +
      'Rien n’a été transmis.',
    owner: 'exploitation',
    remedy:
      'Vérifier le certificat d’authentification (AUTH_CLI) et l’autorité déclarée. Les envois reprennent ensuite seuls.',
    retry: 'automatic',
    safeToResend: true,
    http: 503,
    source: 'dmp.md 1.5',
  },
  outcomeUnknown: {
    id: 'TDU-DMP-003',
    title: 'Le sort de l’envoi est inconnu',
    cause:
      'La demande est partie mais la réponse du DMP n’est pas parvenue entière : le document y est peut-être déjà.',
    owner: 'aucun',
    remedy: 'Le DMP est interrogé avant tout nouvel envoi. Ne pas renvoyer le document à la main.',
    retry: 'automatic',
    safeToResend: false,
    http: 502,
    source: 'design.md 6, promise 2',
  },
  answerUnreadable: {
    id: 'TDU-DMP-004',
    title: 'La réponse du DMP n’est pas lisible',
    cause: 'La réponse n’a pas la forme attendue : le document est peut-être déjà dans le DMP.',
    owner: 'interopérabilité',
    remedy:
      'Le DMP est interrogé avant tout nouvel envoi. Si cela se répète, signaler l’anomalie à l’équipe d’interopérabilité.',
    retry: 'automatic',
    safeToResend: false,
    http: 502,
    source: 'dmp.md 2.2',
  },
  serviceFault: {
    id: 'TDU-DMP-005',
    title: 'Le DMP a rencontré une erreur interne',
    cause: 'Le service a échoué pendant le traitement : le document est peut-être déjà dans le DMP.',
    owner: 'aucun',
    remedy: 'Le DMP est interrogé avant tout nouvel envoi. Si la situation dure, consulter l’état du service DMP.',
    retry: 'automatic',
    safeToResend: false,
    http: 502,
    source: 'dmp.md 2.1',
  },
  requestRefused: {
    id: 'TDU-DMP-006',
    title: 'Le DMP refuse la demande',
    cause: 'Le DMP n’accepte pas la demande ou l’identité de l’émetteur ; son texte est affiché tel quel.',
    owner: 'interopérabilité',
    remedy: VERBATIM,
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'dmp.md 2.1',
  },
  invalidCertificate: {
    id: 'TDU-DMP-007',
    title: 'Le DMP refuse le certificat de signature',
    cause:
      'Le jeton d’identification (VIHF) n’est pas signé par un certificat de signature valide (DMPInvalidCertificate).',
    owner: 'exploitation',
    remedy:
      'Installer le certificat d’organisation de signature (ORG SIGN), et non celui d’authentification, puis relancer les envois.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'dmp.md 1.5',
  },
  queryUnanswered: {
    id: 'TDU-DMP-008',
    title: 'Le DMP n’a pas répondu à la question posée',
    cause: 'La réponse n’est pas parvenue, ou n’est pas lisible. Une question ne modifie rien dans le DMP.',
    owner: 'aucun',
    remedy: 'Aucune action : la question est reposée automatiquement.',
    retry: 'automatic',
    safeToResend: true,
    http: 503,
    source: 'design.md 4',
  },
  unknownCode: {
    id: 'TDU-DMP-009',
    title: 'Le DMP refuse l’envoi avec un code inconnu de cette version',
    cause: 'Le code et le texte du DMP sont affichés tels quels.',
    owner: 'interopérabilité',
    remedy: VERBATIM,
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'practice.md, "Defaults for what is unknown"',
  },
  httpForbidden: {
    id: 'TDU-DMP-010',
    title: 'Le DMP refuse l’accès',
    cause: 'Le service ne reconnaît pas l’établissement ou son certificat (statut HTTP 401 ou 403).',
    owner: 'exploitation',
    remedy:
      'Vérifier le certificat d’organisation et la déclaration de l’établissement auprès du DMP, puis relancer les envois.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'dmp.md 1.5',
  },
  httpTooLarge: {
    id: 'TDU-DMP-011',
    title: 'Le document est trop volumineux pour le DMP',
    cause: 'Le service refuse un envoi de cette taille (statut HTTP 413).',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Réduire la taille du document (images, numérisations) dans l’application émettrice, puis le renvoyer.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'dmp.md 5',
  },
  httpBusy: {
    id: 'TDU-DMP-012',
    title: 'Le DMP demande de ralentir',
    cause: 'Trop de demandes, ou demande arrivée trop lentement (statut HTTP 408 ou 429) : elle n’a pas été traitée.',
    owner: 'aucun',
    remedy: 'Aucune action : l’envoi est repris automatiquement.',
    retry: 'automatic',
    safeToResend: true,
    http: 503,
    source: 'RFC 9110 15.5.9, RFC 6585 4',
  },
  httpUnexpected: {
    id: 'TDU-DMP-013',
    title: 'L’adresse ou la configuration du service DMP est incorrecte',
    cause: 'Le serveur a répondu qu’il ne connaît pas ce service ou n’accepte pas cette forme de demande.',
    owner: 'exploitation',
    remedy: 'Vérifier l’adresse du DMP dans la configuration, puis relancer les envois.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'dmp.md 1.2',
  },
  ...dmpAccessRules,
  ...xdsRules,
} satisfies Record<string, Rule>;

/** The rule of an XDS error code, or undefined for a code that this version does not know. */
export function xdsRule(code: string): Rule | undefined {
  return Object.hasOwn(xdsRules, code) ? xdsRules[code as keyof typeof xdsRules] : undefined;
}
