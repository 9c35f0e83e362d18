/** One message to one subscriber, and what its answer means. */
import { withoutMatricule } from '../ins/redact.ts';
import { diffusionRules } from '../rules/diffusion.ts';
import type { Result, Rule } from '../rules/rule.ts';
import { type Acknowledgement, readAck } from '../wire/hl7v2/ack.ts';
import { parseMessage } from '../wire/hl7v2/message.ts';
import type { MllpClient, MllpOutcome } from '../wire/hl7v2/mllp-client.ts';

export type Verdict =
  | { readonly kind: 'accepted'; readonly answer: string }
  /** A person looks: nothing is sent again blindly. */
  | { readonly kind: 'refused'; readonly answer: string | null; readonly rule: Rule; readonly detail: string | null }
  /** `read`: the message may have been read; it goes again under the same MSH-10. */
  | { readonly kind: 'unanswered'; readonly read: boolean; readonly error: string };

export async function exchange(client: MllpClient, message: Buffer, controlId: string): Promise<Verdict> {
  return verdictOf(await client.send(message), controlId);
}

const REFUSED: Readonly<Record<'AE' | 'AR', Rule>> = {
  AE: diffusionRules.refusedBySubscriber,
  AR: diffusionRules.rejectedBySubscriber,
};
const MAX_DETAIL = 500;

/** Accents in another encoding than the declared one spoil a text, not the code that matters: they are read as `?`. */
function readAnswer(answer: Buffer): Result<Acknowledgement> {
  const parsed = parseMessage(answer, { defaultEncoding: '8859/1' });
  const plain = parsed.ok
    ? parsed
    : parseMessage(Buffer.from(answer.toString('latin1').replace(/[^\x0a\x0d\x20-\x7e]/g, '?'), 'latin1'), {
        defaultEncoding: '8859/1',
      });
  return plain.ok ? readAck(plain.value) : plain;
}

function verdictOf(outcome: MllpOutcome, controlId: string): Verdict {
  if (outcome.kind !== 'answered')
    return { kind: 'unanswered', read: outcome.kind === 'ambiguous', error: outcome.reason };
  const read = readAnswer(outcome.message);
  if (!read.ok)
    return { kind: 'refused', answer: null, rule: diffusionRules.unreadableAnswer, detail: read.refusal.rule.title };
  const { code, errors } = read.value;
  if ((read.value.controlId ?? controlId) !== controlId)
    return { kind: 'unanswered', read: true, error: "acquittement d'un autre message (MSA-2)" };
  if (code === 'AA') return { kind: 'accepted', answer: code };
  const said = errors.flatMap(({ text, application, condition }) => text ?? application ?? condition ?? []).join(' ; ');
  // What the subscriber says may repeat the number that it was sent.
  const detail = said === '' ? null : withoutMatricule(said).slice(0, MAX_DETAIL);
  return { kind: 'refused', answer: code, rule: REFUSED[code], detail };
}
