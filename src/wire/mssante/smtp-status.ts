/**
 * What a mail server says, as one of our rules and as a code of the table SMTPERRORCODE: by its enhanced status (RFC 3463)
 * where it gives one, else by its reply code. Source: CI-SIS volet 2.1, « Table SMTPERRORCODE ».
 */
import { mssanteRules } from '../../rules/mssante.ts';
import type { Rule } from '../../rules/rule.ts';

/** Labels of the table, by code. */
const SMTP_ERRORS: Readonly<Record<string, string>> = {
  '101': "Le serveur n'arrive pas à se connecter.",
  '111': "Connexion refusée ou impossibilité d'ouvrir un flux SMTP.",
  '251': "Le compte du destinataire n'est pas sur le serveur actuel. L'envoi sera donc relayé à un autre serveur.",
  '252':
    "Le serveur ne peut pas vérifier l'utilisateur. Il confirme cependant qu'il essaiera de transmettre le message malgré tout",
  '420': 'Problème de connexion de temporisation : il y a eu des problèmes pendant le transfert du message.',
  '421': "Le service est indisponible en raison d'un problème de connexion.",
  '422': 'La boîte aux lettres du destinataire a dépassé sa limite de stockage.',
  '431': "Espace insuffisant sur le disque, ou état de mémoire insuffisante en raison d'une surcharge de fichiers.",
  '432': 'Mot de passe de transition nécessaire',
  '441': 'Le serveur du destinataire ne répond pas',
  '442': 'La connexion a été interrompue pendant la transmission',
  '450': 'Action non effectuée : boîte-aux-lettres non disponible',
  '451': 'Action arrêtée : erreur de traitement',
  '452': 'Action non effectuée : manque de ressources système.',
  '500': 'Erreur de syntaxe, commande non reconnue',
  '501': 'Erreur de syntaxe dans des paramètres ou arguments de commande',
  '502': 'Commande non implémentée',
  '503': 'Mauvaise séquence de commandes',
  '504': 'Paramètre de commande non implémenté',
  '510': 'Mauvaise adresse courriel',
  '512': 'Erreur DNS. Le serveur hôte du nom de domaine du destinataire est introuvable.',
  '513': "Le type d'adresse est incorrect.",
  '523': 'La taille totale de votre mailing dépasse les limites du serveur destinataire.',
  '530': "L'authentification est requise.",
  '541': "L'adresse du destinataire a rejeté votre message.",
  '550': 'Action non effectuée : boîte aux lettres non disponible',
  '551':
    'Un relais peut être interrompu car votre adresse et celle du destinataire ne sont pas hébergées localement par le serveur.',
  '552': 'Action abandonnée - Allocation de stockage dépassée.',
  '553': "La commande a été abandonnée car le nom de la boîte aux lettres n'est pas valide.",
  '554':
    "L'envoi a échoué. Ce code indique une erreur permanente et le serveur n'essaiera pas d'envoyer le message à nouveau.",
};

/** What a server or a notification said: `replyCode` of three digits, `enhanced` as `5.1.1`. */
export interface SmtpStatus {
  readonly replyCode?: string;
  readonly enhanced?: string;
}

/** Reads `550 5.1.1 …`, `5.1.1`, `smtp; 550-5.1.1 …`: whichever of the two is there. */
export function smtpStatus(text: string): SmtpStatus {
  const replyCode = /(?:^|[\s;])([2-5]\d\d)(?=[\s-]|$)/.exec(text)?.[1];
  const enhanced = /(?:^|[\s-])([245]\.\d{1,3}\.\d{1,3})(?=\s|$)/.exec(text)?.[1];
  return { ...(replyCode === undefined ? {} : { replyCode }), ...(enhanced === undefined ? {} : { enhanced }) };
}

/** The rule that explains a failure. */
export function ruleOfStatus(status: SmtpStatus): Rule {
  const [, subject, detail] = /^\d\.(\d+)\.(\d+)$/.exec(status.enhanced ?? '') ?? [];
  switch (subject) {
    case '1':
      return mssanteRules.mailboxUnknown;
    case '2':
      return (
        { '2': mssanteRules.mailboxFull, '3': mssanteRules.refusedAsTooLarge }[detail ?? ''] ??
        mssanteRules.mailboxDisabled
      );
    case '3':
      return detail === '4' ? mssanteRules.refusedAsTooLarge : mssanteRules.refused;
    case '4':
      return mssanteRules.networkFailure;
    case '6':
      return mssanteRules.contentRefused;
    case '7':
      return mssanteRules.policyRefused;
    default:
      return BY_REPLY[status.replyCode ?? ''] ?? mssanteRules.refused;
  }
}

const BY_REPLY: Readonly<Record<string, Rule>> = {
  '422': mssanteRules.mailboxFull,
  '441': mssanteRules.networkFailure,
  '442': mssanteRules.networkFailure,
  '510': mssanteRules.mailboxUnknown,
  '512': mssanteRules.networkFailure,
  '513': mssanteRules.mailboxUnknown,
  '523': mssanteRules.refusedAsTooLarge,
  '530': mssanteRules.policyRefused,
  '541': mssanteRules.policyRefused,
  '550': mssanteRules.mailboxUnknown,
  '551': mssanteRules.mailboxUnknown,
  '552': mssanteRules.mailboxFull,
  '553': mssanteRules.mailboxUnknown,
};

const BY_RULE = new Map<Rule, string>([
  [mssanteRules.mailboxUnknown, '550'],
  [mssanteRules.mailboxFull, '552'],
  [mssanteRules.mailboxDisabled, '550'],
  [mssanteRules.refusedAsTooLarge, '523'],
  [mssanteRules.networkFailure, '441'],
  [mssanteRules.policyRefused, '541'],
]);

/** Code and label of SMTPERRORCODE: the server's own code where the table has it, else the nearest of the rule. */
export function smtpErrorCode(status: SmtpStatus): { readonly code: string; readonly label: string } {
  const own = status.replyCode !== undefined && status.replyCode in SMTP_ERRORS ? status.replyCode : undefined;
  const code = own ?? BY_RULE.get(ruleOfStatus(status)) ?? '554';
  return { code, label: SMTP_ERRORS[code] ?? '' };
}
