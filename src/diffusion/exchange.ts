/** One message to one subscriber, and what its answer means. */
import { diffusionRules } from '../rules/diffusion.ts';
import type { Rule } from '../rules/rule.ts';
import { exchange as exchangeMessage } from '../wire/hl7v2/exchange.ts';
import type { MllpClient } from '../wire/hl7v2/mllp-client.ts';

export type Verdict =
  | { readonly kind: 'accepted'; readonly answer: string }
  /** A person looks: nothing is sent again blindly. */
  | { readonly kind: 'refused'; readonly answer: string | null; readonly rule: Rule; readonly detail: string | null }
  /** `read`: the message may have been read; it goes again under the same MSH-10. */
  | { readonly kind: 'unanswered'; readonly read: boolean; readonly error: string };

const REFUSED: Readonly<Record<'AE' | 'AR', Rule>> = {
  AE: diffusionRules.refusedBySubscriber,
  AR: diffusionRules.rejectedBySubscriber,
};

export async function exchange(client: MllpClient, message: Buffer, controlId: string): Promise<Verdict> {
  const answered = await exchangeMessage(client, message, controlId);
  if (answered.kind === 'unanswered') return answered;
  if (answered.kind === 'unreadable')
    return { kind: 'refused', answer: null, rule: diffusionRules.unreadableAnswer, detail: answered.why };
  const { code, said } = answered;
  return code === 'AA'
    ? { kind: 'accepted', answer: code }
    : { kind: 'refused', answer: code, rule: REFUSED[code], detail: said };
}
