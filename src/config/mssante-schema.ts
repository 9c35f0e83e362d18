/** Settings of MSSanté. What public sources leave open (spec cda-cisis.md 6) is a setting, with its default. */
import { z } from 'zod';

/** Path of a PEM file. */
const pemFile = z.string().min(1);
const address = z.email('une adresse de messagerie est attendue');
const finess = z.string().min(1);

const mailbox = z.strictObject({
  /** Geographic entity that sends its documents from this application mailbox. */
  eg: finess,
  address,
  /** Name that recipients read beside the address; that of the entity when absent. */
  name: z.string().min(1).optional(),
  smtp: z.strictObject({
    host: z.string().min(1),
    port: z.number().int().min(1).max(65_535).default(465),
    /** `tls`: from the first byte. `starttls`: the connection is secured before anything is said, or not used. */
    security: z.enum(['tls', 'starttls']).default('tls'),
    /** Client certificate of the application mailbox, and the authorities that its server is known by. */
    tls: z.strictObject({ ca: pemFile, cert: pemFile, key: pemFile }),
    /** Where the operator also asks for an account. */
    user: z.string().min(1).optional(),
    /** Read at each connection. */
    passwordFile: z.string().min(1).optional(),
  }),
});

const directory = z.discriminatedUnion('kind', [
  /** Recipients are not looked for: their server says whether it knows them. */
  z.strictObject({ kind: z.literal('none') }),
  /** An extract of the national directory, CSV with a header line; read again when it changes. */
  z.strictObject({
    kind: z.literal('file'),
    path: z.string().min(1),
    /** Name of the column that holds the addresses. */
    column: z.string().min(1).default('adresse'),
  }),
  /** A service that answers for one address: 200 known, 404 unknown; `{address}` stands for it in the URL. */
  z.strictObject({
    kind: z.literal('http'),
    url: z.string().refine((text) => text.includes('{address}'), 'une URL qui contient {address} est attendue'),
    tls: z.strictObject({ ca: pemFile, cert: pemFile, key: pemFile }).optional(),
    timeoutMs: z.number().int().min(100).default(5_000),
  }),
]);

export const mssanteSchema = z.strictObject({
  mailboxes: z.array(mailbox).min(1),
  /** Domain of the addresses of patients, `<INS>@…`. */
  patientDomain: z.string().min(1).default('patient.mssante.fr'),
  /** Largest mail to a patient, bytes, attachments encoded (Mon espace santé: 25 MB). */
  maxPatientBytes: z.number().int().min(10_000).default(25_000_000),
  /** Largest mail to professionals, bytes: each operator has its own limit; none when absent. */
  maxProfessionalBytes: z.number().int().min(10_000).optional(),
  /** Before the subject of a mail that replaces another; its place is not fixed by the specification. */
  replacementMark: z.string().min(1).default('[Annule et remplace]'),
  /** Before the subject of a mail that asks to disregard another: UNKNOWN, no public source names one. */
  deletionMark: z.string().min(1).default('[Suppression]'),
  /** Headers of which only the names are public: sent when listed. */
  optionalHeaders: z.array(z.enum(['X-MSS-CODECDA', 'X-MSS-INS', 'X-MSS-NIL'])).default([]),
  /** Value of X-MSS-NIL (identification number of this software). */
  nil: z.string().min(1).optional(),
  directory: directory.default({ kind: 'none' }),
  /** Mails a second, all mailboxes together. */
  ratePerSecond: z.number().positive().default(5),
  /** Mails sent at the same time. */
  connections: z.number().int().min(1).default(2),
  timeoutMs: z.number().int().min(100).default(60_000),
  circuit: z
    .strictObject({
      failures: z.number().int().min(1).default(5),
      probeAfterMs: z.number().int().min(100).default(10_000),
    })
    .prefault({}),
  /** First retry and ceiling of what was certainly not taken. */
  retry: z
    .strictObject({
      firstMs: z.number().int().min(50).default(30_000),
      maxMs: z.number().int().min(50).default(1_800_000),
    })
    .prefault({}),
  /** A temporary refusal of a recipient is tried again for so long, hours. */
  giveUpAfterHours: z.number().int().min(1).default(48),
  /** The end of a dialogue was lost: how long a receipt is waited for, and what is done next. */
  ambiguous: z
    .strictObject({
      waitForReceiptMs: z.number().int().min(0).default(600_000),
      /** `resend`: the same mail under the same Message-ID. `stop`: a person decides. */
      afterwards: z.enum(['resend', 'stop']).default('resend'),
    })
    .prefault({}),
});

export type MssanteConfig = z.output<typeof mssanteSchema>;

/** What is wrong with a configuration that the schema alone lets in. */
export function mssanteFaults(config: MssanteConfig | undefined, egs: readonly string[]): string[] {
  const boxes = config?.mailboxes ?? [];
  const unknown = boxes.filter(({ eg }) => !egs.includes(eg)).map(({ eg }) => `EG ${eg} non déclarée`);
  const twice = boxes.filter(({ eg }, index) => boxes.findIndex((other) => other.eg === eg) !== index);
  const accounts = boxes.filter(({ smtp }) => (smtp.user === undefined) !== (smtp.passwordFile === undefined));
  return [
    ...unknown,
    ...twice.map(({ eg }) => `plusieurs boîtes aux lettres pour l'EG ${eg}`),
    ...accounts.map(({ address: of }) => `${of} : « user » et « passwordFile » vont ensemble`),
    ...(config?.optionalHeaders.includes('X-MSS-NIL') === true && config.nil === undefined
      ? ['X-MSS-NIL demande « nil »']
      : []),
  ];
}
