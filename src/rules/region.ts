/** Rules `TDU-REG-nnn`: the region, counts that installations push, figures that are imported, establishments at risk. */
import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'remedy' | 'http'> & Partial<Pick<Rule, 'owner' | 'retry'>>;

/** Sending the same counts again never does harm: they replace themselves. */
function region(id: string, words: Words): Rule {
  return { id, owner: 'exploitation', retry: 'after-correction', safeToResend: true, ...words };
}

export const regionRules = {
  unknownKey: region('TDU-REG-001', {
    title: 'Région : installation inconnue',
    cause: 'La clé publique qui signe ces comptages n’est pas enregistrée par la région.',
    remedy: 'Transmettre la clé publique de l’installation à la région, qui l’enregistre avec ses établissements.',
    http: 401,
  }),
  revokedKey: region('TDU-REG-002', {
    title: 'Région : clé révoquée',
    cause: 'La région a révoqué la clé de cette installation : ses comptages ne sont plus pris.',
    remedy: 'Produire une nouvelle paire de clés et faire enregistrer la nouvelle clé publique par la région.',
    http: 403,
  }),
  wrongSignature: region('TDU-REG-003', {
    title: 'Région : signature fausse',
    cause: 'La signature ne correspond pas aux octets reçus : ils ont été modifiés, ou signés par une autre clé.',
    remedy:
      'Vérifier la clé privée déclarée par l’installation (region.push.key), et qu’aucun intermédiaire ne modifie le corps des appels.',
    http: 401,
  }),
  unfitCounts: region('TDU-REG-004', {
    title: 'Région : comptages hors du format',
    cause:
      'Le contenu n’est pas celui qui est attendu : seuls des comptages, des numéros FINESS, des mois et des codes de listes closes sont pris. Rien n’a été enregistré.',
    remedy: 'Mettre les deux installations à la même version, puis laisser l’envoi reprendre.',
    http: 400,
  }),
  outOfOrder: region('TDU-REG-005', {
    title: 'Région : envoi hors de son ordre',
    cause:
      'Le numéro de séquence n’est pas le suivant : envoi déjà pris, rejoué avec un autre contenu, ou installation restaurée.',
    owner: 'aucun',
    remedy:
      'Aucune action : l’installation émettrice lit le numéro attendu et envoie de nouveau ce qui manque. Si cela se répète, une copie de l’installation émet avec la même clé.',
    retry: 'automatic',
    http: 409,
  }),
  foreignEstablishment: region('TDU-REG-006', {
    title: 'Région : établissement d’une autre installation',
    cause: 'Ces comptages concernent un établissement pour lequel cette clé n’est pas enregistrée.',
    remedy: 'Faire ajouter l’établissement à l’installation par la région, ou le retirer de la configuration.',
    http: 403,
  }),
  unfitKey: region('TDU-REG-007', {
    title: 'Région : clé publique inutilisable',
    cause: 'Ce texte n’est pas une clé publique Ed25519 au format PEM, ou cette clé est déjà enregistrée.',
    remedy: 'Coller le fichier que donne « openssl pkey -pubout », et lui seul : jamais une clé privée.',
    http: 400,
  }),
  unfitEstablishments: region('TDU-REG-008', {
    title: 'Région : établissements de l’installation',
    cause: 'La liste est vide, un numéro FINESS est mal formé, ou un établissement appartient à cette installation-ci.',
    remedy: 'Donner un numéro FINESS géographique de neuf caractères par ligne, suivi du nom de l’établissement.',
    http: 400,
  }),
  regionAway: region('TDU-REG-009', {
    title: 'Région : injoignable',
    cause: 'L’adresse de la région ne répond pas, ou sa réponse a été perdue.',
    owner: 'aucun',
    remedy:
      'Aucune action : les comptages sont gardés et partent au prochain passage. Prévenir la région si cela dure.',
    retry: 'automatic',
    http: 503,
  }),
  missingColumns: region('TDU-REG-020', {
    title: 'Import régional : colonnes manquantes',
    cause: 'La première ligne du fichier ne nomme pas toutes les colonnes obligatoires.',
    remedy:
      'Nommer au moins « finess_eg », « finess_ej », « mois » et « documents », séparées par des points-virgules.',
    http: 400,
  }),
  unreadableFile: region('TDU-REG-021', {
    title: 'Import régional : fichier illisible',
    cause: 'Le fichier n’est pas un CSV en UTF-8, est vide, ou compte trop de lignes.',
    remedy: 'Enregistrer de nouveau le fichier en CSV (UTF-8) ; au-delà de la limite, l’importer en plusieurs fois.',
    http: 400,
  }),
  wrongFiness: region('TDU-REG-022', {
    title: 'Import régional : numéro FINESS mal formé',
    cause: 'Un numéro FINESS de neuf caractères est attendu. Un tableur enlève souvent le zéro du début.',
    remedy: 'Mettre la colonne au format texte et reprendre le numéro du répertoire FINESS.',
    http: 400,
  }),
  wrongMonth: region('TDU-REG-023', {
    title: 'Import régional : mois illisible ou à venir',
    cause: 'Le mois s’écrit AAAA-MM ou MM/AAAA, et ne peut pas être après le mois en cours.',
    remedy: 'Corriger le mois de la ligne.',
    http: 400,
  }),
  wrongCount: region('TDU-REG-024', {
    title: 'Import régional : nombre illisible',
    cause: 'Un nombre entier, positif ou nul, est attendu ; une partie ne peut pas dépasser son total.',
    remedy: 'Corriger le nombre de la ligne ; laisser la cellule vide quand le chiffre n’est pas connu.',
    http: 400,
  }),
  wrongKind: region('TDU-REG-025', {
    title: 'Import régional : nature d’identité inconnue',
    cause: 'La nature d’identité est INS, NIR ou INS-C.',
    remedy: 'Corriger la ligne, ou laisser la cellule vide quand la nature n’est pas connue.',
    http: 400,
  }),
  repeatedLine: region('TDU-REG-026', {
    title: 'Import régional : ligne en double',
    cause: 'Le fichier donne deux fois le même établissement et le même mois : la première ligne est prise.',
    remedy: 'Ne garder qu’une ligne par établissement et par mois.',
    http: 400,
  }),
  unfitSource: region('TDU-REG-027', {
    title: 'Import régional : source ou date manquante',
    cause: 'Un chiffre importé garde sa source et sa date : elles sont obligatoires.',
    remedy: 'Indiquer qui a publié ces chiffres, et leur date (AAAA-MM-JJ), qui n’est pas à venir.',
    http: 400,
  }),
  unfitThreshold: region('TDU-REG-028', {
    title: 'Règle de vigilance : seuil impossible',
    cause: 'Le seuil est un nombre entier dans les limites de sa règle.',
    remedy: 'Corriger le seuil ; pour ne plus appliquer la règle, la désactiver.',
    http: 400,
  }),
  unknownProduct: region('TDU-REG-029', {
    title: 'Import régional : produit inconnu du catalogue',
    cause: 'Un produit de la ligne n’est pas au catalogue des produits à migrer.',
    remedy: 'Écrire son nom et sa version comme au catalogue, ou l’y ajouter, puis reprendre la ligne.',
    http: 400,
  }),
  noFeed: region('TDU-REG-040', {
    title: 'Vigilance : plus d’alimentation',
    cause: 'Aucun document n’a été ajouté au DMP par cet établissement depuis trop longtemps.',
    owner: 'interopérabilité',
    remedy:
      'Appeler l’établissement : panne, connecteur arrêté, certificat échu, ou identités qui ne se qualifient plus.',
    http: 409,
  }),
  oldIdentity: region('TDU-REG-041', {
    title: 'Vigilance : encore sous une ancienne identité',
    cause:
      'L’établissement alimente encore par l’API V1 (INS-C), ou par l’API V2 avec un NIR issu de TD0.0, fermés l’un et l’autre.',
    owner: 'interopérabilité',
    remedy: 'Ouvrir le plan de migration de l’établissement : la prochaine étape et ce qui la bloque y sont nommés.',
    http: 409,
  }),
  qualifiedRateFalls: region('TDU-REG-042', {
    title: 'Vigilance : le taux d’identités qualifiées baisse',
    cause: 'La part des identités qualifiées de la file active a baissé d’un mois sur l’autre.',
    owner: 'identitovigilance',
    remedy:
      'Voir avec la cellule d’identitovigilance : bureau d’entrées qui ne contrôle plus, INSi indisponible, reprise.',
    http: 409,
  }),
  feedFalls: region('TDU-REG-043', {
    title: 'Vigilance : l’alimentation baisse',
    cause: 'Le dernier mois complet compte nettement moins de documents que la moyenne des trois mois précédents.',
    owner: 'interopérabilité',
    remedy: 'Comparer les flux de l’établissement mois par mois : un service, une application ou un type manque.',
    http: 409,
  }),
  refusalsHigh: region('TDU-REG-044', {
    title: 'Vigilance : beaucoup de documents refusés',
    cause: 'Une part importante des documents reçus dans le mois a été refusée.',
    owner: 'interopérabilité',
    remedy: 'Ouvrir les motifs de refus : la règle la plus fréquente dit qui corrige et comment.',
    http: 409,
  }),
  noCounts: region('TDU-REG-045', {
    title: 'Vigilance : plus de comptages reçus',
    cause: 'L’installation de cet établissement n’a plus rien transmis à la région depuis trop longtemps.',
    remedy:
      'Appeler l’établissement : installation arrêtée, liaison coupée, ou clé révoquée. Les comptages se rattrapent seuls.',
    http: 409,
  }),
} satisfies Record<string, Rule>;
