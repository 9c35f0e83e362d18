import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy'> & { readonly source?: string };

/** It goes on by itself. */
function waits(id: string, words: Words): Rule {
  return { id, ...words, retry: 'automatic', safeToResend: true, http: 409 };
}

function ends(id: string, words: Words): Rule {
  return { id, ...words, retry: 'never', safeToResend: true, http: 409 };
}

/** Somebody corrects, then has it taken up again, or sends again. */
function stops(id: string, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http: 422 };
}

/** Rules `TDU-MSS-001` to `099`: mails that leave by MSSanté, and what comes back about them. */
export const mssanteRules = {
  notConfigured: ends('TDU-MSS-001', {
    title: 'Messagerie sécurisée non prise en charge par cette passerelle',
    cause:
      "L'émetteur demande un envoi par MSSanté, mais aucune boîte aux lettres applicative n'est déclarée pour cet établissement.",
    owner: 'exploitation',
    remedy:
      "Déclarer la boîte aux lettres applicative de l'établissement (mssante.mailboxes), puis renvoyer le document ; sinon, ne plus demander l'envoi par MSSanté à cette passerelle.",
  }),
  documentStopped: ends('TDU-MSS-002', {
    title: "Document arrêté avant l'envoi par MSSanté",
    cause:
      "Le document lui-même est illisible, refusé, ou répète un document déjà reçu : aucun courriel n'en est tiré.",
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Suivre ce que la règle du document indique.',
  }),
  fictive: ends('TDU-MSS-003', {
    title: 'Identité fictive',
    cause: "Le patient porte l'attribut « identité fictive » : rien n'est envoyé par messagerie.",
    owner: 'identitovigilance',
    remedy: "Aucune action si l'identité est bien fictive ; sinon, corriger l'attribut.",
    source: 'EXI SI 09',
  }),
  carriesIns: waits('TDU-MSS-005', {
    title: "Le document porte un matricule INS que l'identité, non qualifiée, ne confirme pas",
    cause:
      'Un courriel à un professionnel peut partir sans identité qualifiée, mais alors sans matricule ni DataMatrix INS ; le document reçu en porte un, et il ne peut pas être modifié.',
    owner: 'bureau des entrées',
    remedy: "Qualifier l'identité du patient : le courriel partira automatiquement. Ou renvoyer le document sans INS.",
    source: 'practice 8 et 12',
  }),
  noRecipient: stops('TDU-MSS-007', {
    title: 'Aucun destinataire professionnel',
    cause:
      "L'envoi à un professionnel est demandé (DESTMSSANTEPS), mais le message ne donne aucune adresse qui ne soit celle du patient.",
    owner: 'éditeur du logiciel émetteur',
    remedy: "Renseigner l'adresse MSSanté du destinataire (PRT-15.4, rôle RCT), puis renvoyer le document.",
    source: 'cda-cisis.md 5',
  }),
  addressInvalid: stops('TDU-MSS-008', {
    title: 'Adresse MSSanté mal formée',
    cause: "L'adresse d'un destinataire n'est pas une adresse de messagerie.",
    owner: 'éditeur du logiciel émetteur',
    remedy: "Corriger l'adresse dans le logiciel émetteur, puis renvoyer le document.",
  }),
  recipientUnknown: stops('TDU-MSS-009', {
    title: "Destinataire absent de l'annuaire MSSanté",
    cause:
      "L'annuaire consulté ne connaît pas cette adresse : la boîte aux lettres a pu être fermée ou l'adresse être mal saisie.",
    owner: 'éditeur du logiciel émetteur',
    remedy: "Chercher l'adresse à jour du correspondant dans l'annuaire santé, corriger, puis renvoyer le document.",
  }),
  directoryUnavailable: waits('TDU-MSS-010', {
    title: 'Annuaire MSSanté indisponible',
    cause:
      "L'annuaire n'a pas répondu, ou son extrait ne peut pas être lu : les destinataires ne peuvent pas être vérifiés.",
    owner: 'exploitation',
    remedy: "Rétablir l'accès à l'annuaire ; les courriels partiront automatiquement.",
  }),
  tooLarge: stops('TDU-MSS-011', {
    title: 'Courriel trop volumineux',
    cause:
      'Le courriel, pièces jointes comprises, dépasse la taille admise par sa destination (25 Mo pour Mon espace santé).',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Réduire le document (numérisation moins fine, images compressées), puis le renvoyer.',
    source: 'cda-cisis.md 6',
  }),
  unreachable: waits('TDU-MSS-012', {
    title: 'Serveur de messagerie sécurisée injoignable',
    cause: "La connexion au serveur de l'opérateur MSSanté n'a pas pu être établie, ou a été coupée avant l'envoi.",
    owner: 'aucun',
    remedy: "Aucune action : l'envoi est repris automatiquement. Si cela dure, appeler l'opérateur MSSanté.",
  }),
  certificateRefused: waits('TDU-MSS-013', {
    title: 'Certificat refusé par le serveur de messagerie, ou serveur non reconnu',
    cause:
      "La connexion sécurisée n'a pas pu être établie : certificat de la boîte applicative expiré ou non reconnu, ou autorité du serveur inconnue d'ici.",
    owner: 'exploitation',
    remedy:
      'Vérifier le certificat et les autorités de mssante.mailboxes (traitdunion doctor), les remplacer ; les courriels partiront automatiquement.',
  }),
  temporarilyRefused: waits('TDU-MSS-014', {
    title: 'Refus temporaire du serveur de messagerie',
    cause: "Le serveur de l'opérateur a demandé de présenter le courriel plus tard (réponse 4xx).",
    owner: 'aucun',
    remedy: "Aucune action : l'envoi est repris automatiquement.",
  }),
  refused: stops('TDU-MSS-015', {
    title: 'Courriel refusé par le serveur de messagerie',
    cause: "Le serveur de l'opérateur a refusé le courriel de façon définitive (réponse 5xx).",
    owner: 'exploitation',
    remedy: "Lire la réponse du serveur ; appeler l'opérateur MSSanté si elle ne suffit pas, puis reprendre l'envoi.",
  }),
  outcomeUnknown: {
    ...waits('TDU-MSS-016', {
      title: "Issue de l'envoi inconnue",
      cause:
        "La connexion a été perdue après l'envoi du contenu : le serveur a pu accepter le courriel sans que sa réponse arrive.",
      owner: 'aucun',
      remedy:
        'Aucune action : un accusé de dépôt est attendu, puis le même courriel est envoyé de nouveau sous le même Message-ID, ce qui permet au destinataire de reconnaître un doublon.',
    }),
    safeToResend: false,
  },
  outcomeToDecide: {
    ...stops('TDU-MSS-017', {
      title: "Issue de l'envoi inconnue : à décider",
      cause: "Aucun accusé n'est arrivé dans le délai, et l'établissement a choisi de ne pas renvoyer sans décision.",
      owner: 'exploitation',
      remedy: "Demander au destinataire s'il a reçu le courriel ; sinon, reprendre l'envoi.",
    }),
    safeToResend: false,
  },
  nothingToRetract: ends('TDU-MSS-019', {
    title: 'Aucun courriel à annuler',
    cause: "La suppression est demandée d'un document qui n'est jamais parti par cette messagerie.",
    owner: 'aucun',
    remedy: 'Aucune action : rien n’avait été envoyé.',
    source: 'practice 23',
  }),
  superseded: ends('TDU-MSS-020', {
    title: 'Remplacé avant son envoi',
    cause: 'Une version plus récente, ou la suppression du document, a été demandée avant que ce courriel ne parte.',
    owner: 'aucun',
    remedy: 'Aucune action : la version la plus récente est envoyée.',
  }),
  mailboxUnknown: stops('TDU-MSS-021', {
    title: 'Boîte aux lettres du destinataire inconnue',
    cause:
      'Le serveur du destinataire ne connaît pas cette boîte aux lettres, ou elle a été fermée ou déplacée (état 5.1.x, réponse 550).',
    owner: 'éditeur du logiciel émetteur',
    remedy: "Chercher l'adresse à jour du correspondant dans l'annuaire santé, corriger, puis renvoyer le document.",
    source: 'RFC 3463, X.1.*',
  }),
  mailboxFull: stops('TDU-MSS-022', {
    title: 'Boîte aux lettres du destinataire pleine',
    cause: 'La boîte aux lettres du destinataire a dépassé sa capacité (état x.2.2).',
    owner: 'exploitation',
    remedy: "Prévenir le destinataire ; reprendre l'envoi quand sa boîte accepte de nouveau les courriels.",
    source: 'RFC 3463, X.2.2',
  }),
  mailboxDisabled: stops('TDU-MSS-023', {
    title: 'Boîte aux lettres du destinataire désactivée',
    cause: "La boîte aux lettres existe mais n'accepte pas de courriel (état x.2.0 ou x.2.1).",
    owner: 'éditeur du logiciel émetteur',
    remedy: "Chercher une autre adresse du correspondant dans l'annuaire santé, puis renvoyer le document.",
    source: 'RFC 3463, X.2.0 et X.2.1',
  }),
  refusedAsTooLarge: stops('TDU-MSS-024', {
    title: 'Courriel trop volumineux pour le destinataire',
    cause: 'Le serveur du destinataire refuse un courriel de cette taille (état x.2.3 ou x.3.4, réponse 523 ou 552).',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Réduire le document, puis le renvoyer.',
    source: 'RFC 3463, X.2.3 et X.3.4',
  }),
  networkFailure: stops('TDU-MSS-025', {
    title: 'Serveur du destinataire injoignable',
    cause: "L'opérateur n'a pas pu joindre le serveur du destinataire dans le délai (état x.4.x).",
    owner: 'exploitation',
    remedy: "Reprendre l'envoi ; si l'échec se répète, appeler l'opérateur MSSanté.",
    source: 'RFC 3463, X.4.*',
  }),
  contentRefused: stops('TDU-MSS-026', {
    title: 'Contenu refusé par la messagerie du destinataire',
    cause: "Le serveur du destinataire n'accepte pas la forme ou le type des pièces jointes (état x.6.x).",
    owner: 'interopérabilité',
    remedy: "Vérifier avec l'opérateur MSSanté ce qui est refusé, corriger, puis reprendre l'envoi.",
    source: 'RFC 3463, X.6.*',
  }),
  policyRefused: stops('TDU-MSS-027', {
    title: 'Courriel refusé par une règle de sécurité',
    cause:
      'Le serveur refuse ce courriel par une règle qui lui est propre : expéditeur non autorisé, liste blanche MSSanté, filtre (état x.7.x, réponse 541).',
    owner: 'exploitation',
    remedy:
      "Appeler l'opérateur MSSanté : le domaine et la boîte applicative doivent être autorisés dans l'espace de confiance. Puis reprendre l'envoi.",
    source: 'RFC 3463, X.7.*',
  }),
  integrationFailed: stops('TDU-MSS-028', {
    title: "Le logiciel du destinataire n'a pas intégré le document",
    cause:
      "L'accusé de lecture dit que le document n'a pas pu être intégré ; le code et le libellé rendus par le destinataire sont joints.",
    owner: 'interopérabilité',
    remedy:
      "Lire le motif rendu par le destinataire ; corriger l'identité ou le document, puis l'envoyer de nouveau. Le courriel, lui, a été reçu.",
    source: 'cda-cisis.md 6',
  }),
  behindAnother: waits('TDU-MSS-029', {
    title: 'Attend la version précédente',
    cause: "Le courriel de la version précédente n'a pas encore d'issue connue.",
    owner: 'aucun',
    remedy: "Aucune action : l'envoi suit automatiquement.",
  }),
  unreadableCopy: stops('TDU-MSS-030', {
    title: 'Copie lisible impossible',
    cause: 'La copie PDF qui doit accompagner le CDA ne peut pas être faite : format ou caractères du document.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Envoyer le document en PDF, ou corriger son contenu, puis le renvoyer.',
    source: 'cda-cisis.md 6',
  }),
} satisfies Readonly<Record<string, Rule>>;
