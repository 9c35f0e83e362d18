/**
 * Our own rules for the header of a CDA bound for the DMP: the mandatory rows of the French "structuration minimale"
 * and the further constraints of the DMP (cda-cisis.md 3, dmp.md 5). They are the first gate; the schema and the ANS
 * schematron come after. Nothing is corrected: every fault is reported with its place.
 */
import { CONFIDENTIALITY_LEVELS } from '../../codes/confidentiality-codes.ts';
import { documentType } from '../../codes/document-types.ts';
import { isOid } from '../../ins/oids.ts';
import { documentRules } from '../../rules/document.ts';
import type { Refusal } from '../../rules/rule.ts';
import { type CdaBody, levelOneMediaType, looksLike } from './body.ts';
import { checkEncounter, checkMainAct, checkReplacement } from './check-context.ts';
import { checkAuthors, checkCustodian, checkLegalAuthenticator } from './check-participants.ts';
import { checkPatient } from './check-patient.ts';
import { finding, isDatedWithOffset, isIdentified, required, requiredCode, unknownCode, when } from './findings.ts';
import type { CdaHeader } from './header.ts';
import type { CodeValue, InstanceId } from './nodes.ts';
import { TEMPLATE_CI_SIS, TEMPLATE_HL7_FRANCE, TEMPLATE_XDS_SD, TYPE_ID } from './oids.ts';

const ROOT = '/ClinicalDocument';
/** Longest title, characters: the XDS title of the DMP (dmp.md 3.3). */
const MAX_TITLE = 128;

/** Every rule that the header breaks, in document order; an empty list lets the document go on to the next gate. */
export function checkCdaHeader(header: CdaHeader): Refusal[] {
  return [
    ...header.repeated.map((location) => finding(documentRules.cdaElementRepeated, location)),
    ...checkConstants(header),
    ...checkTemplates(header.templateIds, header.body),
    ...checkId(header.id),
    ...checkType(header.code),
    ...checkTitle(header.title),
    ...checkEffectiveTime(header.effectiveTime),
    ...checkConfidentiality(header.confidentiality),
    ...checkLanguage(header.languageCode),
    ...checkVersion(header),
    ...checkPatient(header.patient),
    ...checkAuthors(header.authors),
    ...checkCustodian(header.custodian),
    ...checkLegalAuthenticator(header.legalAuthenticator),
    ...checkMainAct(header.serviceEvents[0]),
    ...checkReplacement(header.relatedDocument),
    ...checkEncounter(header.encounter),
    ...checkBody(header.body),
  ];
}

function checkConstants(header: CdaHeader): Refusal[] {
  const { realmCode, typeId } = header;
  const typed = typeId?.root === TYPE_ID.root && typeId.extension === TYPE_ID.extension;
  return [
    ...when(realmCode !== 'FR', documentRules.cdaConstantWrong, `${ROOT}/realmCode`),
    ...when(!typed, documentRules.cdaConstantWrong, `${ROOT}/typeId`),
  ];
}

function checkTemplates(templateIds: readonly InstanceId[], body: CdaBody): Refusal[] {
  const location = `${ROOT}/templateId`;
  const roots = new Set(templateIds.map((template) => template.root));
  const missing = [TEMPLATE_HL7_FRANCE, TEMPLATE_CI_SIS].filter((root) => !roots.has(root));
  const findings = missing.map((root) => finding(documentRules.cdaTemplatesMissing, location, root));
  const model = [...roots].some((root) => root !== TEMPLATE_HL7_FRANCE && root !== TEMPLATE_CI_SIS);
  if (body.kind === 'level-1') {
    const exact = roots.has(TEMPLATE_XDS_SD) && templateIds.length === 3;
    return [...findings, ...when(!exact, documentRules.cdaLevelOneTemplates, location)];
  }
  return [...findings, ...when(!model, documentRules.cdaTemplatesMissing, location)];
}

function checkId(id: InstanceId | undefined): Refusal[] {
  const location = `${ROOT}/id`;
  if (!isIdentified(id)) return required(false, location);
  return [
    ...when(id.extension !== undefined, documentRules.cdaIdWithExtension, `${location}/@extension`),
    ...when(!isOid(id.root), documentRules.cdaIdNotOid, `${location}/@root`),
  ];
}

function checkType(code: CodeValue | undefined): Refusal[] {
  const location = `${ROOT}/code`;
  return [...requiredCode(code, location), ...unknownCode(code, documentType, documentRules.cdaTypeUnknown, location)];
}

function checkTitle(title: string | undefined): Refusal[] {
  const location = `${ROOT}/title`;
  if (title === undefined) return required(false, location);
  return when(title.length > MAX_TITLE, documentRules.cdaTitleTooLong, location, `${title.length} caractères`);
}

function checkEffectiveTime(value: string | undefined): Refusal[] {
  const location = `${ROOT}/effectiveTime`;
  if (value === undefined) return required(false, location);
  const toTheSecond = isDatedWithOffset(value, false) && /^\d{14}/.test(value);
  return when(!toTheSecond, documentRules.cdaTimeIncomplete, location);
}

function checkConfidentiality(value: CodeValue | undefined): Refusal[] {
  const location = `${ROOT}/confidentialityCode`;
  const incomplete = requiredCode(value, location);
  if (value?.code === undefined || value.nullFlavor !== undefined) return incomplete;
  const { code, codeSystem } = value;
  const level = Object.values(CONFIDENTIALITY_LEVELS).find((known) => known.code === code);
  if (level === undefined || (codeSystem ?? level.system) !== level.system) {
    return [...incomplete, finding(documentRules.cdaConfidentialityUnknown, location, code)];
  }
  return [...incomplete, ...when(code !== 'N', documentRules.cdaConfidentialityRestricted, location, code)];
}

function checkLanguage(code: string | undefined): Refusal[] {
  const location = `${ROOT}/languageCode`;
  if (code === undefined) return required(false, location);
  return when(!/^[a-z]{2}-[A-Z]{2}$/.test(code), documentRules.cdaLanguage, location, code);
}

function checkVersion(header: CdaHeader): Refusal[] {
  const { setId, versionNumber } = header;
  const location = `${ROOT}/versionNumber`;
  return [
    ...required(isIdentified(setId), `${ROOT}/setId`),
    ...(versionNumber === undefined
      ? required(false, location)
      : when(!/^[1-9]\d*$/.test(versionNumber), documentRules.cdaVersionNumber, location)),
  ];
}

function checkBody(body: CdaBody): Refusal[] {
  if (body.kind === 'structured') return [];
  if (body.kind === 'none') return required(false, `${ROOT}/component`);
  const location = `${ROOT}/component/nonXMLBody/text`;
  const mediaType = levelOneMediaType(body.mediaType);
  const { content } = body;
  const announced = mediaType === undefined || (content.state === 'base64' && looksLike(mediaType, content.head));
  return [
    ...when(mediaType === undefined, documentRules.cdaBodyMediaType, `${location}/@mediaType`, body.mediaType),
    ...when(body.representation !== 'B64', documentRules.cdaBodyMediaType, `${location}/@representation`),
    ...when(content.state !== 'base64' || !announced, documentRules.cdaBodyContent, location),
  ];
}
