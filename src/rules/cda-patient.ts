import { creatorCorrects } from './cda-header.ts';
import type { Rule } from './rule.ts';

/** The document and its message or identity do not speak of the same patient: people look before anything moves. */
const patientDiffers = {
  owner: 'identitovigilance',
  retry: 'after-correction',
  safeToResend: true,
  http: 409,
  hl7: { ack: 'AE', err3: '207', err5: '904' },
  remedy:
    'Vérifier à quel patient appartient le document. S’il s’agit du bon patient, corriger le trait erroné dans le logiciel émetteur et émettre une nouvelle version ; sinon, traiter comme une erreur d’identité.',
  source: 'design.md 6, promesse 4',
} as const;

/** Rules `TDU-DOC-040` to `-050`: a CDA document against its message and our identity. Part of `documentRules`. */
export const cdaPatientRules = {
  cdaOtherPatient: {
    ...patientDiffers,
    id: 'TDU-DOC-040',
    title: 'CDA d’un autre patient',
    cause: 'Le matricule INS ou son OID n’est pas celui de l’identité qualifiée du patient.',
  },
  messageOtherPatient: {
    ...patientDiffers,
    id: 'TDU-DOC-050',
    title: 'Message d’un autre patient que le document',
    cause: 'L’INS porté par le message n’est pas celui de l’identité qualifiée du patient du document.',
  },
  cdaBirthNameDiffers: {
    ...patientDiffers,
    id: 'TDU-DOC-041',
    title: 'Nom de naissance différent',
    cause: 'Le nom de naissance du document ou du message n’est pas celui de l’identité qualifiée.',
  },
  cdaFirstGivenNameDiffers: {
    ...patientDiffers,
    id: 'TDU-DOC-042',
    title: 'Premier prénom de naissance différent',
    cause: 'Le premier prénom du document ou du message n’est pas le début de la liste des prénoms de naissance.',
  },
  cdaSexDiffers: {
    ...patientDiffers,
    id: 'TDU-DOC-043',
    title: 'Sexe différent',
    cause: 'Le sexe du document ou du message n’est pas celui de l’identité qualifiée.',
  },
  cdaBirthDateDiffers: {
    ...patientDiffers,
    id: 'TDU-DOC-044',
    title: 'Date de naissance différente',
    cause: 'La date de naissance du document ou du message n’est pas celle de l’identité qualifiée.',
  },
  cdaIppDiffers: {
    ...patientDiffers,
    id: 'TDU-DOC-045',
    title: 'IPP différent entre le document et le message',
    cause:
      'Le document et le message portent deux IPP différents dans le même domaine d’identification, ou l’IPP du document est ici celui d’un autre patient.',
  },
  cdaOtherDocument: {
    ...creatorCorrects,
    id: 'TDU-DOC-046',
    title: 'Le message et le document ne désignent pas le même document',
    cause: 'L’identifiant ou le type du document n’est pas le même dans le message et dans le CDA.',
    remedy: 'Corriger TXA-12 ou le type annoncé dans le logiciel émetteur, puis émettre à nouveau.',
    source: 'cda-cisis.md 5',
  },
  cdaTitleDiffers: {
    ...creatorCorrects,
    id: 'TDU-DOC-047',
    title: 'Titre différent entre le message et le document',
    cause: 'Le titre annoncé par le message n’est pas celui du document ; celui du document est retenu.',
    remedy: 'Simple signalement : le document part avec son propre titre.',
  },
  cdaOtherEg: {
    ...creatorCorrects,
    id: 'TDU-DOC-048',
    title: 'Document d’une autre entité géographique du même établissement',
    cause:
      'Le document vient d’une entité géographique (EG) différente de celle du flux, dans la même entité juridique.',
    owner: 'interopérabilité',
    remedy: 'Simple signalement : vérifier le paramétrage du flux si cela se répète.',
    source: 'design.md 6, promesse 4',
  },
  uniqueIdRoot: {
    ...creatorCorrects,
    id: 'TDU-DOC-049',
    title: 'Racine d’OID de l’établissement inutilisable',
    cause:
      'La racine des identifiants de documents n’est pas un OID valide, ou elle est trop longue (38 caractères au plus).',
    owner: 'exploitation',
    remedy: 'Corriger la racine d’OID de l’établissement dans la configuration.',
    http: 500,
    source: 'design.md 7',
  },
} satisfies Record<string, Rule>;
