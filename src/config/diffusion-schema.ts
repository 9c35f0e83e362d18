/** Settings of diffusion: who is told of the identities, how, and of what. */
import { z } from 'zod';
import { oid } from './common-schema.ts';

const milliseconds = (fallback: number) => z.number().int().min(50).default(fallback);

const subscriber = z.strictObject({
  /** Stable: its queue, what it knows and its answers are kept under this name. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, 'lettres sans accent, chiffres, tirets, 40 au plus'),
  /** MSH-5 and MSH-6. */
  application: z.string().min(1),
  facility: z.string().min(1),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535),
  /** Mutual TLS; without it, only for a receiver on this machine or a protected network. */
  tls: z.boolean().default(true),
  /** Name that its certificate bears, `host` when absent. */
  serverName: z.string().min(1).optional(),
  /** Certificate shown to it, PEM files; that of the MLLP door when absent. */
  certificate: z.strictObject({ ca: z.string().min(1), cert: z.string().min(1), key: z.string().min(1) }).optional(),
  /** Identification domains whose numbers it is given; all of them when empty. */
  domains: z.array(oid).default([]),
  /** A31 is always one of them: the withdrawal of an INS goes by it. */
  events: z
    .array(z.enum(['A28', 'A31', 'A40', 'A47']))
    .default(['A28', 'A31', 'A40', 'A47'])
    .refine((events) => events.includes('A31'), 'A31 est obligatoire : le retrait d’une INS passe par lui'),
  encoding: z.enum(['UNICODE UTF-8', '8859/1', '8859/15']).default('UNICODE UTF-8'),
  timeZone: z.string().default('Europe/Paris'),
  /** Contexts 2 and 3: also the identities whose repository is upstream. That repository normally diffuses them itself. */
  mirrors: z.boolean().default(false),
  /** It had the patients of this installation before it was declared: they are updated (A31), not created again (A28). */
  alreadyHolds: z.boolean().default(false),
  /**
   * Told by ZFA-1 what TD0.2 said of the DMP (practice 20), in these words; a state without a word is not told. ACTIF is the
   * only value seen in public samples (ins.md 5.2).
   */
  dmpStatus: z
    .strictObject({
      active: z.string().min(1).default('ACTIF'),
      absent: z.string().min(1).optional(),
      closed: z.string().min(1).optional(),
    })
    .optional(),
  timeoutMs: milliseconds(10_000),
  retry: z.strictObject({ firstMs: milliseconds(1_000), maxMs: milliseconds(300_000) }).prefault({}),
  /** After this many sendings without an answer, a message is put aside for a person and the others go on. */
  attemptsWithoutAnswer: z.number().int().min(1).default(10),
  /** Pace of an initial load, patients per second. */
  loadPerSecond: z.number().int().min(1).max(1_000).default(20),
});

export const diffusionSchema = z.strictObject({
  /** MSH-3 and MSH-4 of what is sent. */
  application: z.string().min(1).default('TRAITDUNION'),
  /** FINESS of the first legal entity when absent. */
  facility: z.string().min(1).optional(),
  subscribers: z.array(subscriber).default([]),
  /** Subscribers served at once by a process. */
  concurrency: z.number().int().min(1).max(64).default(8),
  /** How often the queue is looked at, milliseconds. */
  everyMs: milliseconds(500),
  /** Somebody is told of a subscriber that has not answered, or whose refusals have waited, for this long, minutes. */
  alertMinutes: z.number().int().min(1).default(60),
  /** Answers of a subscriber are shown this long, days. */
  keepDays: z.number().int().min(1).default(90),
});

export type Subscriber = z.output<typeof subscriber>;

/** French sentences, one for each thing that the shape alone does not tell. */
export function diffusionFaults(
  { subscribers }: z.output<typeof diffusionSchema>,
  installation: { readonly domains: readonly string[]; readonly hasMllpCertificate: boolean },
): string[] {
  const names = subscribers.map(({ name }) => name.toLowerCase());
  return subscribers.flatMap(({ name, domains, tls, certificate }, index) => [
    ...(names.indexOf(name.toLowerCase()) === index ? [] : [`abonné ${name} déclaré plusieurs fois`]),
    ...domains
      .filter((domain) => !installation.domains.includes(domain))
      .map((domain) => `abonné ${name} : domaine d'identification ${domain} non déclaré`),
    ...(tls && certificate === undefined && !installation.hasMllpCertificate
      ? [`abonné ${name} : TLS sans certificat, ni le sien (certificate) ni celui de mllp.tls`]
      : []),
  ]);
}
