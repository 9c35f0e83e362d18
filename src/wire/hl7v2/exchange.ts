/** One message to one receiver, and what came back: an acknowledgement of it, or why there is none. */
import { withoutMatricule } from '../../ins/redact.ts';
import type { Result } from '../../rules/rule.ts';
import { type Acknowledgement, readAck } from './ack.ts';
import { parseMessage } from './message.ts';
import type { MllpClient, MllpOutcome } from './mllp-client.ts';

export type Exchanged =
  | {
      readonly kind: 'answered';
      readonly code: Acknowledgement['code'];
      readonly errors: Acknowledgement['errors'];
      /** What the receiver says of its refusal, without any matricule that it repeats; null when it says nothing. */
      readonly said: string | null;
    }
  /** Something came back that is no acknowledgement. */
  | { readonly kind: 'unreadable'; readonly why: string }
  /** `read`: the message may have been read; it goes again under the same MSH-10. */
  | { readonly kind: 'unanswered'; readonly read: boolean; readonly error: string };

const MAX_DETAIL = 500;

export async function exchange(client: MllpClient, message: Buffer, controlId: string): Promise<Exchanged> {
  return judge(await client.send(message), controlId);
}

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

function judge(outcome: MllpOutcome, controlId: string): Exchanged {
  if (outcome.kind !== 'answered')
    return { kind: 'unanswered', read: outcome.kind === 'ambiguous', error: outcome.reason };
  const read = readAnswer(outcome.message);
  if (!read.ok) return { kind: 'unreadable', why: read.refusal.rule.title };
  const { code, errors } = read.value;
  if ((read.value.controlId ?? controlId) !== controlId)
    return { kind: 'unanswered', read: true, error: "acquittement d'un autre message (MSA-2)" };
  const said = errors.flatMap(({ text, application, condition }) => text ?? application ?? condition ?? []).join(' ; ');
  return { kind: 'answered', code, errors, said: said === '' ? null : withoutMatricule(said).slice(0, MAX_DETAIL) };
}
