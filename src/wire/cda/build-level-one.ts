/**
 * Builds a CI-SIS level 1 CDA R2 around a PDF or another raw content. Total: what the document lacks is found by
 * `checkCdaHeader` on the result, by the same rules as for a received CDA. Source: cda-cisis.md 3, dmp.md 5.
 */

import type { CodedValue } from '../../codes/code.ts';
import { CONFIDENTIALITY_LEVELS } from '../../codes/confidentiality-codes.ts';
import { PERSON_ID_SYSTEM, STRUCTURE_ID_SYSTEM } from '../../codes/national-ids.ts';
import { formatCivilDate } from '../../ins/civil-date.ts';
import type { DocumentUniqueId, Ipp, Oid, QualifiedIdentity, UnqualifiedPatient } from '../../ins/types.ts';
import { escapeXml } from '../xml/xml.ts';
import type { LevelOneMediaType } from './body.ts';
import { GENDER, HL7_NAMESPACE, TEMPLATE_CI_SIS, TEMPLATE_HL7_FRANCE, TEMPLATE_XDS_SD, TYPE_ID } from './oids.ts';

/** An HL7 instance identifier that we write. */
export interface CdaIdentifier {
  readonly root: string;
  readonly extension?: string;
}

/** A health professional: PS_IdNat (`8` + RPPS …) under 1.2.250.1.71.4.2.1. */
export interface CdaProfessional {
  readonly id: string;
  readonly family: string;
  readonly given?: string;
  /** JDV_J01, for example G15_10/SM26; required of an author. */
  readonly specialty?: CodedValue;
}

/** A structure: Struct_IdNat (`1` + FINESS …) under 1.2.250.1.71.4.2.2. */
export interface CdaStructure {
  readonly id: string;
  readonly name: string;
}

export interface LevelOneAuthor {
  readonly professional: CdaProfessional & { readonly specialty: CodedValue };
  readonly structure?: CdaStructure;
  /** JDV_J47. */
  readonly role?: CodedValue;
  readonly time: string;
}

/** Times are HL7 local times with offset, `AAAAMMJJHHMMSS+ZZZZ`, written as given. */
export interface LevelOneDocument {
  readonly uniqueId: DocumentUniqueId;
  /** Common to all the versions of the document. */
  readonly setId: CdaIdentifier;
  /** 1 for the first version. */
  readonly versionNumber: number;
  /** Identifier of the version that this one replaces. */
  readonly replaces?: CdaIdentifier;
  readonly type: CodedValue;
  readonly title: string;
  readonly creationTime: string;
  /** fr-FR when absent. */
  readonly languageCode?: string;
  /** The INS is written for a qualified patient, and for no other. */
  readonly patient: QualifiedIdentity | UnqualifiedPatient;
  readonly ipp?: { readonly value: Ipp; readonly domain: Oid };
  readonly authors: readonly [LevelOneAuthor, ...LevelOneAuthor[]];
  readonly custodian: CdaStructure;
  readonly legalAuthenticator: {
    readonly professional: CdaProfessional;
    readonly structure?: CdaStructure;
    readonly time: string;
  };
  /** The main act. */
  readonly act: {
    readonly start: string;
    readonly stop?: string;
    readonly code?: CodedValue;
    readonly performer: CdaProfessional;
    readonly structure?: CdaStructure;
    /** JDV_J04, for example ETABLISSEMENT. */
    readonly practiceSetting: CodedValue;
  };
  readonly encounter: {
    readonly start: string;
    readonly stop?: string;
    /** JDV_J142, for example IMP. */
    readonly code?: CodedValue;
    /** JDV_J02, for example SA01. */
    readonly facilityType: CodedValue;
  };
  readonly mediaType: LevelOneMediaType;
  readonly content: Uint8Array;
}

/** UTF-8 bytes of the CDA, of confidentiality N: a restricted document is not shared (practice.md 9). */
export function buildLevelOneCda(document: LevelOneDocument): Buffer {
  const head = Buffer.from(`${header(document)}<component><nonXMLBody>${textTag(document.mediaType)}`, 'utf8');
  const tail = Buffer.from('</text></nonXMLBody></component></ClinicalDocument>\n', 'latin1');
  const { buffer, byteOffset, byteLength } = document.content;
  const base64 = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  // The content is by far the largest part: encoded once, copied once.
  const bytes = Buffer.allocUnsafe(head.length + base64.length + tail.length);
  head.copy(bytes);
  bytes.write(base64, head.length, 'latin1');
  tail.copy(bytes, head.length + base64.length);
  return bytes;
}

function textTag(mediaType: LevelOneMediaType): string {
  return `<text mediaType="${mediaType}" representation="B64">`;
}

/** Element order is fixed by the CDA schema. */
function header(document: LevelOneDocument): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<ClinicalDocument xmlns="${HL7_NAMESPACE}">`,
    '<realmCode code="FR"/>',
    id(TYPE_ID, 'typeId'),
    ...[TEMPLATE_HL7_FRANCE, TEMPLATE_CI_SIS, TEMPLATE_XDS_SD].map((root) => id({ root }, 'templateId')),
    id({ root: document.uniqueId }),
    code(document.type),
    `<title>${escapeXml(document.title)}</title>`,
    stamp('effectiveTime', document.creationTime),
    code(CONFIDENTIALITY_LEVELS.N, 'confidentialityCode'),
    `<languageCode code="${escapeXml(document.languageCode ?? 'fr-FR')}"/>`,
    id(document.setId, 'setId'),
    stamp('versionNumber', String(document.versionNumber)),
    recordTarget(document),
    ...document.authors.map(author),
    custodian(document.custodian),
    legalAuthenticator(document.legalAuthenticator),
    documentationOf(document.act),
    replacement(document.replaces),
    componentOf(document.encounter),
  ].join('');
}

function id({ root, extension }: CdaIdentifier, name = 'id'): string {
  const tail = extension === undefined ? '' : ` extension="${escapeXml(extension)}"`;
  return `<${name} root="${escapeXml(root)}"${tail}/>`;
}

function code({ code, system, label }: CodedValue, name = 'code'): string {
  return `<${name} code="${escapeXml(code)}" codeSystem="${escapeXml(system)}" displayName="${escapeXml(label)}"/>`;
}

function stamp(name: string, value: string): string {
  return `<${name} value="${escapeXml(value)}"/>`;
}

/** An end that is the beginning is left out: the French schematron refuses two equal bounds (dtr1-6-IVL_TS). */
function period(start: string, stop: string | undefined): string {
  const end = stop === undefined || stop === start ? '' : stamp('high', stop);
  return `<effectiveTime>${stamp('low', start)}${end}</effectiveTime>`;
}

/** The INS first, then the local number (dmp.md 5). */
function recordTarget({ patient, ipp }: LevelOneDocument): string {
  const { traits } = patient;
  const local = ipp === undefined ? '' : id({ root: ipp.domain, extension: ipp.value });
  // JDV_J143 has no code for a sex that is not determined but UN.
  const [sex, gender] = { M: ['M', 'Masculin'], F: ['F', 'Féminin'], I: ['UN', 'Indéterminé'] }[traits.sex] as [
    string,
    string,
  ];
  const place = traits.birthPlace;
  return [
    '<recordTarget><patientRole>',
    'ins' in patient ? id({ root: patient.ins.oid, extension: patient.ins.matricule }) : '',
    local,
    '<patient>',
    patientName(patient),
    code({ code: sex, system: GENDER, label: gender }, 'administrativeGenderCode'),
    stamp('birthTime', formatCivilDate(traits.birthDate, 'AAAAMMJJ')),
    place === undefined
      ? ''
      : `<birthplace><place><addr><county>${escapeXml(place)}</county></addr></place></birthplace>`,
    '</patient></patientRole></recordTarget>',
  ].join('');
}

/** Used names are written only when somebody recorded them: software never fills them in (EXI ID 08). */
function patientName({ traits, usedName, usedGivenName }: LevelOneDocument['patient']): string {
  return [
    '<name>',
    `<family qualifier="BR">${escapeXml(traits.birthName)}</family>`,
    `<given>${escapeXml(traits.birthGivenNames ?? traits.firstGivenName)}</given>`,
    `<given qualifier="BR">${escapeXml(traits.firstGivenName)}</given>`,
    usedName === undefined ? '' : `<family qualifier="CL">${escapeXml(usedName)}</family>`,
    usedGivenName === undefined ? '' : `<given qualifier="CL">${escapeXml(usedGivenName)}</given>`,
    '</name>',
  ].join('');
}

function professionalName({ family, given }: CdaProfessional): string {
  const first = given === undefined ? '' : `<given>${escapeXml(given)}</given>`;
  return `<assignedPerson><name>${first}<family>${escapeXml(family)}</family></name></assignedPerson>`;
}

function organization(structure: CdaStructure | undefined, industry = ''): string {
  const identity =
    structure === undefined
      ? ''
      : `${id({ root: STRUCTURE_ID_SYSTEM, extension: structure.id })}<name>${escapeXml(structure.name)}</name>`;
  const inside = identity + industry;
  return inside === '' ? '' : `<representedOrganization>${inside}</representedOrganization>`;
}

/** An assigned entity: identifier, profession, name, organisation. */
function professional(person: CdaProfessional, structure: CdaStructure | undefined, industry = ''): string {
  return [
    id({ root: PERSON_ID_SYSTEM, extension: person.id }),
    person.specialty === undefined ? '' : code(person.specialty),
    professionalName(person),
    organization(structure, industry),
  ].join('');
}

function author({ professional: person, structure, role, time }: LevelOneAuthor): string {
  return [
    '<author>',
    role === undefined ? '' : code(role, 'functionCode'),
    stamp('time', time),
    `<assignedAuthor>${professional(person, structure)}</assignedAuthor>`,
    '</author>',
  ].join('');
}

function custodian(structure: CdaStructure): string {
  return [
    '<custodian><assignedCustodian><representedCustodianOrganization>',
    id({ root: STRUCTURE_ID_SYSTEM, extension: structure.id }),
    `<name>${escapeXml(structure.name)}</name>`,
    '</representedCustodianOrganization></assignedCustodian></custodian>',
  ].join('');
}

function legalAuthenticator({ professional: person, structure, time }: LevelOneDocument['legalAuthenticator']): string {
  const entity = `<assignedEntity>${professional(person, structure)}</assignedEntity>`;
  return `<legalAuthenticator>${stamp('time', time)}<signatureCode code="S"/>${entity}</legalAuthenticator>`;
}

function documentationOf(act: LevelOneDocument['act']): string {
  const industry = code(act.practiceSetting, 'standardIndustryClassCode');
  return [
    '<documentationOf><serviceEvent>',
    act.code === undefined ? '' : code(act.code),
    period(act.start, act.stop),
    `<performer typeCode="PRF"><assignedEntity>${professional(act.performer, act.structure, industry)}</assignedEntity></performer>`,
    '</serviceEvent></documentationOf>',
  ].join('');
}

function replacement(replaced: CdaIdentifier | undefined): string {
  if (replaced === undefined) return '';
  return `<relatedDocument typeCode="RPLC"><parentDocument>${id(replaced)}</parentDocument></relatedDocument>`;
}

function componentOf(encounter: LevelOneDocument['encounter']): string {
  return [
    '<componentOf><encompassingEncounter>',
    encounter.code === undefined ? '' : code(encounter.code),
    period(encounter.start, encounter.stop),
    `<location><healthCareFacility>${code(encounter.facilityType)}</healthCareFacility></location>`,
    '</encompassingEncounter></componentOf>',
  ].join('');
}
