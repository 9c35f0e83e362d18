/**
 * What taking a document up again means in its present state. Pure, so that the rehearsal of a bulk operation and the
 * action itself decide alike.
 */
import { ruleById } from '../rules/catalogue.ts';
import { documentRules } from '../rules/document.ts';
import { feedRules } from '../rules/feed.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { identityRules } from '../rules/identity.ts';
import { policyRules } from '../rules/policy.ts';
import { retentionRules } from '../rules/retention.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { versionRules } from '../rules/versions.ts';
import type { DocumentRecord } from '../store/documents.ts';

export type TakeUp = 'look-again' | 'confirm-late' | 'try-now' | 'ask-dmp' | 'reopen';

/** Endings that an outside event may have made obsolete: a DMP opened since, an opposition lifted. */
const REOPENABLE = new Set<string>([
  feedRules.dmpAbsent.id,
  feedRules.dmpClosed.id,
  feedRules.opposition.id,
  policyRules.notInformed.id,
  policyRules.anonymous.id,
  policyRules.noIns.id,
  feedRules.withdrawnByPerson.id,
]);

/** Refusals that looking again cannot lift: what was wrong stands in the message, or another document bears the name. */
const FOR_THE_SENDER = new Set<string>([
  identityRules.ippConflict.id,
  feedRules.uniqueIdInUse.id,
  hl7Rules.nothingDesignated.id,
  documentRules.cdaReplacement.id,
  versionRules.parentsDiffer.id,
  versionRules.otherStructure.id,
  retentionRules.askTheSender.id,
]);

/** Refused for what left, for what was refused for good, and for what only its sender can put right. */
export function takeUpOf({ state, ruleId }: Pick<DocumentRecord, 'state' | 'ruleId'>): Result<TakeUp> {
  switch (state) {
    case 'unknown':
      return ok('ask-dmp');
    case 'ready':
      return ok('try-now');
    case 'received':
    case 'waiting':
      return ok(ruleId === feedRules.lateQualification.id ? 'confirm-late' : 'look-again');
    case 'withdrawn':
      return REOPENABLE.has(ruleId ?? '') ? ok('reopen') : notNow(state);
    case 'refused':
      return isCorrectable(ruleId ?? '') ? ok('reopen') : notNow(state);
    case 'unreadable':
    case 'sending':
    case 'accepted':
    case 'replaced':
    case 'deleted':
      return notNow(state);
  }
}

/** Somebody may have corrected the cause on our side, or the DMP's. */
function isCorrectable(ruleId: string): boolean {
  return !FOR_THE_SENDER.has(ruleId) && ruleById(ruleId)?.retry !== 'never';
}

function notNow(state: DocumentRecord['state']): Result<never> {
  return refuse(feedRules.notWaiting, { detail: state });
}
