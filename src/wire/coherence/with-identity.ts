/**
 * Promise 4 of the design: the CDA, the message that carried it and our qualified identity speak of one patient and of
 * one document, or the document stops. Nothing is concluded from silence: a trait that one side does not carry differs.
 */
import { finessOfStructureId } from '../../codes/national-ids.ts';
import { comparisonForm, givenNamesConsistent } from '../../ins/traits.ts';
import type { QualifiedIdentity, UnqualifiedPatient } from '../../ins/types.ts';
import { documentRules } from '../../rules/document.ts';
import type { Refusal, Rule } from '../../rules/rule.ts';
import { finding, when } from '../cda/findings.ts';
import type { CdaHeader } from '../cda/header.ts';
import { isInsRoot } from '../cda/oids.ts';
import { birthNameOf, sameBirthDate, sameName } from './same-traits.ts';

/** What the message says, as received; HL7 v2 fields in brackets. */
export interface MessageFacts {
  /** IPP and the OID of its identification domain (PID-3). */
  readonly ipp?: string;
  readonly ippDomain?: string;
  /** PID-3 of type INS. */
  readonly ins?: { readonly matricule: string; readonly oid: string };
  /** PID-5. */
  readonly birthName: string;
  readonly firstGivenName: string;
  /** PID-8. */
  readonly sex: string;
  /** PID-7, AAAAMMJJ; a time after it is ignored. */
  readonly birthDate: string;
  /** TXA-12: `root`, or `extension^^root^ISO`. */
  readonly uniqueId?: string;
  /** OBR-4. */
  readonly typeCode?: string;
  readonly title?: string;
  /** FINESS of the geographic entity of the flow, and those of the same legal entity. */
  readonly establishment?: { readonly finess: string; readonly sameLegalEntity: readonly string[] };
}

/** `refusals` stop the document; `warnings` are shown and do not. */
export interface Comparison {
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly Refusal[];
}

const PATIENT = '/ClinicalDocument/recordTarget/patientRole/patient';
const PATIENT_ID = '/ClinicalDocument/recordTarget/patientRole/id';

export function compareCdaWithIdentity(
  header: CdaHeader,
  identity: QualifiedIdentity,
  message: MessageFacts,
): Comparison {
  return {
    refusals: [
      ...compareIns(header, identity, message),
      ...compareTraits(cdaTraits(header), identity),
      ...compareTraits(messageTraits(message), identity),
      ...compareIpp(header, message),
      ...compareDocument(header, message),
    ],
    warnings: [...compareTitle(header, message), ...compareEstablishment(header, message)],
  };
}

/** Same, for a patient of whom no INS is said (practice 8): by the traits and the local number. */
export function compareCdaWithTraits(header: CdaHeader, patient: UnqualifiedPatient, message: MessageFacts): Refusal[] {
  return [
    ...compareTraits(cdaTraits(header), patient),
    ...compareTraits(messageTraits(message), patient),
    ...compareIpp(header, message),
    ...compareDocument(header, message),
  ];
}

/** Same, of a document that says nothing of its patient: the message alone, on every trait. */
export function compareMessageWithTraits(patient: QualifiedIdentity, message: MessageFacts): Refusal[] {
  return compareTraits(messageTraits(message), patient);
}

function compareIns({ patient }: CdaHeader, { ins }: QualifiedIdentity, message: MessageFacts): Refusal[] {
  const inCda = patient.ids.filter((id) => isInsRoot(id.root));
  const same = inCda.every((id) => id.root === ins.oid && id.extension === ins.matricule);
  const { ins: inMessage } = message;
  const sameInMessage = inMessage === undefined || (inMessage.matricule === ins.matricule && inMessage.oid === ins.oid);
  return [
    ...when(inCda.length === 0, documentRules.cdaInsMissing, PATIENT_ID),
    ...when(!same, documentRules.cdaOtherPatient, PATIENT_ID),
    ...when(!sameInMessage, documentRules.messageOtherPatient, 'PID-3'),
  ];
}

/** One side of the comparison, with the place of each trait. */
interface Traits {
  readonly side: 'document' | 'message';
  readonly birthName: Trait;
  readonly firstGivenName: Trait;
  readonly sex: Trait;
  readonly birthDate: Trait;
}

interface Trait {
  readonly value: string;
  readonly location: string;
}

function cdaTraits({ patient }: CdaHeader): Traits {
  return {
    side: 'document',
    birthName: { value: birthNameOf(patient.families), location: `${PATIENT}/name/family[@qualifier='BR']` },
    firstGivenName: { value: birthNameOf(patient.givens), location: `${PATIENT}/name/given[@qualifier='BR']` },
    sex: { value: patient.gender?.code ?? '', location: `${PATIENT}/administrativeGenderCode` },
    birthDate: { value: patient.birthTime ?? '', location: `${PATIENT}/birthTime` },
  };
}

function messageTraits(message: MessageFacts): Traits {
  return {
    side: 'message',
    birthName: { value: message.birthName, location: 'PID-5' },
    firstGivenName: { value: message.firstGivenName, location: 'PID-5' },
    sex: { value: message.sex, location: 'PID-8' },
    birthDate: { value: message.birthDate.slice(0, 8), location: 'PID-7' },
  };
}

/** The first given name by the prefix rule of EXI ID 10. */
function compareTraits(traits: Traits, { traits: ours }: QualifiedIdentity | UnqualifiedPatient): Refusal[] {
  const { side, birthName, firstGivenName, sex, birthDate } = traits;
  const sameGiven = givenNamesConsistent(firstGivenName.value, ours.birthGivenNames ?? ours.firstGivenName);
  const differs = (same: boolean, rule: Rule, { value, location }: Trait) =>
    when(!same, rule, location, value === '' ? `${side} : absent` : side);
  return [
    ...differs(sameName(birthName.value, ours.birthName), documentRules.cdaBirthNameDiffers, birthName),
    ...differs(sameGiven, documentRules.cdaFirstGivenNameDiffers, firstGivenName),
    ...differs(sex.value === ours.sex, documentRules.cdaSexDiffers, sex),
    ...differs(sameBirthDate(birthDate.value, ours.birthDate), documentRules.cdaBirthDateDiffers, birthDate),
  ];
}

function compareIpp({ patient }: CdaHeader, { ipp, ippDomain }: MessageFacts): Refusal[] {
  if (ipp === undefined || ippDomain === undefined) return [];
  const sameDomain = patient.ids.filter((id) => id.root === ippDomain && id.extension !== undefined);
  const agrees = sameDomain.every((id) => id.extension === ipp);
  return when(!agrees, documentRules.cdaIppDiffers, PATIENT_ID);
}

function compareDocument({ id, code }: CdaHeader, message: MessageFacts): Refusal[] {
  const { uniqueId, typeCode } = message;
  const sameId = uniqueId === undefined || uniqueId === id?.root || isHl7Form(uniqueId, id);
  const sameType = typeCode === undefined || typeCode === code?.code;
  return [
    ...when(!sameId, documentRules.cdaOtherDocument, 'TXA-12', 'identifiant'),
    ...when(!sameType, documentRules.cdaOtherDocument, 'OBR-4', 'type'),
  ];
}

/** `extension^^root^ISO` when the CDA identifier has an extension, `root^^…` otherwise (cda-cisis.md 5). */
function isHl7Form(received: string, id: CdaHeader['id']): boolean {
  const [first, , third = ''] = received.split('^');
  if (id?.extension === undefined) return first === id?.root && (third === '' || third === id?.root);
  return first === id.extension && third === id.root;
}

function compareTitle({ title }: CdaHeader, message: MessageFacts): Refusal[] {
  if (message.title === undefined || title === undefined) return [];
  const same = comparisonForm(message.title) === comparisonForm(title);
  return when(!same, documentRules.cdaTitleDiffers, '/ClinicalDocument/title');
}

/** Only a sister entity is told apart: a document may rightly come from an outside laboratory. */
function compareEstablishment({ authors, custodian }: CdaHeader, { establishment }: MessageFacts): Refusal[] {
  if (establishment === undefined) return [];
  const { finess, sameLegalEntity } = establishment;
  const structures = [custodian, ...authors.map((author) => author.organization)];
  const found = structures.flatMap((structure) => finessOfStructureId(structure?.id?.extension ?? '') ?? []);
  const sisters = new Set(found.filter((each) => each !== finess && sameLegalEntity.includes(each)));
  return [...sisters].map((each) => finding(documentRules.cdaOtherEg, '/ClinicalDocument', each));
}
