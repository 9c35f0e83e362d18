import type { Rule } from './rule.ts';

/** The application that leaves the file corrects it and leaves it again: nothing was taken. */
const DEPOSITOR = {
  owner: 'éditeur du logiciel émetteur',
  retry: 'after-correction',
  safeToResend: true,
  http: 422,
  source: 'practice.md 13 ; design.md 10',
} as const;

/** Rules `TDU-POR-nnn`: files left in a watched folder (docs/fr/dossier-surveille.md). */
export const depositRules = {
  notAFile: {
    ...DEPOSITOR,
    id: 'TDU-POR-001',
    title: 'Ce qui est déposé n’est pas un fichier ordinaire',
    cause:
      'Un lien symbolique, un tube ou un périphérique se trouve dans le dossier surveillé : il n’est jamais ouvert.',
    remedy: 'Déposez le fichier lui-même, et non un lien vers lui.',
  },
  tooLarge: {
    ...DEPOSITOR,
    id: 'TDU-POR-002',
    title: 'Fichier trop gros',
    cause: 'Le fichier dépasse la taille admise dans ce dossier (watchedFolder.maxBytes).',
    remedy: 'Allégez le document, ou faites relever la limite par l’exploitation, puis déposez-le de nouveau.',
  },
  unusableName: {
    ...DEPOSITOR,
    id: 'TDU-POR-003',
    title: 'Nom de fichier inutilisable',
    cause:
      'Le nom n’est pas écrit en UTF-8, contient un caractère de commande ou dépasse 180 octets. Le fichier est rangé sous un nom de remplacement.',
    remedy: 'Renommez le fichier avec des lettres, des chiffres, des points et des tirets, puis déposez-le de nouveau.',
  },
  formatUnknown: {
    ...DEPOSITOR,
    id: 'TDU-POR-004',
    title: 'Format de fichier non reconnu',
    cause:
      'L’extension n’est pas une de celles qui sont admises (pdf, txt, rtf, jpg, jpeg, tif, tiff, xml) et le fichier de description ne donne pas de mimeType.',
    remedy: 'Donnez au fichier son extension, ou indiquez mimeType dans le fichier de description.',
  },
  sidecarUnreadable: {
    ...DEPOSITOR,
    id: 'TDU-POR-005',
    title: 'Fichier de description illisible',
    cause: 'Le fichier .json qui accompagne le document n’est pas du JSON en UTF-8.',
    remedy: 'Corrigez le fichier de description, puis déposez de nouveau les deux fichiers.',
  },
  sidecarInvalid: {
    ...DEPOSITOR,
    id: 'TDU-POR-006',
    title: 'Fichier de description incomplet ou incorrect',
    cause: 'Un champ manque ou n’a pas la forme attendue ; chacun est cité en détail.',
    remedy: 'Corrigez les champs cités, puis déposez de nouveau les deux fichiers.',
  },
  otherEstablishment: {
    ...DEPOSITOR,
    id: 'TDU-POR-007',
    title: 'Établissement autre que celui du dossier',
    cause: 'Le fichier de description nomme un établissement (establishment) qui n’est pas celui de cette source.',
    remedy: 'Déposez le document dans le dossier de son établissement, ou retirez ce champ.',
  },
  sidecarMissing: {
    ...DEPOSITOR,
    id: 'TDU-POR-008',
    title: 'Document déposé sans fichier de description',
    cause:
      'Le fichier de description (nom du document suivi de .json) n’est pas arrivé dans le délai (watchedFolder.waitHours).',
    remedy: 'Déposez de nouveau le document avec son fichier de description.',
  },
  documentMissing: {
    ...DEPOSITOR,
    id: 'TDU-POR-009',
    title: 'Fichier de description sans document',
    cause:
      'Le document que ce fichier décrit (même nom, sans .json) n’est pas arrivé dans le délai (watchedFolder.waitHours).',
    remedy: 'Déposez de nouveau le document avec son fichier de description.',
  },
  empty: {
    ...DEPOSITOR,
    id: 'TDU-POR-010',
    title: 'Fichier vide',
    cause: 'Le fichier ne contient aucun octet.',
    remedy: 'Déposez de nouveau le document entier.',
  },
  notReadable: {
    ...DEPOSITOR,
    id: 'TDU-POR-011',
    title: 'Fichier que la passerelle n’a pas le droit de lire',
    cause: 'Les droits du fichier déposé n’en permettent pas la lecture au compte de la passerelle.',
    owner: 'exploitation',
    remedy: 'Donnez au compte de la passerelle le droit de lire ce que l’application dépose, puis déposez de nouveau.',
  },
  noSymbol: {
    ...DEPOSITOR,
    id: 'TDU-POR-020',
    title: 'PDF imprimé sans DataMatrix INS lisible',
    cause:
      'Le PDF est déposé sans description, et aucun DataMatrix INS n’a pu y être lu : rien ne dit à quel patient il est.',
    remedy:
      'Vérifiez le DataMatrix du modèle (`traitdunion scan`), ou déposez le document avec un fichier de description.',
  },
  severalPatients: {
    ...DEPOSITOR,
    id: 'TDU-POR-021',
    title: 'PDF imprimé qui porte les DataMatrix de plusieurs patients',
    cause: 'Les DataMatrix INS du document ne désignent pas tous la même INS.',
    remedy: 'Imprimez un document par patient, puis déposez chacun.',
  },
  symbolInvalid: {
    ...DEPOSITOR,
    id: 'TDU-POR-022',
    title: 'DataMatrix INS non conforme au format national',
    cause:
      'Le DataMatrix se lit, mais son contenu n’a pas la forme attendue (détail) : il ne peut désigner un patient.',
    remedy: 'Corrigez le modèle d’impression, ou déposez le document avec un fichier de description.',
    source: 'ins.md 6.1',
  },
  patientUnknown: {
    ...DEPOSITOR,
    id: 'TDU-POR-023',
    title: 'Patient du DataMatrix inconnu du référentiel',
    cause:
      'Aucune identité active du référentiel ne porte l’INS du DataMatrix, et elle n’est pas arrivée dans le délai (watchedFolder.waitHours). Un DataMatrix ne crée jamais d’identité.',
    owner: 'identitovigilance',
    remedy: 'Admettez le patient et qualifiez son identité, puis déposez de nouveau le document.',
  },
  symbolDiffers: {
    ...DEPOSITOR,
    id: 'TDU-POR-024',
    title: 'DataMatrix qui ne dit pas la même chose que le référentiel',
    cause:
      'L’INS du DataMatrix est connue, mais un trait au moins diffère de l’identité qualifiée qui la porte (blocs en détail). Le document n’est rattaché à personne.',
    owner: 'identitovigilance',
    remedy:
      'Comparez l’identité du logiciel qui imprime à celle du référentiel, corrigez celle qui est fausse, réimprimez.',
    source: 'practice.md 13',
  },
  patientWithoutIpp: {
    ...DEPOSITOR,
    id: 'TDU-POR-025',
    title: 'Patient du DataMatrix sans IPP en vigueur',
    cause:
      'L’identité que le DataMatrix désigne n’a plus d’IPP, et aucun n’est arrivé dans le délai (watchedFolder.waitHours).',
    owner: 'identitovigilance',
    remedy: 'Faites attribuer un IPP à cette identité, puis déposez de nouveau le document.',
  },
} as const satisfies Record<string, Rule>;
