/** Header rules of the people and structures behind the document: author, custodian, legal authenticator. */
import { PERSON_ID_SYSTEM, STRUCTURE_ID_SYSTEM } from '../../codes/national-ids.ts';
import { documentRules } from '../../rules/document.ts';
import type { Refusal } from '../../rules/rule.ts';
import { isIdentified, nationalStructure, required, requiredCode, when } from './findings.ts';
import type { CdaAuthor, CdaLegalAuthenticator } from './header.ts';
import type { Organization } from './nodes.ts';
import { PATIENT_DOCUMENTS_HOST } from './oids.ts';

export function checkAuthors(authors: readonly CdaAuthor[]): Refusal[] {
  if (authors.length === 0) return required(false, '/ClinicalDocument/author');
  return authors.flatMap((author, index) => checkAuthor(author, `/ClinicalDocument/author[${index + 1}]`));
}

function checkAuthor(author: CdaAuthor, location: string): Refusal[] {
  const assigned = `${location}/assignedAuthor`;
  const [id] = author.ids;
  return [
    ...required(author.time !== undefined, `${location}/time`),
    ...required(isIdentified(id) && id.extension !== undefined, `${assigned}/id`),
    ...(author.device === undefined ? checkAuthorPerson(author, assigned) : checkAuthorDevice(author.device, assigned)),
    ...nationalStructure(author.organization, `${assigned}/representedOrganization`),
  ];
}

/** The DMP wants both names (RG_2230, dmp.md 3.4). Only a professional has a profession: a patient may be an author. */
function checkAuthorPerson(author: CdaAuthor, assigned: string): Refusal[] {
  const professional = author.ids[0]?.root === PERSON_ID_SYSTEM;
  return [
    ...required(author.family !== undefined, `${assigned}/assignedPerson/name/family`),
    ...required(author.given !== undefined, `${assigned}/assignedPerson/name/given`),
    ...when(professional && author.code?.code === undefined, documentRules.cdaAuthorSpecialty, `${assigned}/code`),
    ...(author.code?.code === undefined ? [] : requiredCode(author.code, `${assigned}/code`)),
  ];
}

function checkAuthorDevice(device: NonNullable<CdaAuthor['device']>, assigned: string): Refusal[] {
  return [
    ...required(device.model !== undefined, `${assigned}/assignedAuthoringDevice/manufacturerModelName`),
    ...required(device.software !== undefined, `${assigned}/assignedAuthoringDevice/softwareName`),
  ];
}

export function checkCustodian(custodian: Organization | undefined): Refusal[] {
  const location = '/ClinicalDocument/custodian/assignedCustodian/representedCustodianOrganization/id';
  const id = custodian?.id;
  if (!isIdentified(id)) return required(false, location);
  const known = (id.root === STRUCTURE_ID_SYSTEM && id.extension !== undefined) || id.root === PATIENT_DOCUMENTS_HOST;
  return when(!known, documentRules.cdaIdentifierRoot, location);
}

export function checkLegalAuthenticator(authenticator: CdaLegalAuthenticator | undefined): Refusal[] {
  const location = '/ClinicalDocument/legalAuthenticator';
  if (authenticator === undefined) return when(true, documentRules.cdaLegalAuthenticatorMissing, location);
  const entity = `${location}/assignedEntity`;
  const [id] = authenticator.ids;
  return [
    ...required(authenticator.time !== undefined, `${location}/time`),
    ...when(authenticator.signatureCode !== 'S', documentRules.cdaConstantWrong, `${location}/signatureCode`),
    ...required(isIdentified(id) && id.extension !== undefined, `${entity}/id`),
    ...required(authenticator.family !== undefined, `${entity}/assignedPerson/name/family`),
    ...nationalStructure(authenticator.organization, `${entity}/representedOrganization`),
  ];
}
