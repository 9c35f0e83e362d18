import type { Rule } from './rule.ts';

/** Where the acknowledgement codes come from: CI-SIS « Transmission de documents CDA en HL7v2 » 2.1, tables 0357 and 0533. */
const EDITOR = 'éditeur du logiciel émetteur' as const;

type Parts = Pick<Rule, 'id' | 'title' | 'cause' | 'remedy'> & Partial<Rule>;

/** What most refusals of an HL7 message share: the sender's software corrects, then sends again; ERR-3 says how. */
function syntax(err3: string, parts: Parts): Rule {
  return {
    owner: EDITOR,
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    hl7: { ack: 'AE', err3 },
    source: 'CI-SIS Transmission de documents CDA en HL7v2 2.1',
    ...parts,
  };
}

/** Without an MSH that can be read there is nobody to answer: no code, and MLLP closes the connection. */
function unanswerable(parts: Parts): Rule {
  const { hl7: _none, ...rule } = syntax('', parts);
  return {
    ...rule,
    cause: `${parts.cause} Sans en-tête lisible aucun acquittement ne peut être écrit : le message est conservé dans Messages arrêtés, et la connexion MLLP est fermée.`,
  };
}

/** Transport refusals: the content is not judged, the same message may be sent again. */
function transport(parts: Parts): Rule {
  return {
    owner: 'exploitation',
    retry: 'automatic',
    safeToResend: true,
    http: 400,
    hl7: { ack: 'AR', err3: '207', err5: '906' },
    source: 'hostile.md, MLLP',
    ...parts,
  };
}

/** Rules `TDU-HL7-nnn`. */
export const hl7Rules = {
  mshMissing: unanswerable({
    id: 'TDU-HL7-001',
    title: 'Le message ne commence pas par un segment MSH',
    cause: 'Les octets reçus ne sont pas un message HL7 v2 : l’en-tête MSH est absent ou incomplet.',
    remedy: 'Envoyer un message HL7 v2 dont le premier segment est MSH.',
  }),
  secondHeader: syntax('100', {
    id: 'TDU-HL7-002',
    title: 'Un second segment MSH se trouve dans le message',
    cause: 'Deux messages ont été collés, ou un saut de ligne non échappé coupe un champ.',
    remedy: 'Envoyer un seul message par trame et échapper les sauts de ligne des champs (\\X0D\\).',
  }),
  delimitersInvalid: unanswerable({
    id: 'TDU-HL7-003',
    title: 'Les délimiteurs déclarés en MSH-1 et MSH-2 sont inutilisables',
    cause: 'Un délimiteur est absent, répété, alphanumérique ou hors ASCII.',
    remedy: 'Déclarer cinq délimiteurs distincts, par exemple |^~\\&.',
  }),
  segmentMalformed: syntax('100', {
    id: 'TDU-HL7-004',
    title: 'Une ligne du message n’est pas un segment HL7',
    cause: 'La ligne ne commence pas par un nom de segment suivi du séparateur de champs.',
    remedy: 'Échapper les sauts de ligne contenus dans les champs, puis renvoyer le message.',
  }),
  tooManyParts: syntax('198', {
    id: 'TDU-HL7-005',
    title: 'Le message contient trop de segments, de champs ou de répétitions',
    cause:
      'Le nombre de segments, de champs d’un segment ou de répétitions d’un champ dépasse la limite de la passerelle.',
    remedy: 'Vérifier la production du message ; découper l’envoi s’il est légitime.',
  }),
  encodingUnsupported: syntax('103', {
    id: 'TDU-HL7-006',
    title: 'Le jeu de caractères déclaré en MSH-18 n’est pas accepté',
    cause: 'Seuls UNICODE UTF-8, 8859/1 et 8859/15 sont lus.',
    remedy: 'Déclarer en MSH-18, et utiliser, l’un de ces jeux de caractères.',
  }),
  encodingMissing: syntax('101', {
    id: 'TDU-HL7-007',
    title: 'Le jeu de caractères (MSH-18) n’est pas déclaré',
    cause: 'MSH-18 est vide et aucun jeu par défaut n’est configuré pour cette source.',
    remedy: 'Renseigner MSH-18, ou déclarer le jeu par défaut de cette source dans la configuration.',
  }),
  encodingIllegible: syntax('102', {
    id: 'TDU-HL7-008',
    title: 'Encodage illisible',
    cause: 'Les octets du message ne correspondent pas au jeu de caractères déclaré en MSH-18.',
    remedy: 'Faire coïncider MSH-18 avec l’encodage réel du message, puis le renvoyer.',
    source: 'design.md 7',
  }),
  headerFieldMissing: syntax('101', {
    id: 'TDU-HL7-009',
    title: 'Un champ obligatoire de l’en-tête MSH est absent',
    cause: 'Sans ce champ le message ne peut être ni identifié ni acquitté correctement.',
    remedy: 'Renseigner le champ indiqué, puis renvoyer le message.',
  }),
  frameTooLarge: transport({
    id: 'TDU-HL7-010',
    title: 'La trame MLLP dépasse la taille maximale',
    cause: 'Le message est plus gros que la limite de la passerelle (64 Mo par défaut).',
    owner: EDITOR,
    remedy: 'Réduire le document transmis, ou faire relever la limite par l’exploitation.',
    retry: 'after-correction',
    http: 413,
  }),
  frameIncomplete: transport({
    id: 'TDU-HL7-011',
    title: 'Trame MLLP inachevée',
    cause: 'La connexion s’est arrêtée ou a trop tardé avant la fin de la trame ; rien n’a été pris en compte.',
    remedy: 'Vérifier le réseau et l’émetteur ; renvoyer le message.',
  }),
  junkOutsideFrame: transport({
    id: 'TDU-HL7-012',
    title: 'Données reçues hors de toute trame MLLP',
    cause: 'Le correspondant envoie autre chose que des trames MLLP (0x0B … 0x1C 0x0D).',
    owner: EDITOR,
    remedy: 'Vérifier le protocole et le port configurés chez l’émetteur.',
    retry: 'after-correction',
  }),
  tooManyConnections: transport({
    id: 'TDU-HL7-013',
    title: 'Trop de connexions MLLP simultanées',
    cause: 'Le nombre maximal de connexions de la passerelle est atteint.',
    remedy: 'Fermer les connexions inutiles, ou relever la limite.',
    http: 503,
  }),
  clientCertificateRefused: transport({
    id: 'TDU-HL7-014',
    title: 'Connexion TLS refusée',
    cause: 'Le correspondant n’a pas présenté de certificat client reconnu, ou la négociation TLS a échoué.',
    remedy: 'Installer chez l’émetteur un certificat délivré par l’autorité acceptée et TLS 1.2 ou plus.',
    retry: 'after-correction',
    http: 403,
    source: 'design.md 8',
  }),
  notRecorded: transport({
    id: 'TDU-HL7-015',
    title: 'Le message n’a pas pu être enregistré',
    cause: 'La passerelle n’a pas pu écrire le message de façon durable ; elle ne l’a donc pas pris en charge.',
    remedy: 'Renvoyer le message plus tard ; l’exploitation vérifie le disque et la base de données.',
    http: 503,
    source: 'design.md 6, promesse 1',
  }),
  typeUnsupported: syntax('200', {
    id: 'TDU-HL7-020',
    title: 'Type ou structure de message non pris en charge',
    cause: 'La passerelle lit les messages ADT (identité, venue), MDM et ORU (documents).',
    remedy: 'Vérifier MSH-9 et le routage des messages vers la passerelle.',
  }),
  eventUnsupported: syntax('201', {
    id: 'TDU-HL7-021',
    title: 'Événement non pris en charge',
    cause: 'L’événement de MSH-9 ne fait pas partie de ceux que la passerelle accepte.',
    remedy: 'Ne router vers la passerelle que les événements convenus (liste dans docs/fr/interoperabilite.md).',
  }),
  processingIdUnexpected: syntax('202', {
    id: 'TDU-HL7-022',
    title: 'Environnement du message inattendu (MSH-11)',
    cause: 'Le message est marqué production, test ou mise au point, et cette installation n’accepte pas cette marque.',
    remedy: 'Vérifier que l’émetteur vise la bonne installation, puis corriger MSH-11.',
  }),
  versionUnsupported: syntax('203', {
    id: 'TDU-HL7-023',
    title: 'Version HL7 non prise en charge (MSH-12)',
    cause: 'La version déclarée n’est pas celle qu’attend le profil du message.',
    remedy: 'Envoyer la version du profil (2.6 pour MDM du volet CI-SIS, 2.5 pour PAM France).',
  }),
  profileNotForFeeding: syntax('207', {
    id: 'TDU-HL7-024',
    title: 'Ce message est destiné à un dossier patient, pas à la passerelle',
    cause: 'Son profil (MSH-21) est celui des documents reçus par MSSanté et remis à un logiciel de soins.',
    remedy: 'Corriger le routage ; un document reçu par MSSanté n’est pas réalimenté par l’établissement.',
    hl7: { ack: 'AE', err3: '207', err5: '906' },
    source: 'CI-SIS Transmission au LPS d’un document CDA provenant d’un courriel MSSanté 1.1',
  }),
  segmentMissing: syntax('100', {
    id: 'TDU-HL7-030',
    title: 'Un segment obligatoire est absent',
    cause: 'Le profil du message exige ce segment.',
    remedy: 'Ajouter le segment indiqué, puis renvoyer le message.',
  }),
  fieldMissing: syntax('101', {
    id: 'TDU-HL7-031',
    title: 'Un champ obligatoire est absent',
    cause: 'Le profil du message exige ce champ.',
    remedy: 'Renseigner le champ indiqué, puis renvoyer le message.',
  }),
  valueUnexpected: syntax('103', {
    id: 'TDU-HL7-032',
    title: 'Un champ porte une valeur qui n’est pas admise',
    cause: 'La valeur ne figure pas parmi celles que le profil admet pour ce champ.',
    remedy: 'Corriger la valeur du champ indiqué, puis renvoyer le message.',
  }),
  sexUnexpected: syntax('103', {
    id: 'TDU-HL7-068',
    title: 'Le sexe (PID-8) n’est pas une valeur admise',
    cause: 'Le champ porte autre chose que M, F ou une des valeurs d’un sexe indéterminé (U, A, O, N, I).',
    remedy: 'Envoyer M ou F, ou U quand le sexe est indéterminé ; ne pas y mettre un code propre au logiciel.',
    source: 'ins.md 5.2, HL7 table 0001',
  }),
  segmentRepeated: syntax('198', {
    id: 'TDU-HL7-033',
    title: 'Un segment qui doit être unique est répété',
    cause: 'Le message contient plusieurs fois ce segment : il mélange peut-être deux patients ou deux documents.',
    remedy: 'Envoyer un message par patient et par document.',
  }),
  ippMissing: syntax('101', {
    id: 'TDU-HL7-040',
    title: 'Le patient n’a pas d’IPP dans PID-3',
    cause: 'Aucune répétition de PID-3 n’est un identifiant de type PI avec son autorité.',
    remedy: 'Renseigner l’IPP sous la forme valeur^^^autorité&OID&ISO^PI.',
    source: 'PAM France 2.11, ins.md 5.2',
  }),
  birthNameMissing: syntax('101', {
    id: 'TDU-HL7-041',
    title: 'Le nom de naissance est absent',
    cause: 'PID-5 n’a pas de répétition de type L portant le nom de naissance.',
    remedy: 'Renseigner PID-5 sous la forme NOM^PREMIER PRÉNOM^LISTE DES PRÉNOMS^^^^L.',
    source: 'PAM France 2.11, ins.md 5.2',
  }),
  firstGivenNameMissing: syntax('101', {
    id: 'TDU-HL7-042',
    title: 'Le premier prénom de naissance est absent',
    cause: 'La répétition L de PID-5 ne porte pas de prénom.',
    remedy: 'Renseigner le premier prénom de naissance dans la deuxième composante de PID-5.',
    source: 'PAM France 2.11, ins.md 5.2',
  }),
  severalIns: syntax('198', {
    id: 'TDU-HL7-043',
    title: 'Plusieurs matricules INS pour un même patient',
    cause: 'PID-3 porte plusieurs répétitions INS de valeurs différentes : laquelle croire n’est pas décidable.',
    owner: 'identitovigilance',
    remedy: 'Vérifier l’identité à la source, puis renvoyer le message avec un seul INS actif.',
    source: 'ins.md 5.2',
  }),
  identityStatusContradictory: syntax('103', {
    id: 'TDU-HL7-044',
    title: 'Statut d’identité contradictoire (PID-32)',
    cause: 'PID-32 dit à la fois PROV et VALI.',
    remedy: 'Envoyer PROV ou VALI, une seule fois.',
    source: 'ins.md 5.2',
  }),
  controlCharacter: syntax('102', {
    id: 'TDU-HL7-045',
    title: 'Caractère de contrôle dans une donnée d’identité',
    cause: 'Un saut de ligne ou un autre caractère de contrôle se trouve dans un identifiant ou un trait.',
    remedy: 'Corriger la donnée à la source, puis renvoyer le message.',
    source: 'hostile.md, HL7v2 injection',
  }),
  movementIncoherent: syntax('207', {
    id: 'TDU-HL7-046',
    title: 'Le mouvement (ZBE) contredit l’événement du message',
    cause: 'Une annulation (A11, A12, A13) porte l’action CANCEL, un autre événement INSERT ou UPDATE.',
    remedy: 'Corriger ZBE-4 ou l’événement de MSH-9, puis renvoyer le message.',
    hl7: { ack: 'AE', err3: '207', err5: '906' },
    source: 'PAM France 2.11, ZBE',
  }),
  visitUnnamed: syntax('101', {
    id: 'TDU-HL7-047',
    title: 'Mouvement sans numéro de venue',
    cause: 'L’identité a été prise en compte, mais sans PV1-19 le mouvement ne se rattache à aucun séjour.',
    remedy: 'Renseigner le numéro de venue (PV1-19) dans les messages de mouvement.',
    source: 'PAM France 2.11, PV1-19',
  }),
  visitOfAnother: syntax('207', {
    id: 'TDU-HL7-048',
    title: 'Numéro de venue déjà attribué à un autre patient',
    cause:
      'L’identité a été prise en compte, mais cette venue (PV1-19) est celle d’un autre patient : rien n’y change.',
    owner: 'identitovigilance',
    remedy: 'Vérifier le numéro de venue à la source ; s’il s’agit d’une même personne, demander la fusion (A40).',
    source: 'hostile.md, HL7v2 injection',
  }),
  movementUnknown: syntax('207', {
    id: 'TDU-HL7-049',
    title: 'Annulation d’un mouvement qui n’est pas désigné',
    cause: 'Le message annule un transfert sans le nommer (ZBE-1), et la venue n’en a aucun.',
    remedy: 'Nommer en ZBE-1 le mouvement à annuler.',
    source: 'PAM France 2.11, ZBE',
  }),
  orderIncoherent: syntax('207', {
    id: 'TDU-HL7-050',
    title: 'La demande est contradictoire (événement, ORC-1, OBX-11)',
    cause: 'Créer se dit T02, NW, F ; remplacer T10, RO, C ; supprimer T04, CA, D. Ici les trois ne concordent pas.',
    remedy: 'Corriger le champ indiqué pour que les trois valeurs disent la même demande.',
    hl7: { ack: 'AE', err3: '207', err5: '906' },
  }),
  senderMissing: syntax('100', {
    id: 'TDU-HL7-051',
    title: 'L’expéditeur du document est absent (segment PRT « SB »)',
    cause: 'Un document destiné au DMP doit dire quel professionnel ou dispositif, et quelle structure, l’envoient.',
    remedy: 'Ajouter après l’OBX du document un segment PRT SB complet (personne ou dispositif, et structure).',
    source: 'SC.DMP/CONF.12',
  }),
  recipientMissing: syntax('100', {
    id: 'TDU-HL7-052',
    title: 'Aucun destinataire MSSanté (segment PRT « RCT »)',
    cause: 'Le message demande un envoi par MSSanté sans donner d’adresse.',
    remedy: 'Ajouter un segment PRT RCT avec l’adresse MSSanté en PRT-15.4, ou mettre la demande à N.',
  }),
  destinationsOutsideMatrix: syntax('207', {
    id: 'TDU-HL7-053',
    title: 'Visibilité et destinataires MSSanté incompatibles',
    cause:
      'Un document masqué n’est pas envoyé à celui à qui il est masqué ; cette combinaison n’est pas prévue par le volet.',
    remedy: 'Revoir MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REP_LEGAUX, DESTMSSANTEPS et DESTMSSANTEPAT.',
    hl7: { ack: 'AE', err3: '207', err5: '906' },
    source: 'CI-SIS Transmission de documents CDA en HL7v2 2.1, règles de gestion MSSanté',
  }),
  flagMissing: syntax('100', {
    id: 'TDU-HL7-054',
    title: 'Une métadonnée DMP/MSSanté obligatoire est absente',
    cause: 'Le profil exige un segment OBX pour chacune des dix métadonnées (MASQUE_PS … ACK_LECTURE_MSS).',
    remedy: 'Ajouter l’OBX de la métadonnée indiquée, avec Y ou N.',
  }),
  documentMissing: syntax('100', {
    id: 'TDU-HL7-055',
    title: 'Le message ne contient pas de document',
    cause: 'Aucun segment OBX de type ED ne porte de document.',
    remedy: 'Joindre le document dans OBX-5, encodé en Base64.',
  }),
  severalDocuments: syntax('198', {
    id: 'TDU-HL7-056',
    title: 'Trop de documents dans un même message',
    cause: 'Un message MDM transporte exactement un document, un message ORU un ou deux.',
    remedy: 'Envoyer un message par document.',
  }),
  base64Broken: syntax('102', {
    id: 'TDU-HL7-057',
    title: 'Le document est tronqué ou mal encodé (Base64)',
    cause: 'OBX-5.5 n’est pas un Base64 complet : des caractères étrangers s’y trouvent ou la fin manque.',
    remedy: 'Renvoyer le document entier, encodé en Base64.',
    source: 'design.md 7',
  }),
  contentEncodingUnsupported: syntax('102', {
    id: 'TDU-HL7-058',
    title: 'Encodage du document non pris en charge (OBX-5.4)',
    cause: 'Seul Base64 est accepté.',
    remedy: 'Encoder le document en Base64 et l’indiquer en OBX-5.4.',
  }),
  formatUnsupported: syntax('103', {
    id: 'TDU-HL7-059',
    title: 'Format de document non reconnu',
    cause: 'Les formats lus sont CDA (XML), PDF, texte, RTF, JPEG et TIFF.',
    remedy: 'Envoyer l’un de ces formats et le déclarer en OBX-5.2 et OBX-5.3.',
  }),
  documentNumberInvalid: syntax('102', {
    id: 'TDU-HL7-060',
    title: 'Identifiant de document inutilisable (TXA-12 ou TXA-13)',
    cause: 'L’identifiant n’est ni un OID, ni une extension suivie de la racine OID et de ISO.',
    remedy: 'Renseigner l’OID du document, ou extension^^racine^ISO.',
  }),
  documentNotValidated: syntax('103', {
    id: 'TDU-HL7-061',
    title: 'Le document n’est pas validé (TXA-17)',
    cause: 'Seul un document authentifié (AU) ou légalement authentifié (LA) peut partir.',
    owner: 'médecin auteur',
    remedy: 'Valider le document, puis le renvoyer.',
  }),
  typeCodesDiffer: syntax('207', {
    id: 'TDU-HL7-062',
    title: 'Le type du document n’est pas le même partout',
    cause: 'OBR-4, TXA-2 et OBX-3 doivent porter le même code.',
    remedy: 'Renseigner le même code de type dans les trois champs.',
    hl7: { ack: 'AE', err3: '207', err5: '906' },
  }),
  cdaPatientDiffers: syntax('207', {
    id: 'TDU-HL7-063',
    title: 'Le patient du CDA n’est pas celui du message',
    cause: 'Un identifiant de PID-3 diffère de celui porté par le CDA (recordTarget/patientRole/id).',
    owner: 'identitovigilance',
    remedy: 'Vérifier à quel patient appartient le document ; l’annuler chez l’émetteur si le patient est faux.',
    hl7: { ack: 'AE', err3: '207', err5: '904' },
    source: 'CI-SIS Transmission de documents CDA en HL7v2 2.1, PID-3',
  }),
  cdaWithoutIns: syntax('207', {
    id: 'TDU-HL7-064',
    title: 'Le CDA ne porte pas l’INS que donne le message',
    cause: 'PID-3 porte une INS et le CDA n’en porte pas.',
    remedy: 'Produire le CDA avec l’INS du patient (recordTarget/patientRole/id), puis le renvoyer.',
    hl7: { ack: 'AE', err3: '207', err5: '903' },
    source: 'CI-SIS Transmission de documents CDA en HL7v2 2.1, PID-3',
  }),
  nothingDesignated: syntax('101', {
    id: 'TDU-HL7-066',
    title: 'La demande ne désigne aucun document',
    cause: 'Un remplacement ou une suppression doit nommer le document concerné, et ce nom est absent.',
    remedy:
      'Renseigner TXA-13 (remplacement), TXA-12 (suppression) ou OBR-3 (ORU), ou la référence RPLC du CDA, puis renvoyer.',
  }),
  formatNotExpected: syntax('103', {
    id: 'TDU-HL7-067',
    title: 'Format de document que cette application n’est pas censée envoyer',
    cause: 'La configuration de la source refuse ce format brut (rawFormats).',
    owner: 'interopérabilité',
    remedy: 'Faire envoyer un format admis, ou admettre celui-ci dans la configuration de la source.',
    source: 'cda-cisis.md 5',
  }),
  cdaUnreadable: syntax('102', {
    id: 'TDU-HL7-065',
    title: 'Le document annoncé comme CDA n’est pas un XML lisible',
    cause: 'Le contenu d’OBX-5 est tronqué, mal formé, ou contient une déclaration DOCTYPE interdite.',
    remedy: 'Renvoyer un document CDA bien formé, sans DOCTYPE.',
  }),
} satisfies Record<string, Rule>;
