/** The SMTP server of an MSSanté operator whose every answer is chosen; what it was given is kept. */
import type { MailContext } from '../../src/mssante/outgoing-context.ts';
import type { Envelope, MailOutcome } from '../../src/wire/mssante/smtp-client.ts';

export interface FakeSmtp {
  send: MailContext['send'];
  /** In the order of arrival, whatever was answered. */
  readonly given: Envelope[];
  /** From now on, until told otherwise. */
  answer: (envelope: Envelope) => MailOutcome;
}

export const TAKEN: MailOutcome = { kind: 'taken', reply: '250 2.0.0 Ok', refused: [], notifies: true };

export function fakeSmtp(): FakeSmtp {
  const smtp: FakeSmtp = {
    given: [],
    answer: () => TAKEN,
    send: async (_, envelope) => {
      smtp.given.push(envelope);
      return smtp.answer(envelope);
    },
  };
  return smtp;
}
