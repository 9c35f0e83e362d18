/** Settings of incoming MSSanté mail: the mailboxes that are read, and the software that is given their documents. */
import { z } from 'zod';
import { parseFinessEg } from '../ins/identifiers.ts';

const milliseconds = (fallback: number) => z.number().int().min(50).default(fallback);
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, 'lettres sans accent, chiffres, tirets, 40 au plus');
const address = z.email('une adresse de messagerie est attendue');
const port = z.number().int().min(1).max(65_535);
const tlsFiles = z.strictObject({ ca: z.string().min(1), cert: z.string().min(1), key: z.string().min(1) });

const route = z.strictObject({
  name,
  /** MSH-5 and MSH-6. */
  application: z.string().min(1),
  facility: z.string().min(1),
  host: z.string().min(1),
  port,
  /** Mutual TLS, with the certificate of the MLLP door; without it, only for a receiver on this machine or a protected network. */
  tls: z.boolean().default(true),
  /** Name that its certificate bears, `host` when absent. */
  serverName: z.string().min(1).optional(),
  encoding: z.enum(['UNICODE UTF-8', '8859/15']).default('UNICODE UTF-8'),
  timeZone: z.string().default('Europe/Paris'),
  timeoutMs: milliseconds(30_000),
  retry: z.strictObject({ firstMs: milliseconds(2_000), maxMs: milliseconds(300_000) }).prefault({}),
  /** Sendings of one message that are rejected (AR), or read and left without an answer, before a person looks. */
  attempts: z.number().int().min(1).default(10),
});

const mailbox = z.strictObject({
  /** Stable: what was read is kept under this name. */
  name,
  address,
  /** FINESS of the geographic entity that it belongs to. */
  eg: z.string().refine((text) => parseFinessEg(text).ok, 'un numéro FINESS de 9 caractères est attendu'),
  host: z.string().min(1),
  port: port.default(993),
  /** Client certificate (IGC-Santé), and the authority of the server. */
  tls: tlsFiles,
  /** Name that the certificate of the server bears, `host` when absent. */
  serverName: z.string().min(1).optional(),
  user: z.string().min(1),
  password: z.string().min(1),
  folder: z.string().min(1).default('INBOX'),
  /** Where a mail goes once its bytes are here; absent: it stays and is marked as read. */
  treatedFolder: z.string().min(1).optional(),
  /** Route (`routes`) by which its documents are handed over; absent: they stay on the desk. */
  deliverTo: name.optional(),
  /** Unit of the hospital that this mailbox stands for (PRT-8 of the recipient). */
  unit: z.strictObject({ name: z.string().min(1), id: z.string().min(1), authority: z.string().min(1) }).optional(),
});

const replies = z.strictObject({
  /** Server that sends the reading receipts and the mails passed on. */
  host: z.string().min(1),
  port: port.default(465),
  /** `tls` from the first byte, or `starttls`, refused when the server does not offer it. */
  security: z.enum(['tls', 'starttls']).default('tls'),
  tls: tlsFiles,
  /** « [KO Intégration système !][code] » before the subject of a failure (volet LPS). */
  noticeInSubject: z.boolean().default(true),
  /** The original goes back whole with its receipt (volet LPS), or its headers only. */
  returned: z.enum(['whole', 'headers']).default('whole'),
  /** Domains to which a person may pass a mail on, and those below them. */
  forwardDomains: z.array(z.string().min(1)).default(['mssante.fr']),
  timeoutMs: milliseconds(30_000),
  retry: z.strictObject({ firstMs: milliseconds(5_000), maxMs: milliseconds(600_000) }).prefault({}),
  attempts: z.number().int().min(1).default(20),
});

export const incomingMailSchema = z.strictObject({
  mailboxes: z.array(mailbox).default([]),
  routes: z.array(route).default([]),
  replies: replies.optional(),
  /** MSH-3 of what is handed over. */
  application: z.string().min(1).default('TRAITDUNION'),
  /** How often a mailbox is looked at when its server announces nothing, milliseconds. */
  everyMs: milliseconds(30_000),
  /** Time allowed to each command of a mail server. */
  timeoutMs: milliseconds(30_000),
  retry: z.strictObject({ firstMs: milliseconds(5_000), maxMs: milliseconds(300_000) }).prefault({}),
  /** A larger mail is not taken, bytes. */
  maxBytes: z.number().int().min(10_000).max(200_000_000).default(40_000_000),
  /** The local number of the patient goes with the INS (`always`), or only where no INS may be written (`when-needed`). */
  localNumber: z.enum(['when-needed', 'always']).default('when-needed'),
  /** Content of a mail is kept so long after its end, days. */
  keepDays: z.number().int().min(1).default(90),
});

export type IncomingMailConfig = z.output<typeof incomingMailSchema>;
export type MailboxConfig = IncomingMailConfig['mailboxes'][number];
export type MailRoute = IncomingMailConfig['routes'][number];
export type MailReplies = NonNullable<IncomingMailConfig['replies']>;

/** What is wrong between the parts, in French. */
export function incomingMailFaults({ mailboxes, routes }: IncomingMailConfig, egs: readonly string[]): string[] {
  const twice = (values: readonly string[]) =>
    new Set(values.filter((value, index) => values.indexOf(value) !== index));
  const names = routes.map((each) => each.name);
  return [
    ...[...twice(names)].map((each) => `route ${each} déclarée plusieurs fois`),
    ...[...twice(mailboxes.map((each) => each.name))].map((each) => `boîte ${each} déclarée plusieurs fois`),
    ...mailboxes.flatMap(({ name: box, eg, deliverTo }) => [
      ...(egs.includes(eg) ? [] : [`boîte ${box} : EG ${eg} non déclarée`]),
      ...(deliverTo === undefined || names.includes(deliverTo)
        ? []
        : [`boîte ${box} : route ${deliverTo} non déclarée`]),
    ]),
  ];
}
