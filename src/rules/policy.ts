import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy'> & { readonly source?: string };

/** « Non transmissible »: counted apart, reopened alone where what is known of the patient changes (practice 9). */
function endsTheWait(id: string, words: Words): Rule {
  return { id, ...words, retry: 'never', safeToResend: true, http: 409 };
}

/** The sender, or the site, corrects and sends again. */
function stops(id: string, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http: 422 };
}

/** Rules `TDU-POL-nnn`: which document may leave, for where, and how it is seen there. */
export const policyRules = {
  notInformed: endsTheWait('TDU-POL-001', {
    title: 'Patient non informé de l’alimentation de son DMP',
    cause:
      "L'établissement enregistre l'information du patient, et rien ne dit que ce patient a été informé de l'alimentation de son DMP.",
    owner: 'bureau des entrées',
    remedy:
      "Informer le patient et l'enregistrer (ZFA-9, ou fiche du patient) ; les documents retenus seront envoyés automatiquement.",
    source: 'practice 9, dmp.md 7',
  }),
  anonymous: endsTheWait('TDU-POL-002', {
    title: 'Prise en charge sous anonymat',
    cause: 'Le patient est pris en charge sous anonymat : rien ne doit rejoindre son dossier national.',
    owner: 'aucun',
    remedy: "Aucune action. Si l'anonymat a été enregistré à tort, le corriger sur la fiche du patient.",
    source: 'practice 9',
  }),
  noIns: endsTheWait('TDU-POL-003', {
    title: 'Aucune INS ne peut être obtenue',
    cause:
      "Une personne a constaté qu'aucune INS ne peut être obtenue : patient de passage non immatriculé, nouveau-né non encore déclaré, ou autre motif.",
    owner: 'identitovigilance',
    remedy:
      'Aucune action. Si une INS est qualifiée plus tard, les documents récents partent automatiquement, les plus anciens après confirmation.',
    source: 'practice 9',
  }),
  suspended: {
    id: 'TDU-POL-004',
    title: 'Envoi suspendu par une personne',
    cause: 'Une personne a suspendu l’envoi de ce document, de ce séjour, de ce patient ou de ce service.',
    owner: 'médecin auteur',
    remedy: "Aucune action : l'envoi reprend seul à l'heure dite. Pour envoyer plus tôt, lever la suspension.",
    retry: 'automatic',
    safeToResend: true,
    http: 409,
    source: 'needs.md',
  },
  partialResult: endsTheWait('TDU-POL-005', {
    title: 'Compte rendu d’examens partiel',
    cause:
      'Le message annonce un résultat partiel ou provisoire (OBX-11, OBR-25 ou ORC-5) : seul le compte rendu définitif alimente le DMP.',
    owner: 'aucun',
    remedy: 'Aucune action : le laboratoire enverra le compte rendu définitif, qui partira à son tour.',
    source: 'REC_GEN-1070',
  }),
  unchanged: endsTheWait('TDU-POL-006', {
    title: 'Nouvelle version identique à celle du DMP',
    cause:
      "Cette version a le même contenu, le même type, le même titre et la même visibilité que la dernière version acceptée : elle n'est pas envoyée de nouveau.",
    owner: 'aucun',
    remedy: 'Aucune action : le document est déjà dans le DMP, et son émetteur en est averti.',
    source: 'needs.md',
  }),
  notAMinor: stops('TDU-POL-007', {
    title: 'Document invisible aux représentants légaux d’un patient majeur',
    cause:
      "Le document est demandé invisible aux représentants légaux, mais le patient n'est pas mineur d'après sa date de naissance.",
    owner: 'médecin auteur',
    remedy: 'Retirer ce masquage, puis renvoyer le document.',
    source: 'EX_2.1-1050, practice 10',
  }),
  hiddenAgain: stops('TDU-POL-008', {
    title: 'Document déjà visible du patient',
    cause: 'La version précédente est visible du patient dans le DMP : une nouvelle version ne peut plus être cachée.',
    owner: 'médecin auteur',
    remedy: 'Renvoyer la nouvelle version sans le masquage au patient, ou supprimer le document.',
    source: 'dmp.md 6',
  }),
  mailToPatientHidden: stops('TDU-POL-009', {
    title: 'Envoi au patient d’un document qui lui est invisible',
    cause: 'Le document est demandé invisible au patient et, en même temps, envoyé à sa messagerie.',
    owner: 'médecin auteur',
    remedy: 'Choisir : rendre le document visible, ou ne pas l’envoyer au patient.',
    source: 'cda-cisis.md 5',
  }),
  mailToPatientSecret: stops('TDU-POL-010', {
    title: 'Envoi au patient d’un document en connexion secrète',
    cause: 'Un document déposé en connexion secrète ne peut pas être envoyé à la messagerie du patient.',
    owner: 'médecin auteur',
    remedy: 'Renvoyer le document sans destination patient, ou sans connexion secrète.',
    source: 'cda-cisis.md 5',
  }),
  mailToProfessionalMasked: stops('TDU-POL-011', {
    title: 'Envoi à des professionnels d’un document qui leur est masqué',
    cause: 'Le document est demandé masqué aux professionnels et, en même temps, envoyé à des professionnels.',
    owner: 'médecin auteur',
    remedy: 'Choisir : lever le masquage, ou ne pas l’envoyer aux professionnels.',
    source: 'cda-cisis.md 5',
  }),
  suspensionTooLong: stops('TDU-POL-020', {
    title: 'Suspension trop longue',
    cause: 'La durée demandée dépasse la plus longue que l’établissement permet (policy.longestSuspensionHours).',
    owner: 'aucun',
    remedy: 'Demander une durée plus courte ; la suspension peut être demandée de nouveau à son terme.',
  }),
  suspensionEnded: stops('TDU-POL-021', {
    title: 'Suspension déjà terminée',
    cause: 'Cette suspension est arrivée à son terme, ou une personne l’a levée.',
    owner: 'aucun',
    remedy: 'Aucune action : les envois qu’elle retenait ont repris.',
  }),
  visibilityOfSender: stops('TDU-POL-023', {
    title: 'Visibilité à changer par le logiciel émetteur',
    cause:
      "Ce document est un CDA reçu : il passe tel quel, et seul le logiciel qui l'a produit en émet une nouvelle version.",
    owner: 'éditeur du logiciel émetteur',
    remedy:
      'Faire envoyer par le logiciel émetteur une version de remplacement sans INVISIBLE_PATIENT (MODIF_CONF_CODE).',
    source: 'practice 12',
  }),
  alreadyVisible: stops('TDU-POL-024', {
    title: 'Document déjà visible du patient, ou absent du DMP',
    cause: 'Seul un document accepté par le DMP et invisible de son patient peut être rendu visible.',
    owner: 'aucun',
    remedy: "Relire l'état du document.",
  }),
  visibilityAsked: stops('TDU-POL-025', {
    title: 'Version visible déjà demandée',
    cause: 'Une version visible du patient a déjà été demandée pour ce document.',
    owner: 'aucun',
    remedy: 'Suivre la nouvelle version, depuis les versions du document.',
  }),
  listInvalid: stops('TDU-POL-022', {
    title: 'Liste de documents incorrecte',
    cause: 'La version proposée de la liste ne peut pas être publiée telle quelle.',
    owner: 'interopérabilité',
    remedy: 'Corriger ce que dit la précision : chaque type est un code du JDV_J07, cité une fois.',
    source: 'practice 11',
  }),
} satisfies Record<string, Rule>;
