/** Rules `TDU-LEG-001` to `-049`: what the doors of old connectors answer (DMP API V1, API V2 fed by TD0.0). */
import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy' | 'source'>;

/** Somebody corrects the connector or its declaration, then it sends again. */
function corrected(id: string, http: number, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http };
}

/** The connector is told to come again; nothing is lost meanwhile. */
function later(id: string, words: Words): Rule {
  return { id, ...words, retry: 'automatic', safeToResend: true, http: 503 };
}

/** What a gateway never does for an old connector. */
function never(id: string, words: Words): Rule {
  return { id, ...words, retry: 'never', safeToResend: true, http: 403 };
}

export const legacyRules = {
  certificateUndeclared: corrected('TDU-LEG-001', 403, {
    title: 'Connecteur non déclaré',
    cause:
      'Le certificat client présenté à la porte des anciens connecteurs est valable, mais aucune source déclarée ne porte son nom : rien de sa demande n’a été lu.',
    owner: 'interopérabilité',
    remedy: 'Déclarer le nom de ce certificat dans la source du connecteur (sources, legacy.certificateName).',
    source: 'design.md 6 (promesse 7)',
  }),
  requestUnreadable: corrected('TDU-LEG-002', 400, {
    title: 'Demande du connecteur illisible',
    cause: 'Ce qui a été reçu n’est pas une enveloppe SOAP, ou ses pièces jointes (MTOM) ne sont pas complètes.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Vérifier que le connecteur envoie bien à la passerelle ses messages DMP, sans relais qui les transforme.',
    source: 'dmp.md 2.1, 2.2',
  }),
  addressUnknown: corrected('TDU-LEG-003', 404, {
    title: 'Adresse de service inconnue',
    cause: 'L’adresse demandée n’est pas celle d’un service du DMP (/si-dmp-server/v1/services/… ou /v2/services/…).',
    owner: 'interopérabilité',
    remedy: 'Ne changer dans le connecteur que le nom de la machine : le chemin reste celui du DMP.',
    source: 'dmp.md 1.2',
  }),
  vihfUnreadable: corrected('TDU-LEG-004', 400, {
    title: 'Jeton VIHF absent ou incomplet',
    cause: 'La demande ne porte pas un VIHF, et un seul, avec son mode, sa structure, son auteur et sa date.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Faire corriger le jeton par l’éditeur du connecteur.',
    source: 'dmp.md 2.3',
  }),
  vihfSignature: corrected('TDU-LEG-005', 403, {
    title: 'Signature du jeton VIHF fausse',
    cause: 'La signature du VIHF ne se vérifie pas : le jeton a été modifié, ou sa signature n’a pas une forme admise.',
    owner: 'éditeur du logiciel émetteur',
    remedy:
      'Vérifier le certificat de signature installé dans le connecteur et qu’aucun relais ne modifie ses messages.',
    source: 'dmp.md 2.3',
  }),
  vihfSigner: corrected('TDU-LEG-006', 403, {
    title: 'Signataire du jeton VIHF non déclaré',
    cause:
      'Le VIHF est bien signé, mais pas par un certificat de signature déclaré pour ce connecteur, ou ce certificat n’est plus valable.',
    owner: 'interopérabilité',
    remedy:
      'Déclarer le nom du certificat de signature (sources, legacy.signatureNames) ou renouveler celui du connecteur.',
    source: 'dmp.md 1.5',
  }),
  vihfExpired: corrected('TDU-LEG-007', 403, {
    title: 'Jeton VIHF trop ancien ou daté du futur',
    cause:
      'La date du VIHF s’écarte de l’heure de la passerelle de plus que le délai réglé (legacy.vihfMaxAgeMinutes).',
    owner: 'exploitation',
    remedy: 'Mettre à l’heure la machine du connecteur, ou augmenter ce délai.',
    source: 'dmp.md 2.3',
  }),
  sourceUndecided: corrected('TDU-LEG-008', 403, {
    title: 'Connecteur déclaré autrement',
    cause:
      'Ce certificat est déclaré, mais pas pour cette version de l’API du DMP, ou pas pour la structure que nomme le VIHF.',
    owner: 'interopérabilité',
    remedy: 'Corriger la déclaration de la source (legacy.api, eg) ou la structure saisie dans le connecteur.',
    source: 'practice.md 15',
  }),
  metadataUnreadable: corrected('TDU-LEG-009', 400, {
    title: 'Lot de documents incomplet',
    cause: 'Il manque au lot ou à une fiche de document une métadonnée sans laquelle rien ne peut en être fait.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Faire corriger le lot par l’éditeur du connecteur.',
    source: 'dmp.md 3.2, 3.3',
  }),
  documentMissing: corrected('TDU-LEG-010', 400, {
    title: 'Document annoncé mais absent',
    cause: 'Une fiche du lot annonce un document qui n’est pas dans le message, ou qui est vide.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Faire renvoyer le lot complet par le connecteur.',
    source: 'dmp.md 2.2',
  }),
  patientsDiffer: corrected('TDU-LEG-011', 400, {
    title: 'Plusieurs patients dans un même lot',
    cause: 'Le lot et l’une de ses fiches ne nomment pas le même patient.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Faire corriger le lot par l’éditeur du connecteur : un lot est celui d’un seul patient.',
    source: 'design.md 6 (promesse 4)',
  }),
  associationRefused: never('TDU-LEG-012', {
    title: 'Association de documents non reprise',
    cause:
      'Le lot lie ses documents autrement que par un remplacement simple (RPLC) ; le DMP n’en fait pas d’usage connu.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Faire envoyer une nouvelle version complète du document.',
    source: 'dmp.md 6',
  }),
  certifiedIdentityRefused: never('TDU-LEG-013', {
    title: 'TD0.0 refusée : l’identité vient d’INSi',
    cause:
      'La transaction TD0.0 (identité certifiée) est arrêtée depuis le 30/09/2023. La passerelle ne la relaie jamais : l’identité du patient est qualifiée par le téléservice INSi, à travers le référentiel d’identités.',
    owner: 'éditeur du logiciel émetteur',
    remedy:
      'Désactiver l’appel à TD0.0 dans le connecteur. Pour savoir si un DMP existe, utiliser TD0.2, à laquelle la passerelle répond.',
    source: 'practice.md 20',
  }),
  consultationRefused: never('TDU-LEG-014', {
    title: 'Consultation du DMP refusée à un ancien connecteur',
    cause:
      'La consultation (TD3.1a, TD3.2) demande un professionnel authentifié ; elle n’est pas relayée pour un connecteur, dont la passerelle ne reprend que l’alimentation.',
    owner: 'professionnel de santé',
    remedy:
      'Consulter le DMP par le Web-DMP, par le DPI, ou par la console de la passerelle après connexion par Pro Santé Connect.',
    source: 'practice.md 21',
  }),
  transactionRefused: never('TDU-LEG-015', {
    title: 'Transaction non reprise par la passerelle',
    cause:
      'La passerelle répond aux anciens connecteurs pour TD0.2, TD2.1, TD3.1 (recherche d’une référence) et TD3.3c ; aucune autre transaction n’est relayée.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Désactiver cette fonction dans le connecteur.',
    source: 'practice.md 19',
  }),
  stillWaiting: later('TDU-LEG-016', {
    title: 'Document reçu, pas encore accepté par le DMP',
    cause:
      'La passerelle garde le document et l’envoie par l’API V2 dès que possible ; le succès n’est dit au connecteur qu’après l’acceptation par le DMP.',
    owner: 'aucun',
    remedy:
      'Aucune action : le connecteur peut représenter le même lot, il aura l’état du premier. La console dit ce que le document attend.',
    source: 'practice.md 17',
  }),
  notRecorded: later('TDU-LEG-017', {
    title: 'Demande momentanément impossible à enregistrer',
    cause:
      'La passerelle n’a rien pu enregistrer : base de données arrêtée ou arrêt en cours. Rien n’a été pris en compte.',
    owner: 'exploitation',
    remedy: 'Vérifier la base de données ; le connecteur représente sa demande.',
    source: 'design.md 6 (promesse 1)',
  }),
  patientUnknown: corrected('TDU-LEG-018', 409, {
    title: 'Patient de la demande inconnu du référentiel',
    cause:
      'Aucun patient du référentiel ne porte de façon certaine l’identifiant de la demande. Un INS-C ne désigne personne à lui seul.',
    owner: 'bureau des entrées',
    remedy: 'Enregistrer le patient avec son IPP ; la demande trouve ensuite sa réponse.',
    source: 'practice.md 17 à 21',
  }),
  patientNotQualified: corrected('TDU-LEG-019', 409, {
    title: 'Identité du patient non qualifiée',
    cause: 'Le DMP ne peut être interrogé en API V2 que sous un INS qualifié ; l’identité de ce patient ne l’est pas.',
    owner: 'identitovigilance',
    remedy: 'Qualifier l’identité (INSi et dispositif d’identité à haut niveau de confiance).',
    source: 'practice.md 8',
  }),
  dmpAway: later('TDU-LEG-020', {
    title: 'Le DMP n’a pas répondu',
    cause: 'La question du connecteur a été posée au DMP par l’API V2, sans réponse exploitable.',
    owner: 'aucun',
    remedy: 'Aucune action : le connecteur représente sa demande.',
    source: 'practice.md 19',
  }),
  documentUnknown: corrected('TDU-LEG-021', 404, {
    title: 'Document de la demande inconnu',
    cause: 'Ni la passerelle ni le DMP ne connaissent le document que la demande nomme, pour cet établissement.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Vérifier l’identifiant (entryUUID, ou uniqueId) envoyé par le connecteur.',
    source: 'practice.md 22',
  }),
  deletionPending: later('TDU-LEG-022', {
    title: 'Suppression enregistrée, pas encore faite par le DMP',
    cause:
      'La demande de suppression est prise en compte ; le succès n’est dit au connecteur qu’une fois le DMP d’accord.',
    owner: 'aucun',
    remedy: 'Aucune action : le connecteur peut représenter sa demande, il aura l’état de la première.',
    source: 'practice.md 17',
  }),
  requestTooLarge: corrected('TDU-LEG-023', 413, {
    title: 'Demande du connecteur trop volumineuse',
    cause: 'La demande dépasse la taille réglée (legacy.maxBodyBytes) ; elle n’a pas été lue.',
    owner: 'exploitation',
    remedy: 'Augmenter legacy.maxBodyBytes, ou faire découper le lot.',
    source: 'design.md 6 (promesse 7)',
  }),
  patientUnlike: corrected('TDU-LEG-024', 403, {
    title: 'Jeton VIHF d’un autre patient',
    cause: 'Le VIHF et la demande ne nomment pas le même patient.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Faire corriger le connecteur : le jeton est celui du patient de la demande.',
    source: 'dmp.md 9',
  }),
  documentEnded: corrected('TDU-LEG-025', 409, {
    title: 'Document écarté par la passerelle',
    cause: 'Le document reçu du connecteur ne partira pas : il a été refusé ou retiré, pour la raison indiquée.',
    owner: 'interopérabilité',
    remedy: 'Lire la raison sur la page du document, puis faire envoyer une nouvelle version s’il y a lieu.',
    source: 'practice.md 17',
  }),
} satisfies Record<string, Rule>;
