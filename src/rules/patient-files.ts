import type { Owner, Rule } from './rule.ts';

function fileRule(id: string, http: number, owner: Owner, title: string, cause: string, remedy: string): Rule {
  return { id, title, cause, owner, remedy, retry: 'after-correction', safeToResend: true, http };
}

/** Rules `TDU-ID-200` and after: patients by file. */
export const patientFileRules = {
  unreadable: fileRule(
    'TDU-ID-200',
    422,
    'exploitation',
    "Le fichier n'est pas un CSV lisible",
    "Un guillemet n'est pas fermé, ou les octets ne sont pas de l'encodage annoncé : rien n'a été pris du fichier.",
    'Enregistrer de nouveau le fichier en CSV (UTF-8, ou Windows-1252 en le disant), puis le renvoyer.',
  ),
  columnsMissing: fileRule(
    'TDU-ID-201',
    422,
    'exploitation',
    'Des colonnes manquent au fichier',
    'La première ligne nomme les colonnes ; nom de naissance, premier prénom, sexe, date de naissance et IPP sont nécessaires.',
    'Ajouter les colonnes citées, avec leur titre en première ligne.',
  ),
  numberMissing: fileRule(
    'TDU-ID-202',
    422,
    'bureau des entrées',
    'La ligne ne porte pas d’IPP utilisable',
    "L'IPP est vide, ou son domaine d'identification n'est pas déclaré ici.",
    "Remplir l'IPP ; déclarer le domaine, ou corriger la colonne « domaine ».",
  ),
  numberKnown: fileRule(
    'TDU-ID-203',
    409,
    'identitovigilance',
    'Cet IPP appartient déjà à une identité',
    "L'identité enregistrée sous cet IPP a d'autres traits, et l'import ne met pas à jour les identités connues.",
    "Comparer les deux identités ; relancer l'import en mise à jour si la ligne est la bonne.",
  ),
  numberRepeated: fileRule(
    'TDU-ID-204',
    409,
    'bureau des entrées',
    'Cet IPP paraît plusieurs fois dans le fichier',
    'Une ligne précédente du fichier porte le même IPP ; celle-ci est laissée de côté.',
    'Garder une seule ligne par IPP.',
  ),
  sexUnknown: fileRule(
    'TDU-ID-205',
    422,
    'bureau des entrées',
    "Le sexe n'est ni M, ni F, ni I",
    'Un code inconnu ne se devine pas.',
    'Écrire M, F, ou I pour indéterminé.',
  ),
  tooLarge: fileRule(
    'TDU-ID-206',
    413,
    'exploitation',
    'Fichier trop volumineux',
    "Le fichier dépasse la taille admise par cette installation (réglage imports.maxBytes) : rien n'a été pris.",
    'Partager le fichier, ou faire relever la limite.',
  ),
  wrongState: fileRule(
    'TDU-ID-207',
    409,
    'identitovigilance',
    "Cet import n'est pas dans l'état voulu",
    'Seule une répétition terminée se confirme, et seul un import en cours s’arrête.',
    "Relire l'état de l'import.",
  ),
  domainUnknown: fileRule(
    'TDU-ID-208',
    422,
    'interopérabilité',
    "Domaine d'identification inconnu",
    "Le domaine donné pour les IPP du fichier n'est pas déclaré dans cette installation.",
    "Donner l'OID, ou un nom, d'un domaine déclaré.",
  ),
} satisfies Record<string, Rule>;
