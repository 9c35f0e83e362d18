/** Rules `TDU-LEG-050` to `099`: what an old connector submits, re-issued under API V2 with the qualified INS (practice 17, 18, 22). */
import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy' | 'source'>;

function stops(id: string, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http: 422 };
}

export const reissueRules = {
  directWithoutDecision: stops('TDU-LEG-050', {
    title: 'Dépôt par carte (DIRECTE) non réémis',
    cause:
      'L’ancien connecteur a déposé en mode DIRECTE, sous la carte d’un professionnel. La passerelle ne peut pas signer à sa place : réémis, le dépôt serait attribué à la structure, ce que l’établissement n’a pas décidé.',
    owner: 'exploitation',
    remedy:
      'Décider, par écrit, que les dépôts par carte de ce logiciel deviennent INDIRECTE au nom de la structure (sources[].legacy.cardsBecomeStructure), puis redéposer. Sinon, déposer par carte avec un logiciel d’API V2.',
    source: 'practice 18',
  }),
  noLocalNumber: stops('TDU-LEG-051', {
    title: 'Patient sans identifiant local',
    cause:
      'Ni les métadonnées (sourcePatientId) ni le CDA ne donnent d’IPP : seul un INS-C, ou un numéro d’origine inconnue, nomme le patient. Aucun des deux ne prouve une identité.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Faire envoyer l’IPP du patient dans sourcePatientId ou dans recordTarget/patientRole/id, puis redéposer.',
    source: 'practice 17, dmp.md 1.3',
  }),
  headerNotDecided: {
    ...stops('TDU-LEG-052', {
      title: 'En-tête du CDA à réémettre : décision du site attendue',
      cause:
        'L’en-tête du CDA porte un INS-C, ou un NIR qui n’est pas l’INS qualifiée du patient. Le remplacer modifie un document reçu : l’établissement ne l’a pas décidé pour ce logiciel.',
      owner: 'exploitation',
      remedy:
        'Décider, par écrit, du remplacement (sources[].legacy.replaceInsInHeader), ou faire produire par le logiciel des CDA qui portent l’INS qualifiée. Le document attend ; il repart au prochain essai du connecteur ou par « Regarder de nouveau ».',
      source: 'practice 12, practice 18',
    }),
    http: 409,
  },
  severalNumbers: stops('TDU-LEG-053', {
    title: 'Plusieurs numéros nationaux dans l’en-tête du CDA',
    cause:
      'recordTarget/patientRole porte plusieurs INS, NIR ou INS-C. Remplacer l’un laisserait l’autre ; en retirer un serait réécrire le document.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Produire un CDA qui ne porte qu’un numéro national, puis redéposer.',
    source: 'practice 18',
  }),
  codedElsewhere: stops('TDU-LEG-054', {
    title: 'INS-C écrit ailleurs que dans l’identifiant du patient',
    cause:
      'Le CDA répète l’INS-C, ou le numéro à remplacer, dans un autre élément codé. Seul l’identifiant du patient de l’en-tête peut être remplacé, et un INS-C ne sort pas de l’établissement.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Produire un CDA où le patient n’est identifié que dans recordTarget/patientRole/id, puis redéposer.',
    source: 'practice 12, practice 18',
  }),
  signedDocument: stops('TDU-LEG-055', {
    title: 'CDA signé : son en-tête ne peut pas être réémis',
    cause: 'Le document porte une signature qui couvre son contenu : remplacer l’identifiant du patient la romprait.',
    owner: 'médecin auteur',
    remedy: 'Produire et signer de nouveau le document avec l’INS qualifiée du patient, puis le déposer.',
    source: 'practice 12, practice 18',
  }),
  encodingUnread: stops('TDU-LEG-056', {
    title: 'Octets du CDA que la passerelle ne sait pas modifier sûrement',
    cause:
      'L’identifiant du patient n’a pas été retrouvé octet pour octet dans le document (jeu de caractères ou écriture XML inhabituels) : il n’est pas modifié.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Produire le CDA en UTF-8, puis redéposer.',
    source: 'practice 18',
  }),
  numberOfAnother: stops('TDU-LEG-057', {
    title: 'Numéro national déjà vu pour un autre patient',
    cause:
      'L’IPP et les traits désignent un patient, le numéro porté par le document (INS-C ou NIR) est celui d’un autre patient d’ici. Le document a pu être établi pour lui.',
    owner: 'identitovigilance',
    remedy:
      'Comparer les deux dossiers : doublon à fusionner, ou document établi pour le mauvais patient. Après correction, « Regarder de nouveau » le document.',
    source: 'practice 17, practice 23',
  }),
  numbersDiffer: stops('TDU-LEG-058', {
    title: 'Métadonnées et CDA ne portent pas le même numéro de patient',
    cause: 'Le patientId des métadonnées et l’identifiant national du CDA diffèrent : l’un des deux est d’un autre.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Vérifier le patient du document dans le logiciel, puis le redéposer.',
    source: 'dmp.md 5',
  }),
  visibilityUnknown: stops('TDU-LEG-059', {
    title: 'Code de confidentialité que le DMP ne connaît pas',
    cause:
      'Le document demande une visibilité qui n’existe pas dans l’API V2. L’envoyer sans elle le montrerait plus largement que voulu.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Déposer avec N et les seuls codes MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS_LEGAUX.',
    source: 'dmp.md 3.3',
  }),
  formatNotReissued: stops('TDU-LEG-060', {
    title: 'Format que la passerelle ne réémet pas',
    cause: 'Le document déposé n’est ni un CDA, ni un objet DICOM (KOS).',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Déposer un CDA ou un KOS. Les autres formats partent par les portes HL7 ou par l’API de la passerelle.',
    source: 'practice 12',
  }),
  metadataIncomplete: stops('TDU-LEG-063', {
    title: 'Métadonnées incomplètes d’un document qui n’est pas un CDA',
    cause:
      'Un objet DICOM (KOS) ne dit rien de lui-même à l’API V2 : tout vient des métadonnées du dépôt, et l’une de celles que le DMP exige manque ou n’a pas la forme attendue.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Compléter la métadonnée nommée, puis redéposer. Rien n’est complété par la passerelle.',
    source: 'dmp.md 3.3',
  }),
  copied: {
    id: 'TDU-LEG-062',
    title: 'Copie d’un trafic observé',
    cause:
      'Ce document est la copie d’un dépôt que l’ancien connecteur fait lui-même à l’API V1. Il sert à observer et à vérifier ; la passerelle ne l’envoie pas, pour qu’il n’existe qu’une fois dans le DMP.',
    owner: 'aucun',
    remedy: 'Aucune action.',
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'practice 17',
  },
  numberInText: {
    id: 'TDU-LEG-061',
    title: 'L’ancien numéro figure aussi dans le texte du document',
    cause:
      'Le numéro remplacé dans l’en-tête est aussi écrit dans le texte ou un commentaire du CDA. Un texte n’est jamais modifié : aucune INS n’est écrite là où il n’y en avait pas.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Retirer ce numéro des modèles de documents du logiciel.',
    retry: 'automatic',
    safeToResend: true,
    http: 409,
    source: 'practice 12, practice 18',
  },
} satisfies Record<string, Rule>;
