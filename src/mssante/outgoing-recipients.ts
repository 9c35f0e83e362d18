/** The professionals whom a mail goes to: each a mail address, known to the directory where the site has one. */
import { z } from 'zod';
import { mssanteRules } from '../rules/mssante.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { MailRecipient } from '../store/mails.ts';
import type { MailContext } from './outgoing-context.ts';
import type { Addresses } from './outgoing-message.ts';

const address = z.email();

export async function professionalAddresses(
  { directory }: MailContext,
  recipients: readonly MailRecipient[],
): Promise<Result<Addresses>> {
  const found: { address: string; name: string }[] = [];
  for (const recipient of recipients) {
    const read = address.safeParse(recipient.address);
    if (!read.success) return refuse(mssanteRules.addressInvalid, { detail: (recipient.address ?? '').slice(0, 100) });
    const answer = await directory.look(read.data);
    if (answer === 'unavailable') return refuse(mssanteRules.directoryUnavailable);
    if (answer === 'unknown') return refuse(mssanteRules.recipientUnknown, { detail: read.data });
    found.push({ address: read.data, name: recipient.name ?? '' });
  }
  return found.length === 0 ? refuse(mssanteRules.noRecipient) : ok(found);
}
