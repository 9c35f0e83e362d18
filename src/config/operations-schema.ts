/** Settings of the watch over an installation: alerts and their recipients, certificates, retention. */
import { z } from 'zod';
import { parseFinessEg } from '../ins/identifiers.ts';

const count = (fallback: number) => z.number().int().min(0).default(fallback);
const atLeastOne = (fallback: number) => z.number().int().min(1).default(fallback);
const finessEg = z.string().refine((text) => parseFinessEg(text).ok, 'un numéro FINESS de 9 caractères est attendu');

const severity = z.enum(['warning', 'critical']);
export type Severity = z.output<typeof severity>;

/** Who is told: from this severity up; of these establishments only, or of everything. */
const audience = {
  minimumSeverity: severity.default('warning'),
  establishments: z.array(finessEg).min(1).optional(),
};

const mail = z.strictObject({
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535).default(587),
  /** `starttls`: refused when the server does not offer it. `tls`: from the first byte. `none`: a relay on this machine. */
  security: z.enum(['starttls', 'tls', 'none']).default('starttls'),
  /** Authority of the server, PEM file; those of the system when absent. */
  ca: z.string().min(1).optional(),
  user: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  from: z.string().min(3),
});

const webhook = z.strictObject({
  name: z.string().min(1),
  url: z.url({ protocol: /^https$/, error: 'une adresse https est attendue' }),
  /** Key of the HMAC-SHA256 that signs each call. */
  secret: z.string().min(16),
  ca: z.string().min(1).optional(),
  timeoutMs: z.number().int().min(100).default(5_000),
  ...audience,
});

const thresholds = z.strictObject({
  serviceDownMinutes: count(10),
  noAcceptanceMinutes: atLeastOne(60),
  backlogMinutes: atLeastOne(15),
  waitingDays: atLeastOne(7),
  /**
   * Of the last hour, compared with the seven days before: at least `minimum` refusals, this share, this many times more;
   * of an establishment that received at least `documents` in all that time, since a share of a handful says nothing.
   */
  refusals: z
    .strictObject({
      minimum: atLeastOne(10),
      documents: atLeastOne(100),
      share: z.number().min(0).max(1).default(0.2),
      times: z.number().min(1).default(3),
    })
    .prefault({}),
  unknownMinutes: atLeastOne(60),
  certificateDays: z.array(z.number().int().min(0)).min(1).default([30, 15, 7, 1]),
  diskFreeBytes: count(5 * 2 ** 30),
  inodesFreePercent: z.number().min(0).max(100).default(5),
  databaseAwayMs: count(10_000),
  clockDriftMs: atLeastOne(2_000),
  sealerLateMinutes: atLeastOne(5),
  answersMinutes: atLeastOne(60),
  workersSilentMinutes: atLeastOne(2),
});

export const alertsSchema = z.strictObject({
  /** How often each process looks. */
  everyMs: z.number().int().min(100).default(15_000),
  /** A condition must be gone for so long before its alert ends. */
  endAfterMs: count(120_000),
  mail: mail.optional(),
  recipients: z.array(z.strictObject({ address: z.email(), ...audience })).default([]),
  webhooks: z.array(webhook).default([]),
  /** Attempts to deliver one message, and the first and longest pause between them. */
  delivery: z
    .strictObject({
      attempts: atLeastOne(8),
      firstMs: z.number().int().min(10).default(10_000),
      maxMs: z.number().int().min(10).default(900_000),
    })
    .prefault({}),
  thresholds: thresholds.prefault({}),
});
export type AlertsConfig = z.output<typeof alertsSchema>;

/** What the shape alone does not tell. French. */
export function alertFaults({ mail, recipients, webhooks }: AlertsConfig): string[] {
  const names = webhooks.map(({ name }) => name);
  return [
    ...(recipients.length > 0 && mail === undefined
      ? ['des destinataires sont déclarés sans serveur de courrier (mail)']
      : []),
    ...((mail?.user === undefined) === (mail?.password === undefined) ? [] : ['mail : user et password vont ensemble']),
    // In clear on the network a password, and what is wrong in the hospital, would be anyone's to read.
    ...(mail?.security === 'none' && !['127.0.0.1', 'localhost', '::1'].includes(mail.host)
      ? ['mail : sans TLS, seul un relais de cette machine (127.0.0.1) est permis']
      : []),
    ...(new Set(names).size < names.length ? ['webhooks : deux points d’appel portent le même nom'] : []),
  ];
}

export const certificatesSchema = z.strictObject({
  /** How often the files are looked at: a new certificate is taken without a restart. */
  reloadEveryMs: z.number().int().min(100).default(10_000),
});

/** No content goes before this: a resend, a correction or an inspection may need it. */
const FLOOR_DAYS = 7;
const kept = (fallback: number) => z.number().int().min(FLOOR_DAYS).default(fallback);

export const retentionSchema = z.strictObject({
  /** False: nothing is pruned but by the command. */
  automatic: z.boolean().default(true),
  everyMinutes: atLeastOne(60),
  batch: z.number().int().min(1).max(1_000).default(100),
  /** Share of the time that pruning may work, the rest being left to the others. */
  load: z.number().min(0.01).max(1).default(0.2),
  acceptedDays: kept(180),
  withdrawnDays: kept(365),
  refusedDays: kept(365),
  admissionDays: kept(90),
  stoppedDays: kept(180),
  answerDays: kept(365),
  /** INSi calls, flows no longer seen, ended alerts. */
  technicalDays: kept(1_095),
});
