import type { Owner, Rule } from './rule.ts';

/** What most refusals of a FHIR caller have in common: the caller corrects and asks again. */
function fhirRule(
  id: string,
  http: number,
  title: string,
  cause: string,
  remedy: string,
  more: { owner?: Owner; source?: string } = {},
): Rule {
  const { owner = 'interopérabilité', source } = more;
  return {
    id,
    title,
    cause,
    owner,
    remedy,
    retry: 'after-correction',
    safeToResend: true,
    http,
    ...(source === undefined ? {} : { source }),
  };
}

/** Rules `TDU-FHIR-nnn`: what the FHIR door refuses, said to the caller as an OperationOutcome. */
export const fhirRules = {
  matriculeInUrl: fhirRule(
    'TDU-FHIR-001',
    400,
    "Un matricule INS ne s'écrit pas dans une adresse",
    "Les adresses sont gardées par les journaux, les relais et les navigateurs : un NIR n'y paraît jamais.",
    'Envoyer la même recherche par POST Patient/_search, ou la même opération par POST avec une ressource Parameters.',
    { source: 'design.md 6.9' },
  ),
  formatNotServed: fhirRule(
    'TDU-FHIR-002',
    406,
    "Format de réponse qui n'est pas servi",
    'Cette interface répond en FHIR JSON seulement.',
    'Demander application/fhir+json (en-tête Accept, ou paramètre _format=json).',
  ),
  formatNotRead: fhirRule(
    'TDU-FHIR-003',
    415,
    "Format d'appel qui n'est pas lu",
    "Le corps de l'appel n'est pas annoncé comme du FHIR JSON, ni comme un formulaire pour _search.",
    'Envoyer application/fhir+json ; pour _search, application/x-www-form-urlencoded.',
  ),
  invalidResource: fhirRule(
    'TDU-FHIR-004',
    400,
    'Ressource FHIR incorrecte',
    "Le corps de l'appel n'est pas la ressource attendue, ou un de ses éléments n'a pas la forme de FHIR R4.",
    'Corriger les éléments cités, puis appeler de nouveau.',
    { owner: 'éditeur du logiciel émetteur', source: 'FHIR R4' },
  ),
  searchNotUnderstood: fhirRule(
    'TDU-FHIR-005',
    400,
    'Critère de recherche qui n’est pas compris',
    "Un critère inconnu ignoré rendrait d'autres patients que ceux demandés : la recherche est refusée.",
    'Se limiter aux critères et préfixes que déclare GET metadata, ou retirer le critère cité.',
    { source: 'FHIR R4 search' },
  ),
  conditionMatchesSeveral: fhirRule(
    'TDU-FHIR-006',
    412,
    'Plusieurs identités répondent à la condition',
    "La création conditionnelle (If-None-Exist) désigne plusieurs identités : rien n'a été créé.",
    "Préciser la condition, par exemple par l'IPP et son domaine ; si ce sont des doublons, l'identitovigilance les traite.",
    { owner: 'identitovigilance', source: 'FHIR R4 http' },
  ),
  versionChanged: fhirRule(
    'TDU-FHIR-007',
    412,
    'Identité modifiée entre-temps',
    "La version annoncée par If-Match n'est plus celle de l'identité : rien n'a été modifié.",
    "Lire l'identité de nouveau, reporter la modification, puis renvoyer avec sa version.",
    { source: 'FHIR R4 http' },
  ),
  versionRequired: fhirRule(
    'TDU-FHIR-008',
    428,
    'Version de départ manquante',
    "Une modification dit de quelle version de l'identité elle part, pour ne rien effacer sans l'avoir lu.",
    "Ajouter l'en-tête If-Match avec l'ETag reçu à la lecture.",
    { source: 'FHIR R4 http' },
  ),
  otherIns: fhirRule(
    'TDU-FHIR-009',
    422,
    'INS différent de celui de cette identité',
    "La ressource porte un matricule INS qui n'est pas celui de l'identité enregistrée. Une INS reçue n'est jamais enregistrée : elle vient d'INSi.",
    "Vérifier qu'il s'agit du même patient ; une collision se signale à la cellule d'identitovigilance.",
    { owner: 'identitovigilance', source: 'practice.md 4' },
  ),
  pixIdentifierUnknown: fhirRule(
    'TDU-FHIR-010',
    404,
    'Identifiant de patient inconnu',
    'Aucune identité ne porte cet identifiant dans ce domaine (sourceIdentifier Patient Identifier not found).',
    "Vérifier l'identifiant et son domaine.",
    { source: 'IHE PIXm ITI-83' },
  ),
  pixSourceDomainUnknown: fhirRule(
    'TDU-FHIR-011',
    400,
    "Domaine d'identification de départ inconnu",
    "Le domaine de sourceIdentifier n'est pas déclaré ici (sourceIdentifier Assigning Authority not found).",
    'Employer urn:oid: suivi de l’OID d’un domaine déclaré, ou le faire déclarer.',
    { source: 'IHE PIXm ITI-83' },
  ),
  pixTargetDomainUnknown: fhirRule(
    'TDU-FHIR-012',
    403,
    "Domaine d'identification demandé inconnu",
    "Le domaine de targetSystem n'est pas déclaré ici (targetSystem not found).",
    'Employer urn:oid: suivi de l’OID d’un domaine déclaré, ou le faire déclarer.',
    { source: 'IHE PIXm ITI-83' },
  ),
  notCreatedInactive: fhirRule(
    'TDU-FHIR-013',
    422,
    'Une identité ne se crée ni ne se désactive par cet appel',
    "La ressource dit active=false. Une identité cesse d'être active par une fusion, jamais par une écriture.",
    'Retirer active=false, ou demander la fusion des deux identités à la cellule d’identitovigilance.',
    { owner: 'identitovigilance' },
  ),
  gone: fhirRule(
    'TDU-FHIR-014',
    409,
    'Identité fusionnée',
    'Cette identité a été fusionnée : elle ne se modifie plus.',
    "Écrire sur l'identité qui la remplace (lien replaced-by de la lecture).",
  ),
} satisfies Record<string, Rule>;
