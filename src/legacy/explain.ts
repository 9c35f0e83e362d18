/** A rule as an old connector shows it: a code of the IHE set, and French words that name the rule. Source: dmp.md 6. */
import { legacyRules } from '../rules/legacy.ts';
import type { Refusal, Rule } from '../rules/rule.ts';
import {
  answered,
  faulted,
  type LegacyAnswer,
  queryResponse,
  type RegistryFailure,
  registryResponse,
  retrieveResponse,
} from '../wire/legacy/answer.ts';
import type { RequestFrame } from '../wire/legacy/request.ts';

/** Who answers in an XDS infrastructure: it is part of the code. */
type Actor = 'Repository' | 'Registry';

/** Codes that say more than « error ». */
const CODES: ReadonlyMap<Rule, string | ((actor: Actor) => string)> = new Map<
  Rule,
  string | ((actor: Actor) => string)
>([
  [legacyRules.documentMissing, 'XDSMissingDocument'],
  [legacyRules.patientsDiffer, 'XDSPatientIdDoesNotMatch'],
  [legacyRules.patientUnlike, 'XDSPatientIdDoesNotMatch'],
  [legacyRules.patientUnknown, 'XDSUnknownPatientId'],
  [legacyRules.metadataUnreadable, (actor) => `XDS${actor}MetadataError`],
  [legacyRules.associationRefused, (actor) => `XDS${actor}MetadataError`],
  [legacyRules.documentUnknown, 'XDSMetadataUpdateOperationError'],
]);

/** The retry of a connector hangs on the code: busy says « come again ». */
function codeOf({ rule }: Refusal, actor: Actor): string {
  if (rule.retry === 'automatic') return `XDS${actor}Busy`;
  const code = CODES.get(rule) ?? `XDS${actor}Error`;
  return typeof code === 'string' ? code : code(actor);
}

/** What happened, why, and what to do, in one sentence each. */
export function wordsOf({ rule, detail }: Refusal): string {
  const about = detail === undefined || detail === '' ? '' : ` (${detail})`;
  return `[${rule.id}] ${rule.title}${about}. ${rule.cause} ${rule.remedy}`;
}

function failureOf(refusal: Refusal, actor: Actor): RegistryFailure {
  return { code: codeOf(refusal, actor), context: wordsOf(refusal), location: refusal.location };
}

export const ACTIONS = {
  submit: 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse',
  query: 'urn:ihe:iti:2007:RegistryStoredQueryResponse',
  retrieve: 'urn:ihe:iti:2007:RetrieveDocumentSetResponse',
  update: 'urn:ihe:iti:2010:UpdateDocumentSet-Response',
  existence: 'urn:hl7-org:v3:PRPA_IN201308UV02',
} as const;

/** A refusal in the answer of the transaction, where it has one for it; else a fault. */
export function refusedAs(transaction: string, frame: RequestFrame, id: string, refusal: Refusal): LegacyAnswer {
  switch (transaction) {
    case 'TD2.1':
      return answered(frame, ACTIONS.submit, id, registryResponse(failureOf(refusal, 'Repository')));
    case 'TD3.1a':
    case 'TD3.1b':
      return answered(frame, ACTIONS.query, id, queryResponse([], 'ObjectRef', failureOf(refusal, 'Registry')));
    case 'TD3.2':
      return answered(frame, ACTIONS.retrieve, id, retrieveResponse(failureOf(refusal, 'Repository')));
    case 'TD3.3':
    case 'TD3.3c':
      return answered(frame, ACTIONS.update, id, registryResponse(failureOf(refusal, 'Registry')));
    default:
      return faultFor(frame, id, refusal);
  }
}

export function faultFor(frame: RequestFrame, id: string, refusal: Refusal): LegacyAnswer {
  return faulted(frame, id, refusal.rule.retry === 'automatic' ? 'Receiver' : 'Sender', wordsOf(refusal));
}
