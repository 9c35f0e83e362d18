/** Settings of recalls: who is told, and how long a doubt may wait. */
import { z } from 'zod';
import type { AlertsConfig } from './operations-schema.ts';

export const recallsSchema = z.strictObject({
  /** Told of every approved recall; nobody declared: the text is handed over. */
  dataProtectionOfficer: z.email().optional(),
  /** Regional identitovigilance referent. */
  regionalReferent: z.email().optional(),
  /** Professional addresses of authors, by national identifier (`8` + RPPS). */
  authors: z.array(z.strictObject({ id: z.string().min(1), address: z.email() })).default([]),
  /** Of the authors who have none above: a medical secretariat, a head of unit. */
  authorsFallback: z.email().optional(),
  /** Hours from the opening within which a personal data breach is notified (article 33 of the GDPR). */
  notificationHours: z.number().int().min(1).default(72),
  /** Hours after which an undecided recall is told again, each day. */
  remindAfterHours: z.number().int().min(0).default(24),
  /** Tell the software that produced a document, by a negative business answer, that it has to send it again. */
  tellSenders: z.boolean().default(true),
  /** How often an approved recall looks at how far its requests are, milliseconds. */
  lookEveryMs: z.number().int().min(100).default(5_000),
});
export type RecallsConfig = z.output<typeof recallsSchema>;

/** What the shape alone does not tell. French. */
export function recallFaults(recalls: RecallsConfig, { mail }: AlertsConfig): string[] {
  const { dataProtectionOfficer, regionalReferent, authors, authorsFallback } = recalls;
  const addressed = [dataProtectionOfficer, regionalReferent, authorsFallback].some((one) => one !== undefined);
  return mail === undefined && (addressed || authors.length > 0)
    ? ['des destinataires sont déclarés sans serveur de courrier (alerts.mail)']
    : [];
}
