/**
 * Document policy, decided for one destination: may this document leave, must it wait, or will it never leave? Pure: what is
 * known of patient and document comes in, the decision with its reason goes out. Whether the identity is qualified is the
 * gate's own question. Source: practice 8 to 11, dmp.md 7.
 */
import { documentType } from '../codes/document-types.ts';
import type { PolicyConfig } from '../config/policy-schema.ts';
import { ageOn, parseCivilDate } from '../ins/civil-date.ts';
import type { CivilDate } from '../ins/types.ts';
import { feedRules } from '../rules/feed.ts';
import { policyRules } from '../rules/policy.ts';
import type { Refusal, Rule } from '../rules/rule.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { IdentityRecord } from '../store/identities.ts';

/** `MSSANTE-PS`: mail to professionals. `MSSANTE-PATIENT`: mail to the patient (Mon espace santé). */
export type Destination = 'DMP' | 'MSSANTE-PS' | 'MSSANTE-PATIENT';

export type Decision =
  | { readonly kind: 'open' }
  | { readonly kind: 'waiting'; readonly refusal: Refusal }
  /** « Non transmissible », or to be corrected: the retry class of its rule tells. */
  | { readonly kind: 'ended'; readonly refusal: Refusal };

export interface PolicyFacts {
  readonly document: Pick<DocumentRecord, 'action' | 'typeCode' | 'notice'>;
  /** Undefined while the patient is not known here. */
  readonly patient: PatientFacts | undefined;
  /** Until when a person suspended it; null when nobody did. */
  readonly suspendedUntil: Date | null;
  readonly now: Date;
  /** The civil day at the establishment. */
  readonly today: CivilDate;
}

export type PatientFacts = Pick<
  IdentityRecord,
  | 'status'
  | 'feedOpposition'
  | 'informedAt'
  | 'anonymous'
  | 'noInsReason'
  | 'dmpState'
  | 'dmpStateAt'
  | 'birthDate'
  | 'birthDateAsGiven'
>;

/** Types that the DMP takes, as the site keeps the list; absent: JDV_J66 as it came with this version. */
export interface PolicySettings extends PolicyConfig {
  readonly feedableTypes?: ReadonlySet<string> | undefined;
}

const HOUR_MS = 3_600_000;

/** Each reason for the destinations that it concerns, the one that lasts longest first. */
const REASONS: readonly {
  readonly of: readonly Destination[];
  readonly reason: (facts: PolicyFacts, settings: PolicySettings, destination: Destination) => Reason;
}[] = [
  { of: ['DMP', 'MSSANTE-PATIENT'], reason: ({ patient }) => (patient?.anonymous ? policyRules.anonymous : undefined) },
  { of: ['DMP'], reason: ({ patient }) => (patient?.feedOpposition ? feedRules.opposition : undefined) },
  { of: ['DMP'], reason: notInformed },
  { of: ['DMP', 'MSSANTE-PATIENT'], reason: noIns },
  { of: ['DMP'], reason: notFeedable },
  { of: ['DMP', 'MSSANTE-PATIENT'], reason: partialResult },
  { of: ['DMP'], reason: forbiddenVisibility },
  { of: ['MSSANTE-PS', 'MSSANTE-PATIENT'], reason: forbiddenMail },
  { of: ['DMP'], reason: noDmp },
];

type Reason = Rule | Refusal | undefined;

/** The first reason that ends the wait; else the suspension; else nothing stands against it. */
export function policyOf(facts: PolicyFacts, settings: PolicySettings, destination: Destination): Decision {
  // What is asked to be taken out is not fed: only the request itself counts.
  if (facts.document.action === 'delete') return { kind: 'open' };
  for (const { of, reason } of REASONS) {
    const found = of.includes(destination) ? reason(facts, settings, destination) : undefined;
    if (found !== undefined) return { kind: 'ended', refusal: 'rule' in found ? found : { rule: found } };
  }
  const { suspendedUntil, now } = facts;
  if (suspendedUntil !== null && suspendedUntil > now)
    return { kind: 'waiting', refusal: { rule: policyRules.suspended, detail: suspendedUntil.toISOString() } };
  return { kind: 'open' };
}

/** Endings that what is later known of the patient may undo: the document is then looked at again without a person. */
export const PATIENT_REASONS: readonly Rule[] = [
  feedRules.opposition,
  feedRules.dmpAbsent,
  feedRules.dmpClosed,
  policyRules.anonymous,
  policyRules.notInformed,
  policyRules.noIns,
];

/** Minor by the civil date of birth, a lunar one as completed; undefined when its year is unknown. */
function isMinor(
  { birthDate, birthDateAsGiven }: Pick<PatientFacts, 'birthDate' | 'birthDateAsGiven'>,
  today: CivilDate,
  majority: number,
): boolean | undefined {
  const given = parseCivilDate(birthDateAsGiven ?? birthDate);
  const age = given.ok ? ageOn(given.value, today) : undefined;
  return age === undefined ? undefined : age < majority;
}

function notInformed({ patient }: PolicyFacts, { patientInformation }: PolicySettings): Reason {
  const unknown = patient !== undefined && patient.informedAt === null;
  return patientInformation === 'required' && unknown ? policyRules.notInformed : undefined;
}

function noIns({ patient }: PolicyFacts): Reason {
  const none = patient !== undefined && patient.noInsReason !== null && patient.status !== 'QUAL';
  return none ? policyRules.noIns : undefined;
}

/** A type that no national table knows is not judged here: it may be a local one that waits for its row. */
function notFeedable({ document: { typeCode } }: PolicyFacts, { feedableTypes }: PolicySettings): Reason {
  const type = documentType(typeCode);
  const known = type !== undefined || feedableTypes?.has(typeCode) === true;
  const feedable = feedableTypes === undefined ? type?.feedable === true : feedableTypes.has(typeCode);
  return known && !feedable ? { rule: feedRules.typeNotFeedable, detail: typeCode } : undefined;
}

function partialResult({ document }: PolicyFacts, { partialResults }: PolicySettings): Reason {
  const { send, types, resultStatuses, orderStatuses } = partialResults;
  const { notFinal } = document.notice;
  if (send || notFinal === undefined || !types.includes(document.typeCode)) return undefined;
  const said = [
    ...notFinal.results.filter((code) => resultStatuses.includes(code)),
    ...(notFinal.order !== undefined && orderStatuses.includes(notFinal.order) ? [notFinal.order] : []),
  ];
  return said.length > 0 ? { rule: policyRules.partialResult, detail: said.join(', ') } : undefined;
}

/** EX_2.1-1050: what legal representatives must not see goes by secret connection, and concerns a minor. */
function forbiddenVisibility(facts: PolicyFacts, { visibility: settings }: PolicySettings): Reason {
  const { visibility } = facts.document.notice;
  const combined = visibility.maskedFromProfessionals && visibility.invisibleToPatient;
  if (combined && settings.maskedAndInvisible === 'refuse') return feedRules.masksCombined;
  if (!visibility.invisibleToRepresentatives) return undefined;
  const { patient, today } = facts;
  if (patient !== undefined && isMinor(patient, today, settings.majority) === false) return policyRules.notAMinor;
  const asked = visibility.secretConnection === true && settings.secretConnection === 'flag';
  return asked ? undefined : feedRules.secretConnectionNeeded;
}

/** The decision matrix of the volet: who is not to see a document is not sent it. */
function forbiddenMail({ document }: PolicyFacts, _: PolicySettings, destination: Destination): Reason {
  const { maskedFromProfessionals, invisibleToPatient, secretConnection } = document.notice.visibility;
  if (destination === 'MSSANTE-PS') return maskedFromProfessionals ? policyRules.mailToProfessionalMasked : undefined;
  if (invisibleToPatient) return policyRules.mailToPatientHidden;
  return secretConnection === true ? policyRules.mailToPatientSecret : undefined;
}

/** As TD0.2 said last; after a while it is asked again, by the next document or by its own task. */
function noDmp({ patient, now }: PolicyFacts, { dmpAskedAgainAfterHours }: PolicySettings): Reason {
  const { dmpState = null, dmpStateAt = null } = patient ?? {};
  if (dmpState === null || dmpState === 'active' || dmpStateAt === null) return undefined;
  const fresh = now.getTime() - dmpStateAt.getTime() < dmpAskedAgainAfterHours * HOUR_MS;
  if (!fresh) return undefined;
  return {
    rule: dmpState === 'absent' ? feedRules.dmpAbsent : feedRules.dmpClosed,
    detail: `TD0.2 du ${dmpStateAt.toISOString().slice(0, 10)}`,
  };
}
