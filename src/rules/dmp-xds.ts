/** The error codes that a registry or repository may answer to a submission, an update or a query. Source: dmp.md 6. */
import type { Owner, Rule } from './rule.ts';

interface Explanation {
  readonly id: string;
  readonly title: string;
  readonly cause: string;
  readonly owner: Owner;
  readonly remedy: string;
}

/** The document was refused for what it is: the same bytes will be refused again. */
function corrected(explanation: Explanation): Rule {
  return { ...explanation, retry: 'after-correction', safeToResend: true, http: 422, source: 'dmp.md 6' };
}

/** The service could not take it now, and says that it did not. */
function later(explanation: Explanation): Rule {
  return { ...explanation, retry: 'automatic', safeToResend: true, http: 503, source: 'dmp.md 6' };
}

/** The identifier is already there: an earlier attempt may have succeeded, the DMP must be asked before anything. */
function askFirst(explanation: Explanation): Rule {
  return { ...explanation, retry: 'automatic', safeToResend: false, http: 409, source: 'dmp.md 6' };
}

const BUSY =
  'Aucune action : l’envoi est repris automatiquement. Si la situation dure, consulter l’état du service DMP.';

export const xdsRules = {
  InvalidDocumentContent: corrected({
    id: 'TDU-DMP-101',
    title: 'Le DMP refuse le contenu du document',
    cause:
      'Le contenu ne correspond pas au type ou au format annoncé (CDA invalide, en-tête incohérent, fichier altéré).',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Corriger le document dans l’application qui l’a produit, puis le renvoyer.',
  }),
  PartialReplaceContentNotProcessed: corrected({
    id: 'TDU-DMP-102',
    title: 'Le DMP refuse un remplacement partiel',
    cause: 'L’envoi remplace un document d’une façon que le DMP ne prend pas en charge.',
    owner: 'interopérabilité',
    remedy: 'Remplacer le document entier par sa nouvelle version.',
  }),
  XDSDuplicateUniqueIdInRegistry: askFirst({
    id: 'TDU-DMP-103',
    title: 'Un document ou un lot de même identifiant se trouve déjà dans le DMP',
    cause: 'Une tentative précédente a pu aboutir sans que la réponse nous parvienne, ou l’identifiant a déjà servi.',
    owner: 'aucun',
    remedy:
      'Le DMP est interrogé automatiquement. Si le document qui s’y trouve est un autre, l’application émettrice doit ' +
      'attribuer un nouvel identifiant.',
  }),
  XDSExtraMetadataNotSaved: corrected({
    id: 'TDU-DMP-104',
    title: 'Le DMP n’a pas conservé une partie des informations d’accompagnement',
    cause: 'Des métadonnées supplémentaires ne sont pas reconnues par le DMP.',
    owner: 'interopérabilité',
    remedy: 'Vérifier les métadonnées produites pour ce type de document.',
  }),
  XDSMissingDocument: corrected({
    id: 'TDU-DMP-105',
    title: 'Le DMP signale qu’il manque un document dans le lot',
    cause: 'Des métadonnées ont été reçues sans le document correspondant.',
    owner: 'interopérabilité',
    remedy: 'Signaler l’anomalie à l’équipe d’interopérabilité : le lot est mal constitué.',
  }),
  XDSMissingDocumentMetadata: corrected({
    id: 'TDU-DMP-106',
    title: 'Le DMP signale un document sans métadonnées',
    cause: 'Un document a été reçu sans les informations qui le décrivent.',
    owner: 'interopérabilité',
    remedy: 'Signaler l’anomalie à l’équipe d’interopérabilité : le lot est mal constitué.',
  }),
  XDSPatientIdDoesNotMatch: corrected({
    id: 'TDU-DMP-107',
    title: 'Les documents du lot ne désignent pas tous le même patient',
    cause: 'L’INS diffère entre le lot, le document ou le document remplacé.',
    owner: 'identitovigilance',
    remedy: 'Vérifier l’identité portée par le document et celle du document remplacé avant tout renvoi.',
  }),
  XDSRegistryBusy: later({
    id: 'TDU-DMP-108',
    title: 'Le DMP est momentanément surchargé',
    cause: 'L’index du DMP ne peut pas traiter la demande pour l’instant.',
    owner: 'aucun',
    remedy: BUSY,
  }),
  XDSRepositoryBusy: later({
    id: 'TDU-DMP-109',
    title: 'Le dépôt de documents du DMP est momentanément surchargé',
    cause: 'Le dépôt du DMP ne peut pas traiter la demande pour l’instant.',
    owner: 'aucun',
    remedy: BUSY,
  }),
  XDSRegistryDeprecatedDocumentError: corrected({
    id: 'TDU-DMP-110',
    title: 'Le document à remplacer n’est plus la version en cours dans le DMP',
    cause: 'Une autre version l’a déjà remplacé, ou il a été supprimé.',
    owner: 'interopérabilité',
    remedy: 'Rechercher la version en cours dans le DMP, puis renvoyer le remplacement sur celle-ci.',
  }),
  XDSRegistryDuplicateUniqueIdInMessage: corrected({
    id: 'TDU-DMP-111',
    title: 'Le même identifiant apparaît deux fois dans le lot',
    cause: 'Deux éléments de l’envoi portent le même identifiant unique.',
    owner: 'interopérabilité',
    remedy: 'Attribuer un identifiant distinct à chaque document, puis renvoyer.',
  }),
  XDSRepositoryDuplicateUniqueIdInMessage: corrected({
    id: 'TDU-DMP-112',
    title: 'Le dépôt du DMP a reçu deux documents de même identifiant',
    cause: 'Deux documents de l’envoi portent le même identifiant unique.',
    owner: 'interopérabilité',
    remedy: 'Attribuer un identifiant distinct à chaque document, puis renvoyer.',
  }),
  XDSRegistryError: corrected({
    id: 'TDU-DMP-113',
    title: 'Le DMP refuse l’envoi sans préciser pourquoi',
    cause: 'L’index du DMP a rencontré une erreur non détaillée ; son texte est affiché tel quel.',
    owner: 'interopérabilité',
    remedy: 'Lire le texte renvoyé par le DMP ; au besoin le transmettre au support du GIE SESAM-Vitale.',
  }),
  XDSRepositoryError: corrected({
    id: 'TDU-DMP-114',
    title: 'Le dépôt du DMP refuse l’envoi sans préciser pourquoi',
    cause: 'Le dépôt du DMP a rencontré une erreur non détaillée ; son texte est affiché tel quel.',
    owner: 'interopérabilité',
    remedy: 'Lire le texte renvoyé par le DMP ; au besoin le transmettre au support du GIE SESAM-Vitale.',
  }),
  XDSRegistryMetadataError: corrected({
    id: 'TDU-DMP-115',
    title: 'Le DMP refuse les informations qui décrivent le document',
    cause: 'Une métadonnée manque, ou sa valeur n’est pas admise (type, spécialité, dates, auteur, structure).',
    owner: 'interopérabilité',
    remedy: 'Lire l’emplacement signalé par le DMP, corriger la source ou la table de correspondance, puis renvoyer.',
  }),
  XDSRepositoryMetadataError: corrected({
    id: 'TDU-DMP-116',
    title: 'Le dépôt du DMP refuse les informations qui décrivent le document',
    cause: 'Une métadonnée manque, ou sa valeur n’est pas admise.',
    owner: 'interopérabilité',
    remedy: 'Lire l’emplacement signalé par le DMP, corriger la source ou la table de correspondance, puis renvoyer.',
  }),
  XDSRegistryNotAvailable: later({
    id: 'TDU-DMP-117',
    title: 'L’index du DMP est indisponible',
    cause: 'Le dépôt du DMP ne parvient pas à joindre son index.',
    owner: 'aucun',
    remedy: BUSY,
  }),
  XDSRegistryOutOfResources: later({
    id: 'TDU-DMP-118',
    title: 'Le DMP manque de ressources',
    cause: 'L’index du DMP n’a pas les ressources nécessaires pour traiter la demande.',
    owner: 'aucun',
    remedy: BUSY,
  }),
  XDSRepositoryOutOfResources: later({
    id: 'TDU-DMP-119',
    title: 'Le dépôt du DMP manque de ressources',
    cause: 'Le dépôt du DMP n’a pas les ressources nécessaires pour enregistrer le document.',
    owner: 'aucun',
    remedy: BUSY,
  }),
  XDSUnknownPatientId: corrected({
    id: 'TDU-DMP-120',
    title: 'Le DMP ne connaît pas ce patient',
    cause:
      'Aucun dossier ne correspond à l’INS transmise : pas de DMP, DMP fermé, ou INS modifiée depuis la qualification.',
    owner: 'identitovigilance',
    remedy: 'Vérifier l’existence du DMP et l’INS du patient ; sans DMP, le document n’est pas transmissible.',
  }),
  XDSDocumentUniqueIdError: corrected({
    id: 'TDU-DMP-121',
    title: 'Le DMP ne connaît pas l’identifiant de document demandé',
    cause: 'Le document n’est pas dans le DMP, ou un autre identifiant a été transmis à la place du sien.',
    owner: 'interopérabilité',
    remedy: 'Vérifier l’identifiant unique du document.',
  }),
  XDSMetadataUpdateError: corrected({
    id: 'TDU-DMP-122',
    title: 'Le DMP refuse la modification demandée',
    cause: 'La mise à jour des informations du document n’a pas pu être appliquée.',
    owner: 'interopérabilité',
    remedy: 'Relire l’état du document dans le DMP, puis refaire la demande.',
  }),
  XDSMetadataUpdateOperationError: corrected({
    id: 'TDU-DMP-123',
    title: 'Le DMP ne reconnaît pas la modification demandée',
    cause: 'L’opération n’est pas prise en charge, ou n’est pas permise sur ce document.',
    owner: 'interopérabilité',
    remedy: 'Signaler l’anomalie à l’équipe d’interopérabilité.',
  }),
  XDSMetadataVersionError: corrected({
    id: 'TDU-DMP-124',
    title: 'Le document a changé dans le DMP entre-temps',
    cause: 'La version sur laquelle porte la modification n’est plus la dernière.',
    owner: 'interopérabilité',
    remedy: 'Relire la version en cours dans le DMP, puis refaire la demande.',
  }),
  XDSPatientIDReconciliationError: corrected({
    id: 'TDU-DMP-125',
    title: 'Le DMP ne parvient pas à rapprocher les identités',
    cause: 'L’identité du patient visé par la modification ne correspond pas à celle du document.',
    owner: 'identitovigilance',
    remedy: 'Vérifier l’INS sous laquelle le document a été transmis.',
  }),
} satisfies Record<string, Rule>;
