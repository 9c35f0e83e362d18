/** The gate of the DMP: may this document leave, must it wait, or will it never leave? (practice 8 and 9) */
import { establishmentOf } from '../config/lookup.ts';
import { qualifiedIdentityOf } from '../identity/index.ts';
import { parseCivilDate } from '../ins/civil-date.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { ruleById } from '../rules/catalogue.ts';
import { feedRules } from '../rules/feed.ts';
import { identityRules } from '../rules/identity.ts';
import { reissueRules } from '../rules/reissue.ts';
import { type Refusal, type Result, refuse } from '../rules/rule.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { FedPatient } from '../store/fed-patients.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';
import { undecidedReissue } from './legacy.ts';
import { feedableTypes } from './lists.ts';
import { type Decision, type Destination, type PolicyFacts, type PolicySettings, policyOf } from './policy.ts';

export type Gate =
  | { readonly kind: 'open'; readonly patient: QualifiedIdentity }
  | { readonly kind: 'waiting'; readonly refusal: Refusal }
  /** « Non transmissible ». */
  | { readonly kind: 'ended'; readonly refusal: Refusal };

const DAY_MS = 86_400_000;

/** `confirmed`: a person confirmed a late sending. */
export function gateOf(
  context: UseCaseContext,
  document: DocumentRecord,
  identity: FedPatient | undefined,
  confirmed: boolean,
): Gate {
  if (!document.notice.toDmp) return { kind: 'ended', refusal: { rule: feedRules.notForTheDmp } };
  const policy = policyFor(context, document, identity, 'DMP');
  if (policy.kind === 'ended') return policy;
  if (identity?.active !== true) return { kind: 'waiting', refusal: { rule: identityRules.patientUnknown } };
  const patient = qualifiedIdentityOf(identity);
  if (!patient.ok) return { kind: 'waiting', refusal: waitingReason(identity, patient.refusal) };
  if (policy.kind === 'waiting') return policy;
  const undecided = undecidedReissue(context.config, document, patient.value);
  if (undecided !== undefined) return { kind: 'waiting', refusal: undecided };
  const ageMs = context.now().getTime() - document.receivedAt.getTime();
  if (ageMs > context.config.lateQualificationDays * DAY_MS && !confirmed)
    return { kind: 'waiting', refusal: { rule: feedRules.lateQualification } };
  return { kind: 'open', patient: patient.value };
}

/** What came as a copy goes to the DMP by itself: whatever the gate says, it never leaves from here. */
export function withoutCopies({ notice }: DocumentRecord, gate: Gate): Gate {
  return notice.legacy?.copy === true ? { kind: 'ended', refusal: { rule: reissueRules.copied } } : gate;
}

/** The settings of the site with its list of what can be fed; whoever asks the gate has had it read (`listsInForce`). */
function settingsOf(context: UseCaseContext): PolicySettings {
  return { ...context.config.policy, feedableTypes: feedableTypes(context) };
}

/** What the policy looks at, for any destination. */
function factsFor(
  { config, now }: UseCaseContext,
  document: DocumentRecord,
  patient: FedPatient | undefined,
): PolicyFacts {
  const at = now();
  const { timeZone } = establishmentOf(config, document.eg).geographic;
  const day = parseCivilDate(hl7Timestamp(at, timeZone).slice(0, 8), 'AAAAMMJJ');
  if (!day.ok) throw new Error('the clock gives no day of the calendar');
  const known = patient?.active === true ? patient : undefined;
  return { document, patient: known, suspendedUntil: known?.suspendedUntil ?? null, now: at, today: day.value };
}

/** What the policy says of a document for one destination. */
export function policyFor(
  context: UseCaseContext,
  document: DocumentRecord,
  patient: FedPatient | undefined,
  destination: Destination,
): Decision {
  return policyOf(factsFor(context, document, patient), settingsOf(context), destination);
}

/** Who a document was fed for, to look for it in the DMP and delete it: an opposition to the feed does not stand against it. */
export function identityToDelete(identity: IdentityRecord | undefined): Result<QualifiedIdentity> {
  if (identity?.active !== true) return refuse(identityRules.patientUnknown);
  const patient = qualifiedIdentityOf(identity);
  return patient.ok ? patient : { ok: false, refusal: waitingReason(identity, patient.refusal) };
}

/** The most useful thing to say: what the last INSi call left, else which of the two proofs is missing. */
function waitingReason(identity: IdentityRecord, refusal: Refusal): Refusal {
  if (identity.status === 'QUAL' || identity.frozenAt !== null) return refusal;
  if (identity.douteuse || identity.fictive) return { rule: identityRules.blockedByAttribute };
  if (identity.mirror) return { rule: feedRules.upstreamNotQualified };
  const said = identity.insiRuleId === null ? undefined : ruleById(identity.insiRuleId);
  if (said !== undefined) return { rule: said };
  switch (identity.status) {
    case 'RECUP':
      return { rule: feedRules.deviceToCheck };
    case 'VALI':
      return { rule: identity.insiState === 'queued' ? feedRules.insiPending : feedRules.insiNotAsked };
    case 'PROV':
      return { rule: feedRules.identityProvisional };
  }
}
