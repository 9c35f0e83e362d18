/** What is proposed for each thing that was emitted: pure, so that what is prepared and what is approved are judged alike. */
import { recallRules } from '../rules/recall.ts';
import type { Rule } from '../rules/rule.ts';
import type { DocumentState } from '../store/documents.ts';
import type { Emission } from '../store/emissions.ts';
import type { Correction, PlannedRecallItem, Resend } from '../store/recall-items.ts';
import type { Recall } from '../store/recalls.ts';

/**
 * What was chosen among what was emitted, by `subject`; undefined: everything of the record itself, nothing of another. When
 * the INS of the record is right and some documents only are another patient's, they are named.
 */
export type Chosen = ReadonlySet<string> | undefined;

export function planOf(
  { identityId, rightIdentityId }: Pick<Recall, 'identityId' | 'rightIdentityId'>,
  emissions: readonly Emission[],
  chosen: Chosen,
): PlannedRecallItem[] {
  return emissions.map((emission) => {
    const { kind, subject, documentId, eg, recordId } = emission;
    const item = { kind, subject, documentId, eg };
    const own = recordId === identityId;
    // Documents filed under the wrong record say nothing against the INS that subscribers know it by.
    if (kind === 'diffusion')
      return { ...item, correction: rightIdentityId === null ? 'withdraw' : 'none', resend: 'none', ruleId: null };
    // A file is in the hands of whoever asked for it.
    if (kind === 'export') return { ...item, correction: 'none', resend: 'none', ruleId: recallRules.exported.id };
    if (!(chosen?.has(subject) ?? own)) {
      const rule = own ? recallRules.leftByChoice : recallRules.ofAnotherRecord;
      return { ...item, correction: 'none', resend: 'none', ruleId: rule.id };
    }
    const { correction, rule } = correctionOf(emission.state);
    const resend = correction === 'delete' ? resendOf(emission, own) : 'none';
    return { ...item, correction, resend, ruleId: rule?.id ?? null };
  });
}

function correctionOf(state: DocumentState): { correction: Correction; rule?: Rule } {
  switch (state) {
    case 'replaced':
      return { correction: 'declare', rule: recallRules.formerVersion };
    case 'deleted':
    case 'refused':
    case 'withdrawn':
    case 'unreadable':
      return { correction: 'none', rule: recallRules.neverThere };
    // Recorded there, or perhaps: a deletion asks first, and waits for an outcome that is not known yet.
    case 'accepted':
    case 'unknown':
    case 'sending':
    case 'ready':
    case 'waiting':
    case 'received':
      return { correction: 'delete' };
  }
}

/** Practice 12: what we built we can build again, if its message names the right patient; the rest is its creator's. */
function resendOf({ rebuildable }: Emission, own: boolean): Resend {
  return rebuildable && own ? 'rebuild' : 'ask-sender';
}

/** Items that an approval sets in motion: the number that two people repeat. */
export function countOf(items: readonly Pick<PlannedRecallItem, 'correction'>[]): number {
  return items.filter(({ correction }) => correction !== 'none').length;
}

const NOT_CHOSEN: readonly (string | null)[] = [recallRules.leftByChoice.id, recallRules.ofAnotherRecord.id];

/** The choice that a frozen list was made of. */
export function chosenIn(items: readonly Pick<PlannedRecallItem, 'subject' | 'ruleId'>[]): ReadonlySet<string> {
  return new Set(items.filter(({ ruleId }) => !NOT_CHOSEN.includes(ruleId)).map(({ subject }) => subject));
}
