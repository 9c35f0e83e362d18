/**
 * Writes our identity as a FR Core Patient. What is written by default is what every release understands: PROV or VALI,
 * and the INS of a qualified identity (practice 7). Source: ins.md 5.6.
 */
import type { Extension, HumanName, Identifier, Patient } from 'fhir/r4.js';
import type { IdentityAttribute, IdentityStatus, QualifiedIdentity, StrictTraits } from '../../ins/types.ts';
import { EXTENSIONS, INS_TYPES, PROFILES, SYSTEMS } from './terms.ts';

/** Release of FR Core that the receivers of this installation expect. */
export type FrCoreRelease = '2.1' | '2.2' | '3.0';

export interface WriteOptions {
  readonly release: FrCoreRelease;
  /** `prov-vali`: RECUP is written PROV and QUAL is written VALI, as in HL7 v2 (ins.md, trap 3). */
  readonly statuses: 'prov-vali' | 'four';
}

export interface OutgoingPatient {
  readonly id: string;
  readonly versionId: string;
  readonly lastUpdated: string;
  readonly active: boolean;
  /** The identity that a merge put in its place. */
  readonly replacedBy: string | null;
  readonly traits: StrictTraits;
  readonly birthDateInterpreted: boolean;
  readonly usedName: string | null;
  readonly usedGivenName: string | null;
  readonly identifiers: readonly {
    readonly value: string;
    readonly domain: string;
    readonly kind: string;
    readonly retired?: boolean;
  }[];
  readonly status: IdentityStatus;
  readonly attributes: readonly IdentityAttribute[];
  /** The only thing from which an INS is written. */
  readonly qualified: QualifiedIdentity | undefined;
  readonly deviceType: string | null;
  /** `AAAA-MM-JJ`. */
  readonly deviceCheckedOn: string | null;
  /** `AAAA-MM-JJ`. */
  readonly insiAskedOn: string | null;
}

export function writePatient(patient: OutgoingPatient, options: WriteOptions): Patient {
  const { traits, qualified } = patient;
  const complete = qualified !== undefined && traits.birthPlace !== undefined;
  return {
    resourceType: 'Patient',
    id: patient.id,
    meta: {
      versionId: patient.versionId,
      lastUpdated: patient.lastUpdated,
      profile: [complete ? PROFILES.patientIns : PROFILES.patient],
    },
    extension: [...reliability(patient, options), ...birthExtensions(patient)],
    identifier: identifiersOf(patient),
    active: patient.active,
    name: [officialName(traits), ...usedNames(patient)],
    gender: traits.sex === 'M' ? 'male' : traits.sex === 'F' ? 'female' : 'unknown',
    birthDate: traits.birthDate,
    ...(patient.replacedBy === null
      ? {}
      : { link: [{ other: { reference: `Patient/${patient.replacedBy}` }, type: 'replaced-by' as const }] }),
  };
}

function officialName({ birthName, firstGivenName, birthGivenNames }: StrictTraits): HumanName {
  return {
    ...(birthGivenNames === undefined
      ? {}
      : { extension: [{ url: EXTENSIONS.givenNames, valueString: birthGivenNames }] }),
    use: 'official',
    family: birthName,
    // Exactly one: the list stands in the extension.
    given: [firstGivenName],
  };
}

function usedNames({ usedName, usedGivenName }: OutgoingPatient): HumanName[] {
  if (usedName === null && usedGivenName === null) return [];
  return [
    {
      use: 'usual',
      ...(usedName === null ? {} : { family: usedName }),
      ...(usedGivenName === null ? {} : { given: [usedGivenName] }),
    },
  ];
}

function identifiersOf({ identifiers, qualified }: OutgoingPatient): Identifier[] {
  const local = identifiers.map(({ value, domain, kind, retired }): Identifier => {
    // One identifier may be official beside a qualified status: the INS (fr-core-2).
    const use = retired === true ? 'old' : kind === 'PI' ? 'usual' : 'secondary';
    return { use, type: typed(SYSTEMS.hl7IdentifierType, kind), system: `urn:oid:${domain}`, value };
  });
  return [...(qualified === undefined ? [] : insIdentifier(qualified)), ...local];
}

/** The INS as an identifier. Takes nothing but a qualified identity (promise 3). */
function insIdentifier({ ins }: QualifiedIdentity): Identifier[] {
  const known = INS_TYPES.find(({ oid }) => oid === ins.oid);
  if (known === undefined) return [];
  const type = typed(SYSTEMS.identifierType, known.type);
  return [{ use: known.use, type, system: `urn:oid:${ins.oid}`, value: ins.matricule }];
}

function typed(system: string, code: string): { coding: { system: string; code: string }[] } {
  return { coding: [{ system, code }] };
}

function birthExtensions({ traits, birthDateInterpreted }: OutgoingPatient): Extension[] {
  const { birthPlace } = traits;
  const place: Extension[] =
    birthPlace === undefined
      ? []
      : [
          {
            url: EXTENSIONS.birthPlace,
            valueAddress: {
              extension: [{ url: EXTENSIONS.inseeCode, valueCoding: { system: SYSTEMS.communes, code: birthPlace } }],
            },
          },
        ];
  return [...place, ...(birthDateInterpreted ? [{ url: EXTENSIONS.dateUpdated, valueBoolean: true }] : [])];
}

const COMMENTS: Readonly<Record<IdentityAttribute, string>> = { douteuse: 'DOUT', fictive: 'FICT', homonyme: 'HOMD' };
/** Codes of the required value set validationMode; a device of another table is left out (ins.md 3). */
const MODES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['CN', 'PA', 'CS', 'eCN', 'IN', 'AV', 'LECV', 'AN', 'LEP', 'CC', 'ANCV'].map((c) => [c, c])),
  LE: 'LEP',
};

function reliability(patient: OutgoingPatient, { release, statuses }: WriteOptions): Extension[] {
  const { attributes, insiAskedOn, deviceCheckedOn, deviceType, lastUpdated } = patient;
  const mode = deviceType === null ? undefined : MODES[deviceType];
  const status = statuses === 'four' && release !== '2.1' ? patient.status : safeStatus(patient.status);
  const system = release === '2.1' ? SYSTEMS.formerStatus : SYSTEMS.status;
  const asked = release === '3.0' ? 'dateInterrogationINSi' : 'dateCollection';
  const parts: Extension[] = [
    ...(release === '3.0' ? [{ url: 'lastUpdated', valueDateTime: lastUpdated }] : []),
    ...(insiAskedOn === null ? [] : [{ url: asked, valueDate: insiAskedOn }]),
    { url: 'identityStatus', valueCoding: { system, code: status } },
    ...(release === '2.1' ? [] : attributes.map((attribute) => comment(COMMENTS[attribute], release))),
    ...(deviceCheckedOn === null ? [] : [{ url: 'validationDate', valueDate: deviceCheckedOn }]),
    ...(mode === undefined
      ? []
      : [{ url: 'validationMode', valueCoding: { system: SYSTEMS.validationMode, code: mode } }]),
  ];
  // 2.1 has no comment: an attribute is a status of the same table, in an extension beside.
  const beside =
    release === '2.1'
      ? attributes.map((attribute) => [{ url: 'identityStatus', valueCoding: { system, code: COMMENTS[attribute] } }])
      : [];
  return [parts, ...beside].map((extension) => ({ url: EXTENSIONS.reliability, extension }));
}

function safeStatus(status: IdentityStatus): 'PROV' | 'VALI' {
  return status === 'VALI' || status === 'QUAL' ? 'VALI' : 'PROV';
}

function comment(code: string, release: FrCoreRelease): Extension {
  const valueCoding = { system: SYSTEMS.statusComment, code };
  return release === '3.0'
    ? { url: 'comment', valueCodeableConcept: { coding: [valueCoding] } }
    : { url: 'comment', valueCoding };
}
