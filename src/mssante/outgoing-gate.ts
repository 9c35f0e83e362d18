/** The gate of a mail: a patient's needs a qualified identity, a professional's leaves without matricule (practice 8). */
import { identityToDelete, policyFor } from '../feed/index.ts';
import { traitsOf } from '../identity/index.ts';
import type { QualifiedIdentity, UnqualifiedPatient } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { feedRules } from '../rules/feed.ts';
import { identityRules } from '../rules/identity.ts';
import { mssanteRules } from '../rules/mssante.ts';
import type { Refusal } from '../rules/rule.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { FedPatient } from '../store/fed-patients.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { MailRecord } from '../store/mails.ts';

export type MailGate =
  | {
      readonly kind: 'open';
      readonly patient: QualifiedIdentity | UnqualifiedPatient;
      readonly identity: IdentityRecord;
    }
  | { readonly kind: 'waiting'; readonly refusal: Refusal }
  | { readonly kind: 'ended'; readonly refusal: Refusal };

const DAY_MS = 86_400_000;

/** `confirmed`: a person confirmed a late sending. */
export function mailGateOf(
  context: UseCaseContext,
  document: DocumentRecord,
  mail: Pick<MailRecord, 'destination'>,
  identity: FedPatient | undefined,
  confirmed: boolean,
): MailGate {
  const toPatient = mail.destination === 'MSSANTE-PATIENT';
  const policy = policyFor(context, document, identity, mail.destination);
  if (policy.kind === 'ended') return policy;
  if (identity?.active !== true) return { kind: 'waiting', refusal: { rule: identityRules.patientUnknown } };
  if (identity.fictive) return { kind: 'ended', refusal: { rule: mssanteRules.fictive } };
  const qualified = identityToDelete(identity);
  if (policy.kind === 'waiting') return policy;
  if (!qualified.ok && (toPatient || identity.frozenAt !== null || document.ipp === ''))
    return { kind: 'waiting', refusal: qualified.refusal };
  if (!qualified.ok) return { kind: 'open', identity, patient: unqualified(identity) };
  const ageMs = context.now().getTime() - document.receivedAt.getTime();
  if (toPatient && !confirmed && ageMs > context.config.lateQualificationDays * DAY_MS)
    return { kind: 'waiting', refusal: { rule: feedRules.lateQualification } };
  return { kind: 'open', identity, patient: qualified.value };
}

/** A mail that withdraws another goes where that one went, whatever the identity has become; it names the patient by traits. */
export function withdrawalGate(identity: IdentityRecord): MailGate {
  return { kind: 'open', identity, patient: unqualified(identity) };
}

/** Made field by field: no number of the record can slip in. */
function unqualified(identity: IdentityRecord): UnqualifiedPatient {
  const { usedName, usedGivenName } = identity;
  return {
    traits: traitsOf(identity),
    ...(usedName === null ? {} : { usedName }),
    ...(usedGivenName === null ? {} : { usedGivenName }),
  };
}
