import type { Rule } from './rule.ts';

/** What every rule of an archive has in common: the sender makes another one, and sends it again. */
const SENT_AGAIN = {
  owner: 'éditeur du logiciel émetteur',
  retry: 'after-correction',
  safeToResend: true,
  http: 422,
} as const;

/** Rules `TDU-XDM-nnn`: IHE XDM archives (IHE_XDM.zip) received. */
export const xdmRules = {
  archiveUnreadable: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-001',
    title: 'Archive illisible ou incomplète',
    cause: 'Le fichier n’est pas une archive ZIP, ou il a été coupé ou abîmé pendant sa fabrication ou son transport.',
    remedy: 'Vérifiez que l’archive s’ouvre sur un poste, produisez-la de nouveau, puis renvoyez-la.',
    source: 'hostile.md, Archives',
  },
  archiveTooLarge: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-002',
    title: 'Archive trop volumineuse une fois décompressée',
    cause:
      'L’archive annonce ou donne plus d’octets que la limite admise (200 Mo en tout, ou dix fois sa taille au-delà de 10 Mo) : elle n’est pas décompressée davantage.',
    remedy: 'Répartissez les documents en plusieurs archives, puis renvoyez-les.',
    http: 413,
    source: 'hostile.md, Archives',
  },
  archiveTooManyEntries: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-003',
    title: 'Trop de fichiers dans l’archive',
    cause: 'L’archive contient plus de 1 000 fichiers et dossiers.',
    remedy: 'Ne mettez dans l’archive que les fichiers prévus par IHE XDM, puis renvoyez-la.',
    http: 413,
    source: 'hostile.md, Archives',
  },
  archiveUnsafeName: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-004',
    title: 'Nom de fichier dangereux dans l’archive',
    cause:
      'Un fichier de l’archive porte un chemin absolu, remonte au-dessus de son dossier, contient un caractère de commande, ou n’est pas un vrai fichier (lien).',
    remedy: 'Produisez l’archive avec des noms simples (INDEX.HTM, IHE_XDM/SUBSET01/…), sans lien, puis renvoyez-la.',
    source: 'hostile.md, Archives',
  },
  archiveAmbiguous: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-005',
    title: 'Archive contradictoire',
    cause:
      'Deux fichiers de l’archive ont le même nom ou se partagent les mêmes octets, ou ses deux tables ne disent pas la même chose : deux logiciels n’y liraient pas le même document.',
    remedy: 'Produisez l’archive de nouveau avec un outil ZIP courant, puis renvoyez-la.',
    source: 'hostile.md, Archives',
  },
  archiveEncrypted: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-006',
    title: 'Archive chiffrée',
    cause: 'Un fichier de l’archive est protégé par un mot de passe.',
    remedy:
      'Produisez l’archive sans mot de passe : la messagerie sécurisée de santé la protège déjà. Puis renvoyez-la.',
    source: 'hostile.md, Archives',
  },
  archiveNested: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-007',
    title: 'Archive dans l’archive',
    cause: 'Un document de l’archive est lui-même une archive : elle n’est pas ouverte.',
    remedy: 'Placez les documents directement dans IHE_XDM/SUBSET01, puis renvoyez l’archive.',
    source: 'hostile.md, Archives',
  },
  metadataMissing: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-010',
    title: 'Archive sans METADATA.XML',
    cause:
      'Aucun dossier IHE_XDM/… de l’archive ne contient le fichier METADATA.XML : ce n’est pas une archive IHE XDM.',
    remedy: 'Joignez une archive IHE_XDM.zip produite par un logiciel conforme au CI-SIS, puis renvoyez-la.',
    source: 'cda-cisis.md 6',
  },
  metadataUnreadable: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-011',
    title: 'METADATA.XML illisible',
    cause: 'Le fichier METADATA.XML n’est pas un lot de soumission XDS lisible, ou il ne décrit aucun document.',
    remedy: 'Corrigez la production de METADATA.XML, puis renvoyez l’archive.',
    source: 'cda-cisis.md 6',
  },
  documentMissing: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-012',
    title: 'Document annoncé et absent de l’archive',
    cause: 'METADATA.XML désigne (URI) un fichier qui n’est pas dans le même dossier de l’archive.',
    remedy: 'Ajoutez le document à l’archive ou retirez-le de METADATA.XML, puis renvoyez l’archive.',
    source: 'cda-cisis.md 6',
  },
  documentAltered: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-013',
    title: 'Document différent de ce qui est annoncé',
    cause: 'La taille ou l’empreinte (SHA-1) du fichier n’est pas celle que donne METADATA.XML.',
    remedy: 'Produisez l’archive de nouveau à partir du document d’origine, puis renvoyez-la.',
    source: 'dmp.md 3.4',
  },
  severalPatients: {
    ...SENT_AGAIN,
    id: 'TDU-XDM-014',
    title: 'Plusieurs patients dans une archive',
    cause: 'Les documents de l’archive ne désignent pas tous le même patient.',
    remedy: 'Faites une archive, et un message, par patient, puis renvoyez-les.',
    source: 'cda-cisis.md 6',
  },
} as const satisfies Record<string, Rule>;
