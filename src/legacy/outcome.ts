/** What has become of what a connector asked for, waited for as long as the site lets it wait (practice 17). */

import { ruleById } from '../rules/catalogue.ts';
import { legacyRules } from '../rules/legacy.ts';
import { policyRules } from '../rules/policy.ts';
import type { Refusal, Rule } from '../rules/rule.ts';
import { type DocumentRecord, documentById } from '../store/documents.ts';
import type { LegacyContext } from './context.ts';

/** Between two looks at the rows: at a hundred connectors that wait, a few hundred reads by key a second. */
const LOOK_EVERY_MS = 250;

/** The DMP has, or had, what was asked. */
const DONE: readonly DocumentRecord['state'][] = ['accepted', 'replaced', 'deleted'];
const ENDED: readonly DocumentRecord['state'][] = ['refused', 'unreadable', 'withdrawn'];

/**
 * Undefined once the DMP has done all of it. A refusal by `pending`, which is retryable, when it has not yet: at once when
 * nothing but a person, or time, can change that. Any other refusal is final.
 */
export async function outcomeOf(
  context: LegacyContext,
  documentIds: readonly string[],
  { waitMs, pending }: { readonly waitMs: number; readonly pending: Rule },
): Promise<Refusal | undefined> {
  const until = context.now().getTime() + waitMs;
  for (;;) {
    const documents = await Promise.all(documentIds.map((id) => documentById(context.pool, id)));
    const known = documents.filter((each) => each !== undefined);
    const ended = known.find((each) => ENDED.includes(each.state) && !isDone(each));
    if (ended !== undefined) return refusalOf(ended);
    const open = known.filter((each) => !isDone(each));
    if (open.length === 0) return undefined;
    const [held] = open.filter(isHeld);
    const now = context.now().getTime();
    if (held !== undefined || now >= until || context.stopping.aborted)
      return { rule: pending, ...detailOf(held ?? open[0]) };
    await context.wait(Math.min(LOOK_EVERY_MS, until - now));
  }
}

/** A version that says nothing new: what it says is in the DMP. */
function isDone({ state, ruleId }: DocumentRecord): boolean {
  return DONE.includes(state) || ruleId === policyRules.unchanged.id;
}

/** It waits for somebody, or for another lane: looking again in a second would not help. */
function isHeld({ state, ruleId }: DocumentRecord): boolean {
  return state === 'waiting' && ruleId !== null;
}

function detailOf(document: DocumentRecord | undefined): { readonly detail?: string } {
  const rule = document?.ruleId == null ? undefined : ruleById(document.ruleId);
  return rule === undefined ? {} : { detail: `${rule.id} ${rule.title}` };
}

function refusalOf({ ruleId, detail, state }: DocumentRecord): Refusal {
  const rule = ruleId === null ? undefined : ruleById(ruleId);
  if (rule === undefined) return { rule: legacyRules.documentEnded, detail: state };
  // What the connector hears as « busy » would be sent again without end.
  return rule.retry === 'automatic'
    ? { rule: legacyRules.documentEnded, detail: `${rule.id} ${rule.title}` }
    : { rule, ...(detail === null ? {} : { detail }) };
}
