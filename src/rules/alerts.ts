import type { Owner, Rule } from './rule.ts';

/** Nothing was refused: something is wrong, or soon will be, and somebody has to look. */
function alertRule(id: string, owner: Owner, title: string, cause: string, remedy: string, source?: string): Rule {
  const rule = { id, title, cause, owner, remedy, retry: 'automatic', safeToResend: true, http: 503 } as const;
  return source === undefined ? rule : { ...rule, source };
}

/** Rules `TDU-ALR-nnn`: what an alert is about. One message goes when it starts, one when it ends. */
export const alertRules = {
  serviceDown: alertRule(
    'TDU-ALR-001',
    'exploitation',
    'Un service national ne répond plus',
    'Le circuit du service est ouvert depuis longtemps : les appels échouent, le travail attend.',
    "Lancer « doctor » : réseau, pare-feu, certificat. Si la panne est nationale, attendre : rien n'est perdu, tout repart seul.",
    'T-R4, T-R5',
  ),
  nothingAccepted: alertRule(
    'TDU-ALR-002',
    'exploitation',
    'Plus aucun document accepté alors que des documents sont prêts',
    "Des documents sont prêts à partir depuis longtemps et le DMP n'en a accepté aucun depuis.",
    'Ouvrir la page « À traiter » pour lire le motif, puis vérifier le service, le certificat et les processus de travail.',
  ),
  backlogOld: alertRule(
    'TDU-ALR-003',
    'exploitation',
    'Une file de travail prend du retard',
    "Du travail dont l'heure est venue attend depuis longtemps d'être pris.",
    'Vérifier que les processus de travail tournent et que la base répond ; au besoin en ajouter (workers.concurrency).',
  ),
  waitingOld: alertRule(
    'TDU-ALR-004',
    'exploitation',
    'Des documents attendent depuis trop longtemps',
    'Des documents de cet établissement attendent pour la même raison au-delà du délai que le site accepte.',
    "Transmettre à l'équipe nommée par la règle citée ; la page « À traiter » donne la liste.",
  ),
  refusalsJump: alertRule(
    'TDU-ALR-005',
    'interopérabilité',
    'Le taux de refus augmente brusquement',
    'La part des documents refusés dépasse nettement celle des jours précédents : une application a sans doute changé.',
    'Ouvrir les documents refusés de la dernière heure, lire la règle qui revient, prévenir son éditeur.',
  ),
  unknownOld: alertRule(
    'TDU-ALR-006',
    'exploitation',
    "Des envois restent d'issue inconnue",
    "Le DMP n'a pas encore dit s'il détient ces documents ; ils ne sont pas renvoyés à l'aveugle.",
    'Vérifier que le DMP répond aux recherches (TD3.1b). Ne rien renvoyer à la main.',
    'T-R3',
  ),
  senderSilent: alertRule(
    'TDU-ALR-007',
    'interopérabilité',
    "Une application n'envoie plus rien",
    "Aucun message de cette application n'est arrivé depuis plus longtemps que le délai déclaré (silentAfterMinutes).",
    "Vérifier l'application émettrice, son moteur d'interfaces et le réseau.",
  ),
  certificateExpiring: alertRule(
    'TDU-ALR-008',
    'exploitation',
    'Un certificat expire bientôt',
    "Le certificat cité arrive au terme de sa validité ; à l'échéance les échanges s'arrêtent.",
    "Demander son renouvellement à l'IGC-Santé et remplacer les fichiers : la passerelle prend le nouveau certificat seule.",
    'T-R16',
  ),
  certificateUnfit: alertRule(
    'TDU-ALR-009',
    'exploitation',
    'Un certificat est inutilisable',
    "Le certificat cité est illisible, expiré, d'une autre structure, ou ne correspond pas à sa clé.",
    "Installer le certificat de l'entité juridique déclarée et sa clé : la passerelle le prend seule, les envois reprennent.",
    'T-R16',
  ),
  diskNearlyFull: alertRule(
    'TDU-ALR-010',
    'exploitation',
    'Le disque est presque plein',
    "Il reste peu de place, ou peu d'inodes, sous le dossier de l'installation.",
    'Agrandir le volume ou faire de la place ; vérifier les règles de conservation (retention).',
    'T-R8',
  ),
  diskUnwritable: alertRule(
    'TDU-ALR-011',
    'exploitation',
    "Le disque n'accepte plus d'écriture",
    "Un fichier d'essai n'a pas pu être écrit dans le dossier de l'installation : disque plein, inodes épuisés ou lecture seule.",
    "Rétablir l'écriture sur le volume ; la réception reprend seule.",
    'T-R8',
  ),
  databaseAway: alertRule(
    'TDU-ALR-012',
    'exploitation',
    "La base n'enregistre plus : la réception refuse les messages",
    'La base ne répond pas ou refuse les écritures. Les émetteurs reçoivent un acquittement négatif et gardent leurs messages.',
    "Vérifier PostgreSQL et l'espace disque ; la réception et le travail reprennent seuls, sans intervention en base.",
    'T-R8',
  ),
  intakeRefusing: alertRule(
    'TDU-ALR-013',
    'exploitation',
    'Des messages sont refusés faute de pouvoir les enregistrer',
    "La réception a rendu des acquittements négatifs parce que l'enregistrement a échoué.",
    'Vérifier la base et le disque ; les émetteurs renvoient, rien de ce qui a été acquitté n’est perdu.',
    'T-R8',
  ),
  clockDrift: alertRule(
    'TDU-ALR-014',
    'exploitation',
    "L'horloge de la machine diffère de celle de la base",
    'Les délais et les heures transmises au DMP dépendent de ces deux horloges.',
    'Vérifier la synchronisation NTP des deux machines.',
    'T-R13',
  ),
  sealerLate: alertRule(
    'TDU-ALR-015',
    'exploitation',
    'Les preuves ne sont plus scellées',
    "Des lignes du registre des preuves ou du journal des accès attendent d'être chaînées.",
    'Vérifier que la passerelle tourne et que la base accepte les écritures.',
  ),
  chainBroken: alertRule(
    'TDU-ALR-016',
    'exploitation',
    'Une chaîne de preuve est rompue',
    "Une ligne du registre des preuves ou du journal des accès n'est plus celle qui a été scellée.",
    'Ne rien corriger : prévenir le responsable de la sécurité, conserver la base, comparer avec la dernière sauvegarde.',
  ),
  answersUndelivered: alertRule(
    'TDU-ALR-017',
    'interopérabilité',
    'Des acquittements métier ne sont pas remis',
    "L'application émettrice ne prend plus ses acquittements métier (ZAM).",
    'Vérifier son écoute et la route déclarée (answers) ; la remise est relancée automatiquement.',
  ),
  workersSilent: alertRule(
    'TDU-ALR-018',
    'exploitation',
    'Aucun processus de travail ne tourne',
    "Du travail attend et aucun processus de travail n'est connecté à la base.",
    'Démarrer un processus qui travaille ; il reprend ce qui attend.',
  ),
  noticesFailed: alertRule(
    'TDU-ALR-019',
    'exploitation',
    "Des alertes n'ont pas pu être envoyées",
    "Le serveur de courrier ou le point d'appel déclaré a refusé des alertes après plusieurs essais.",
    "Vérifier la section « alerts » de la configuration avec le bouton d'essai de la page Alertes.",
  ),
} satisfies Record<string, Rule>;
