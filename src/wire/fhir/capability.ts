/** The CapabilityStatement: what this server really answers, from the same lists that it answers by. */
import type { CapabilityStatement } from 'fhir/r4.js';
import { PROFILES } from './terms.ts';

export interface ServedOperation {
  /** Without `$`. */
  readonly name: string;
  readonly definition: string;
}

const SEARCH_PARAMETERS: readonly {
  readonly name: string;
  readonly type: 'token' | 'string' | 'date';
  readonly documentation: string;
}[] = [
  { name: '_id', type: 'token', documentation: 'Identifiant de la ressource.' },
  {
    name: 'identifier',
    type: 'token',
    documentation:
      'système|valeur, système = urn:oid: et l’OID du domaine. Un matricule INS se cherche par POST _search seulement.',
  },
  { name: 'family', type: 'string', documentation: 'Début du nom de naissance ou du nom utilisé.' },
  { name: 'given', type: 'string', documentation: 'Début d’un des prénoms.' },
  { name: 'birthdate', type: 'date', documentation: 'Préfixes eq, ne, gt, lt, ge, le, sa, eb.' },
  { name: 'gender', type: 'token', documentation: 'male, female ; other et unknown désignent le sexe indéterminé.' },
  { name: 'active', type: 'token', documentation: 'Par défaut true : les identités fusionnées ne paraissent pas.' },
];

const DOCUMENT_PARAMETERS = [
  { name: '_id', type: 'token', documentation: 'Identifiant de la ressource.' },
  { name: 'patient', type: 'reference', documentation: 'Patient/{id} de ce serveur.' },
  { name: 'patient.identifier', type: 'token', documentation: 'IPP ; un matricule INS par POST _search seulement.' },
  { name: 'identifier', type: 'token', documentation: 'uniqueId du document, avec ou sans urn:oid:.' },
  { name: 'status', type: 'token', documentation: 'current, superseded, entered-in-error.' },
  { name: 'type', type: 'token', documentation: 'Type du document (JDV_J07).' },
] as const;

export function capabilityStatement(about: {
  readonly version: string;
  /** When this description took effect, ISO 8601. */
  readonly date: string;
  readonly operations: readonly ServedOperation[];
}): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: about.date,
    kind: 'instance',
    software: { name: "Trait d'Union", version: about.version },
    implementation: { description: "Référentiel d'identités de l'installation" },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        documentation:
          'Une identité se qualifie par ses deux preuves (contrôle d’un dispositif d’identité, INSi) : un statut ou une INS reçus ne sont jamais enregistrés.',
        security: { description: 'Jeton porteur (Authorization: Bearer), le même que celui de l’API REST.' },
        resource: [
          {
            type: 'Patient',
            profile: PROFILES.patient,
            supportedProfile: [PROFILES.patientIns],
            interaction: [{ code: 'read' }, { code: 'search-type' }, { code: 'create' }, { code: 'update' }],
            versioning: 'versioned-update',
            readHistory: false,
            updateCreate: false,
            conditionalCreate: true,
            conditionalRead: 'not-supported',
            conditionalUpdate: false,
            conditionalDelete: 'not-supported',
            searchParam: SEARCH_PARAMETERS.map((parameter) => ({ ...parameter })),
            operation: about.operations.map((operation) => ({ ...operation })),
          },
          {
            type: 'DocumentReference',
            interaction: [{ code: 'read' }, { code: 'search-type' }, { code: 'create' }],
            searchParam: DOCUMENT_PARAMETERS.map((parameter) => ({ ...parameter })),
          },
          { type: 'Binary', interaction: [{ code: 'read' }] },
        ],
        interaction: [{ code: 'transaction', documentation: 'Lot de documents (IHE MHD ITI-65, PDSm 3.1).' }],
      },
    ],
  };
}
