/** The gate of the DMP: may this document leave, must it wait, or will it never leave? (practice 8 and 9) */
import { qualifiedIdentityOf } from '../identity/index.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { ruleById } from '../rules/catalogue.ts';
import { feedRules } from '../rules/feed.ts';
import { identityRules } from '../rules/identity.ts';
import { type Refusal, type Result, refuse } from '../rules/rule.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { IdentityRecord } from '../store/identities.ts';

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
  identity: IdentityRecord | undefined,
  confirmed: boolean,
): Gate {
  if (!document.notice.toDmp) return { kind: 'ended', refusal: { rule: feedRules.notForTheDmp } };
  if (identity?.active !== true) return { kind: 'waiting', refusal: { rule: identityRules.patientUnknown } };
  if (identity.feedOpposition) return { kind: 'ended', refusal: { rule: feedRules.opposition } };
  const patient = qualifiedIdentityOf(identity);
  if (!patient.ok) return { kind: 'waiting', refusal: waitingReason(identity, patient.refusal) };
  const ageMs = context.now().getTime() - document.receivedAt.getTime();
  if (ageMs > context.config.lateQualificationDays * DAY_MS && !confirmed)
    return { kind: 'waiting', refusal: { rule: feedRules.lateQualification } };
  return { kind: 'open', patient: patient.value };
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
