import type { Rule } from './rule.ts';

const COMMON = { retry: 'after-correction', safeToResend: true, http: 422 } as const;

/** What is wrong with an export that somebody verifies: nobody else corrects it than whoever made it. */
const FOUND = {
  ...COMMON,
  owner: 'exploitation',
  remedy:
    "Ne pas retenir les chiffres de ce fichier. Demander à l'établissement un nouvel export, transmis par un autre chemin, et le vérifier de même.",
} as const;

/** Rules `TDU-PRF-nnn`: the proof of feed, its exports and their verification. */
export const proofRules = {
  brokenChain: {
    ...COMMON,
    id: 'TDU-PRF-001',
    title: 'Le registre des preuves est rompu : aucun export',
    cause:
      'Une ligne scellée du registre a été modifiée, ajoutée ou retirée après son scellement : un export ne prouverait plus rien à partir de ce maillon.',
    owner: 'exploitation',
    remedy:
      "Relever le maillon indiqué, lancer « traitdunion report », chercher qui a écrit dans la base, et restaurer le registre depuis une sauvegarde d'avant la rupture.",
    http: 409,
  },
  nothingSealed: {
    ...COMMON,
    id: 'TDU-PRF-002',
    title: 'Rien à exporter : le registre ne porte encore aucune ligne scellée',
    cause:
      "Aucun document n'a été accepté par le DMP ni par l'opérateur MSSanté, ou ce qui l'a été n'est pas encore scellé.",
    owner: 'exploitation',
    remedy: 'Attendre quelques secondes après la première acceptation, puis demander de nouveau.',
    http: 409,
  },
  noKey: {
    ...COMMON,
    id: 'TDU-PRF-003',
    title: "La clé qui signe les exports n'est pas utilisable",
    cause:
      'Le certificat ou la clé déclarés (proof.signature, sinon dmp.signature) ne se lisent pas ou ne vont pas ensemble.',
    owner: 'exploitation',
    remedy:
      "Vérifier les fichiers et leur mot de passe avec « traitdunion doctor », puis demander l'export de nouveau.",
    http: 503,
  },
  badPeriod: {
    ...COMMON,
    id: 'TDU-PRF-004',
    title: 'Période impossible',
    cause: 'La fin de la période ne suit pas son début.',
    owner: 'interopérabilité',
    remedy: 'Donner un premier et un dernier jour, dans cet ordre.',
  },
  wholeChainOnly: {
    ...COMMON,
    id: 'TDU-PRF-005',
    title: "L'export signé porte la chaîne de toute l'installation",
    cause:
      "Ce compte ne voit qu'un établissement, et la chaîne ne se prouve qu'entière : un export donnerait les lignes des autres établissements.",
    owner: 'exploitation',
    remedy:
      "Demander l'export de cet établissement à une personne qui voit toute l'installation ; les chiffres et les documents de l'établissement s'exportent ici en CSV.",
    http: 409,
  },
  unreadableExport: {
    ...FOUND,
    id: 'TDU-PRF-020',
    title: "Ce fichier n'est pas un export de preuve lisible",
    cause:
      "Le fichier n'est pas une archive ZIP entière, ou il y manque le manifeste, la signature ou les lignes, ou l'un d'eux est mal formé.",
  },
  badSignature: {
    ...FOUND,
    id: 'TDU-PRF-021',
    title: 'La signature ne vaut pas pour ce manifeste',
    cause:
      'Le manifeste a été modifié après sa signature, ou il a été signé par une autre clé que celle du certificat joint.',
  },
  otherKey: {
    ...FOUND,
    id: 'TDU-PRF-022',
    title: "Le signataire n'est pas celui que l'on attend",
    cause:
      "Le certificat du signataire n'a pas l'empreinte donnée, ou n'est pas délivré par l'autorité donnée, ou n'était pas valable le jour de la signature.",
  },
  alteredLine: {
    ...FOUND,
    id: 'TDU-PRF-023',
    title: 'Une ligne ne correspond pas à son maillon',
    cause:
      "Le texte de la ligne, ou son empreinte, a été modifié : l'empreinte calculée n'est pas celle qui est écrite, ou un champ ne répète pas le texte scellé.",
  },
  missingLine: {
    ...FOUND,
    id: 'TDU-PRF-024',
    title: 'Il manque des maillons à la chaîne',
    cause:
      'Les positions ne se suivent pas, ou la chaîne ne va pas du premier au dernier maillon annoncés : des lignes ont été retirées.',
  },
  reorderedLine: {
    ...FOUND,
    id: 'TDU-PRF-025',
    title: "Une ligne n'est pas à sa place",
    cause: 'Un maillon est répété, ou vient après un maillon de position plus élevée.',
  },
  addedLine: {
    ...FOUND,
    id: 'TDU-PRF-026',
    title: "Une ligne n'est pas annoncée par le manifeste",
    cause: 'Sa position est hors de la chaîne annoncée : elle a été ajoutée après la signature.',
  },
  otherLines: {
    ...FOUND,
    id: 'TDU-PRF-027',
    title: 'Le fichier des lignes n’est pas celui qui a été signé',
    cause: "L'empreinte SHA-256 du fichier des lignes, ou leur nombre, n'est pas celle du manifeste signé.",
  },
  otherFigures: {
    ...FOUND,
    id: 'TDU-PRF-028',
    title: 'Un chiffre ne se retrouve pas dans les lignes',
    cause: 'Le comptage refait à partir des lignes, par les formules jointes, ne donne pas le chiffre du manifeste.',
  },
  otherFormula: {
    ...FOUND,
    id: 'TDU-PRF-029',
    title: "Une formule ou une table n'est pas celle que nous publions sous cette version",
    cause:
      'Le fichier porte une formule, ou le rattachement des types de documents, qui diffère de celle de ce programme pour la même version.',
  },
  notContinuous: {
    ...FOUND,
    id: 'TDU-PRF-030',
    title: "Cet export ne prolonge pas l'export précédent",
    cause:
      "Le dernier maillon de l'export précédent n'est pas, à la même position et avec la même empreinte, dans cette chaîne ; ou les deux exports ne viennent pas de la même installation ; ou il reste un vide entre les deux.",
    remedy:
      "Si les positions laissent un vide, demander un export qui commence plus tôt (« après le maillon »). Sinon l'histoire a été réécrite entre les deux exports : ne retenir ni l'un ni l'autre.",
  },
  unknownWindow: {
    ...COMMON,
    id: 'TDU-PRF-040',
    title: 'Fenêtre ou seuil incomplets',
    cause:
      "Une fenêtre porte un programme, une EJ déclarée, un nom, un premier et un dernier jour, et sa source ; un seuil porte un nombre et sa source. Rien n'est supposé.",
    owner: 'exploitation',
    remedy: "Compléter, en indiquant où la valeur a été lue (instruction, convention, courrier de l'ARS).",
  },
} satisfies Record<string, Rule>;
