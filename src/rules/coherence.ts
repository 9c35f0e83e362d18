import type { Rule } from './rule.ts';

/** The gateway contradicts itself: nothing leaves, and sending again changes nothing until it is repaired. */
const OURS = {
  owner: 'exploitation',
  retry: 'after-correction',
  safeToResend: true,
  http: 409,
  remedy:
    'Rien n’est parti. Relevez le détail (quelle place dit autre chose) et la version du programme, transmettez-les à l’éditeur de la passerelle, puis reprenez l’envoi depuis la console.',
  source: 'design.md 6, promesse 4 ; dmp.md 5',
} as const;

/** The patient is not the same everywhere: somebody looks at the identity before anything leaves. */
const PATIENT = {
  ...OURS,
  owner: 'identitovigilance',
  remedy:
    'Rien n’est parti. Vérifiez à quel patient appartient le document, corrigez le trait dans le logiciel qui se trompe, puis reprenez l’envoi ; si le document et l’identité sont justes, transmettez le détail à l’éditeur de la passerelle.',
} as const;

/**
 * Rules `TDU-COH-nnn`: just before it leaves, a document is compared as it will be read in four places: the CDA, the entry
 * (DocumentEntry), the submission set and the VIHF.
 */
export const coherenceRules = {
  ins: {
    ...PATIENT,
    id: 'TDU-COH-001',
    title: 'INS différente d’une place à l’autre',
    cause:
      'Le CDA, la fiche XDS, le lot de soumission et le VIHF ne portent pas tous l’INS (matricule et OID) du patient.',
  },
  birthName: {
    ...PATIENT,
    id: 'TDU-COH-002',
    title: 'Nom de naissance différent d’une place à l’autre',
    cause: 'Le CDA ou la fiche XDS ne porte pas le nom de naissance de l’identité qualifiée.',
  },
  firstGivenName: {
    ...PATIENT,
    id: 'TDU-COH-003',
    title: 'Premier prénom différent d’une place à l’autre',
    cause: 'Le premier prénom du CDA ou de la fiche XDS n’est pas le début de la liste des prénoms de naissance.',
    source: 'EXI ID 10 ; design.md 6, promesse 4',
  },
  sex: {
    ...PATIENT,
    id: 'TDU-COH-004',
    title: 'Sexe différent d’une place à l’autre',
    cause: 'Le CDA ou la fiche XDS ne porte pas le sexe de l’identité qualifiée.',
  },
  birthDate: {
    ...PATIENT,
    id: 'TDU-COH-005',
    title: 'Date de naissance différente d’une place à l’autre',
    cause: 'Le CDA ou la fiche XDS ne porte pas la date de naissance de l’identité qualifiée.',
  },
  birthPlace: {
    ...PATIENT,
    id: 'TDU-COH-006',
    title: 'Code lieu de naissance différent d’une place à l’autre',
    cause:
      'Le CDA ou la fiche XDS ne porte pas le code lieu de naissance de l’identité qualifiée. Une commune qui a changé de code suffit à l’expliquer.',
    remedy: 'Simple signalement : le document part. Vérifiez le code dans le logiciel émetteur si cela se répète.',
  },
  ipp: {
    ...PATIENT,
    id: 'TDU-COH-007',
    title: 'Numéro local du patient différent d’une place à l’autre',
    cause: 'La fiche XDS (sourcePatientId) ne reprend pas le numéro local que porte le CDA.',
  },
  author: {
    ...OURS,
    id: 'TDU-COH-008',
    title: 'Auteurs différents entre le CDA et la fiche XDS',
    cause: 'Un auteur, sa structure, son rôle ou sa spécialité n’est pas le même dans le CDA et dans la fiche XDS.',
  },
  legalAuthenticator: {
    ...OURS,
    id: 'TDU-COH-009',
    title: 'Responsable légal différent entre le CDA et la fiche XDS',
    cause: 'La personne qui atteste le document n’est pas la même dans le CDA et dans la fiche XDS.',
  },
  submitter: {
    ...OURS,
    id: 'TDU-COH-010',
    title: 'Auteur du lot différent de celui du VIHF',
    cause: 'La personne qui dépose n’est pas la même dans le lot de soumission, sa signature et le VIHF.',
    source: 'dmp.md 2.3',
  },
  structure: {
    ...OURS,
    id: 'TDU-COH-011',
    title: 'Structure différente entre le lot et le VIHF',
    cause:
      'L’entité géographique (EG) du document n’est pas celle que déclarent le lot de soumission et le VIHF : le DMP refuse un tel lot.',
    source: 'dmp.md 2.3 ; practice.md 15',
  },
  legalEntity: {
    ...OURS,
    id: 'TDU-COH-012',
    title: 'Certificat d’une autre entité juridique que celle du document',
    cause:
      'Le certificat qui signe le VIHF porte le FINESS d’une entité juridique (EJ) dont l’établissement du document ne dépend pas selon la configuration.',
    remedy:
      'Simple signalement : le DMP décide. Vérifiez que l’EG est déclarée sous la bonne EJ et que le certificat ORG SIGN est celui de cette EJ.',
    source: 'dmp.md 1.5 ; practice.md 15',
  },
  creationTime: {
    ...OURS,
    id: 'TDU-COH-013',
    title: 'Date de création différente entre le CDA et la fiche XDS',
    cause: 'La date de création de la fiche XDS n’est pas, en temps universel, celle du CDA.',
    source: 'dmp.md 5',
  },
  serviceTime: {
    ...OURS,
    id: 'TDU-COH-014',
    title: 'Dates de l’acte différentes entre le CDA et la fiche XDS',
    cause: 'Le début ou la fin de l’acte de la fiche XDS n’est pas, en temps universel, celui du CDA.',
    source: 'dmp.md 5',
  },
  confidentiality: {
    ...OURS,
    id: 'TDU-COH-015',
    title: 'Niveau de confidentialité différent entre le CDA et la fiche XDS',
    cause: 'La fiche XDS ne reprend pas le niveau de confidentialité (N, R, V) du CDA, ou le porte plus d’une fois.',
  },
  visibility: {
    ...OURS,
    id: 'TDU-COH-016',
    title: 'Visibilité différente de celle qui a été décidée',
    cause:
      'Les codes de visibilité de la fiche XDS ne sont pas ceux qui ont été décidés pour ce document, ou un document invisible aux représentants légaux partirait sans connexion secrète.',
    source: 'practice.md 10, EX_2.1-1050',
  },
  typeCode: {
    ...OURS,
    id: 'TDU-COH-017',
    title: 'Type différent entre le CDA et la fiche XDS',
    cause: 'Le type de la fiche XDS n’est pas celui du CDA.',
  },
  classCode: {
    ...OURS,
    id: 'TDU-COH-018',
    title: 'Classe qui n’est pas celle du type',
    cause: 'La classe de la fiche XDS n’est pas celle que la table nationale donne à son type.',
    source: 'cda-cisis.md 4',
  },
  title: {
    ...OURS,
    id: 'TDU-COH-019',
    title: 'Titre différent entre le CDA et la fiche XDS',
    cause: 'Le titre de la fiche XDS n’est pas celui du CDA.',
  },
  languageCode: {
    ...OURS,
    id: 'TDU-COH-020',
    title: 'Langue différente entre le CDA et la fiche XDS',
    cause: 'La langue de la fiche XDS n’est pas celle du CDA.',
  },
  uniqueId: {
    ...OURS,
    id: 'TDU-COH-021',
    title: 'Identifiant du document différent d’une place à l’autre',
    cause: 'Le CDA, la fiche XDS et la signature du lot ne portent pas le même identifiant unique.',
  },
  content: {
    ...OURS,
    id: 'TDU-COH-022',
    title: 'Empreinte ou taille qui n’est pas celle du document joint',
    cause: 'L’empreinte (SHA-1) ou la taille annoncée par la fiche XDS n’est pas celle des octets joints.',
  },
  format: {
    ...OURS,
    id: 'TDU-COH-023',
    title: 'Format différent entre le CDA et la fiche XDS',
    cause: 'Le format (formatCode) ou le type de fichier (mimeType) de la fiche XDS n’est pas celui du document joint.',
  },
  facility: {
    ...OURS,
    id: 'TDU-COH-024',
    title: 'Secteur ou cadre d’exercice différent entre le CDA et la fiche XDS',
    cause: 'Le type d’établissement ou le cadre d’exercice de la fiche XDS n’est pas celui du CDA.',
  },
  eventCodes: {
    ...OURS,
    id: 'TDU-COH-025',
    title: 'Actes différents entre le CDA et la fiche XDS',
    cause: 'Les actes (eventCodeList) de la fiche XDS ne sont pas ceux du CDA.',
  },
  referenceIds: {
    ...OURS,
    id: 'TDU-COH-026',
    title: 'Références différentes entre le CDA et la fiche XDS',
    cause: 'Les demandes et examens auxquels la fiche XDS renvoie ne sont pas ceux du CDA.',
  },
  members: {
    ...OURS,
    id: 'TDU-COH-027',
    title: 'Lot de soumission incomplet',
    cause:
      'Les fiches, les documents joints et les membres annoncés du lot de soumission ne se correspondent pas un à un.',
    source: 'dmp.md 9',
  },
  sector: {
    ...OURS,
    id: 'TDU-COH-028',
    title: 'Secteur d’activité différent dans le VIHF',
    cause: 'Le secteur d’activité du VIHF n’est pas celui que la configuration donne à l’établissement.',
  },
} as const satisfies Record<string, Rule>;
