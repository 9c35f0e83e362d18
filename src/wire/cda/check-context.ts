/** Header rules of what the document is about: main act, replaced document, encounter. */
import { healthcareFacilityType } from '../../codes/healthcare-facility-types.ts';
import { practiceSetting } from '../../codes/practice-settings.ts';
import { documentRules } from '../../rules/document.ts';
import type { Refusal } from '../../rules/rule.ts';
import {
  isDatedWithOffset,
  isIdentified,
  nationalStructure,
  required,
  requiredCode,
  unknownCode,
  when,
} from './findings.ts';
import type { CdaEncounter, CdaRelatedDocument, CdaServiceEvent } from './header.ts';

/** The first documentationOf is the main act: the DMP takes the times and the practice setting from it. */
export function checkMainAct(act: CdaServiceEvent | undefined): Refusal[] {
  const location = '/ClinicalDocument/documentationOf[1]/serviceEvent';
  if (act === undefined) return required(false, location);
  return [...checkActCode(act, location), ...checkActPeriod(act, location), ...checkPerformer(act, location)];
}

function checkActCode({ code }: CdaServiceEvent, location: string): Refusal[] {
  const complete = code === undefined || code.nullFlavor !== undefined || (code.code && code.codeSystem);
  return when(!complete, documentRules.cdaCodeIncomplete, `${location}/code`);
}

function checkActPeriod({ period }: CdaServiceEvent, location: string): Refusal[] {
  const low = `${location}/effectiveTime/low`;
  if (period?.low === undefined) return required(false, low);
  const times: ReadonlyArray<readonly [string, string | undefined]> = [
    [low, period.low],
    [`${location}/effectiveTime/high`, period.high],
  ];
  return times.flatMap(([path, value]) =>
    when(value !== undefined && !isDatedWithOffset(value, true), documentRules.cdaTimeIncomplete, path),
  );
}

function checkPerformer({ performer }: CdaServiceEvent, location: string): Refusal[] {
  const path = `${location}/performer`;
  if (performer === undefined) return required(false, path);
  const organization = `${path}/assignedEntity/representedOrganization`;
  const industryPath = `${organization}/standardIndustryClassCode`;
  const industry = performer.organization?.industry;
  return [
    ...when(performer.typeCode !== 'PRF', documentRules.cdaConstantWrong, `${path}/@typeCode`),
    ...required(performer.ids.length > 0, `${path}/assignedEntity/id`),
    ...requiredCode(industry, industryPath),
    ...unknownCode(industry, practiceSetting, documentRules.cdaPracticeSettingUnknown, industryPath),
    ...nationalStructure(performer.organization, organization),
  ];
}

export function checkReplacement(related: CdaRelatedDocument | undefined): Refusal[] {
  if (related === undefined) return [];
  const location = '/ClinicalDocument/relatedDocument';
  return [
    ...when(related.typeCode !== 'RPLC', documentRules.cdaReplacement, `${location}/@typeCode`, related.typeCode),
    ...when(!isIdentified(related.parentId), documentRules.cdaReplacement, `${location}/parentDocument/id`),
  ];
}

export function checkEncounter(encounter: CdaEncounter | undefined): Refusal[] {
  const location = '/ClinicalDocument/componentOf/encompassingEncounter';
  if (encounter === undefined) return required(false, location);
  const { code, period, facilityCode } = encounter;
  const facilityPath = `${location}/location/healthCareFacility/code`;
  return [
    ...required(period?.low !== undefined || period?.high !== undefined, `${location}/effectiveTime`),
    ...(code === undefined ? [] : requiredCode(code, `${location}/code`)),
    ...requiredCode(facilityCode, facilityPath),
    ...unknownCode(facilityCode, healthcareFacilityType, documentRules.cdaFacilityUnknown, facilityPath),
  ];
}
