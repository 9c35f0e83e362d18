/** Synthetic documents and the published test patient of the ANS (ins.md 8), for the tests of CDA and XDS metadata. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { conformanceDir } from '../../../test/support/tools.ts';
import { parseCivilDate } from '../../ins/civil-date.ts';
import { parseCogCode } from '../../ins/cog.ts';
import { parseDocumentUniqueId, parseIpp } from '../../ins/identifiers.ts';
import { parseMatricule } from '../../ins/matricule.ts';
import { parseOid } from '../../ins/oids.ts';
import { qualify } from '../../ins/qualify.ts';
import type { QualifiedIdentity } from '../../ins/types.ts';
import type { Result } from '../../rules/rule.ts';
import type { LevelOneDocument } from './build-level-one.ts';
import { type CdaHeader, readCdaHeader } from './header.ts';

/** The value of a result that must be one. */
export function valueOfResult<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.refusal.rule.id);
  return result.value;
}

export interface TestTraits {
  readonly matricule: string;
  readonly oid: string;
  readonly birthName: string;
  readonly firstGivenName: string;
  readonly birthGivenNames: string;
  readonly sex: 'M' | 'F';
  /** AAAA-MM-JJ. */
  readonly birthDate: string;
  readonly birthPlace: string;
}

const PAT_TROIS: TestTraits = {
  matricule: '279035121518989',
  oid: '1.2.250.1.213.1.4.10',
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE MARIE-LOUISE',
  sex: 'F',
  birthDate: '1979-03-28',
  birthPlace: '51215',
};

/** PAT-TROIS DOMINIQUE, qualified, with other traits where given. */
export function qualifiedIdentity(traits: Partial<TestTraits> = {}, usedName?: string): QualifiedIdentity {
  const of = { ...PAT_TROIS, ...traits };
  const identity = qualify({
    status: 'QUAL',
    attributes: [],
    ins: { matricule: valueOfResult(parseMatricule(of.matricule)), oid: valueOfResult(parseOid(of.oid)) },
    traits: {
      birthName: of.birthName,
      firstGivenName: of.firstGivenName,
      birthGivenNames: of.birthGivenNames,
      sex: of.sex,
      birthDate: valueOfResult(parseCivilDate(of.birthDate)),
      birthPlace: valueOfResult(parseCogCode(of.birthPlace)),
    },
    ...(usedName !== undefined && { usedName }),
  });
  return valueOfResult(identity);
}

const PDF = Buffer.from('%PDF-1.4\n% synthetic\n');
const SPECIALTY = {
  code: 'G15_10/SM27',
  system: '1.2.250.1.213.1.1.4.5',
  label: 'Médecin - Médecine interne (SM)',
};
const HOSPITAL = { id: '1750803447', name: "Hôpital d'essai <Trait & Union>" };
const DOCTOR = { id: '801234567897', family: 'DAVID', given: 'Charles' };

/** A complete discharge letter around a small PDF, with other parts where given. */
export function levelOneDocument(parts: Partial<LevelOneDocument> = {}): LevelOneDocument {
  return {
    uniqueId: valueOfResult(parseDocumentUniqueId('1.2.250.1.999.1.1.42')),
    setId: { root: '1.2.250.1.999.1.2.42' },
    versionNumber: 1,
    type: {
      code: '11490-0',
      system: '2.16.840.1.113883.6.1',
      label: "Lettre de liaison à la sortie d'un établissement de soins",
    },
    title: 'Lettre de liaison « à la sortie » & suites',
    creationTime: '20260703143000+0200',
    patient: qualifiedIdentity(),
    ipp: { value: valueOfResult(parseIpp('IPP0042')), domain: valueOfResult(parseOid('1.2.250.1.999.2')) },
    authors: [{ professional: { ...DOCTOR, specialty: SPECIALTY }, structure: HOSPITAL, time: '20260703142500+0200' }],
    custodian: HOSPITAL,
    legalAuthenticator: { professional: DOCTOR, structure: HOSPITAL, time: '20260703142900+0200' },
    act: {
      start: '20260629080000+0200',
      stop: '20260703140000+0200',
      code: { code: 'IMP', system: '2.16.840.1.113883.5.4', label: 'Hospitalisation (établissement, y compris HAD)' },
      performer: DOCTOR,
      structure: HOSPITAL,
      practiceSetting: { code: 'ETABLISSEMENT', system: '1.2.250.1.213.1.1.4.9', label: 'Etablissement de santé' },
    },
    encounter: {
      start: '20260629080000+0200',
      stop: '20260703140000+0200',
      code: { code: 'IMP', system: '2.16.840.1.113883.5.4', label: 'Hospitalisation (établissement, y compris HAD)' },
      facilityType: { code: 'SA01', system: '1.2.250.1.71.4.2.4', label: 'Etablissement public de santé' },
    },
    mediaType: 'application/pdf',
    content: PDF,
    ...parts,
  };
}

/** Header of a CDA that must be readable. */
export function headerOf(bytes: Uint8Array): CdaHeader {
  return valueOfResult(readCdaHeader(bytes));
}

/** The CDA folder of the conformance material, or the reason for which a test skips. */
export function cdaConformance(): string | undefined {
  const folder = conformanceDir();
  return folder === undefined ? undefined : join(folder, 'cda');
}

export const NO_CONFORMANCE = 'données de conformité absentes (../shared/conformance)';

/** Every XML file of a folder, with its name. */
export function xmlFiles(folder: string): ReadonlyArray<{ readonly name: string; readonly bytes: Buffer }> {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.xml'))
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}
