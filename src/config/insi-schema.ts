/** Settings of the INSi calls. What public sources leave open (spec ins.md 9) is a setting, with the default that practice.md gives. */
import { z } from 'zod';

/** Path of a PEM file. */
const pemFile = z.string().min(1);
const hour = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'une heure HH:MM est attendue');

/** What an assertion says of the professional (ins.md 4.5). */
const professional = {
  /** Geographic FINESS, else SIRET. */
  billingId: z.string().min(1),
  /** Code of the speciality, mandatory for physicians. */
  speciality: z.string().min(1).optional(),
};

const authentication = z.discriminatedUnion('mode', [
  /** The certificate of `tls`, and no assertion: the mode of a repository of identities. */
  z.strictObject({ mode: z.literal('organisation') }),
  z.strictObject({
    mode: z.literal('cps'),
    /** Signature certificate of a nominative card and its key, RSA. */
    signature: z.strictObject({ cert: pemFile, key: pemFile }),
    ...professional,
    sector: z.string().min(1),
    /** One assertion serves again for so long; about an hour was observed. */
    lifetimeMs: z.number().int().min(0).max(3_600_000).default(3_000_000),
  }),
  z.strictObject({
    mode: z.literal('psc'),
    nameId: z.string().min(1),
    /** UNKNOWN: Issuer of the assertion; the identifier of the person when absent. */
    issuer: z.string().min(1).optional(),
    ...professional,
    professionCode: z.string().min(1).optional(),
    /** UNKNOWN: how the access token travels; not at all when absent. The file is read at each call. */
    token: z
      .strictObject({
        file: z.string().min(1),
        header: z
          .string()
          .regex(/^[A-Za-z][A-Za-z0-9-]*$/)
          .default('Authorization'),
        scheme: z.string().default('Bearer'),
      })
      .optional(),
  }),
]);

const xmlName = z.string().regex(/^[A-Za-z_][\w.-]*$/, "un nom d'élément XML est attendu");

const verification = z.strictObject({
  /** `traits`: a search by traits, compared here. `operation`: verifierInsAvecTraitsIdentite, by traits where it is refused. */
  by: z.enum(['traits', 'operation']).default('traits'),
  /** UNKNOWN from here on: the schema of the operation is not published (ins.md 4.2). */
  namespace: z.url().default('http://www.cnamts.fr/INSiLot2'),
  requestElement: xmlName.default('REQUnitaire'),
  responseElement: xmlName.default('REPUnitaire'),
  identicalCodes: z.array(z.string().min(1)).min(1).default(['00', 'OK']),
  differentCodes: z.array(z.string().min(1)).min(1).default(['01', 'KO']),
});

const reverification = z.strictObject({
  /** Opens a campaign by itself when identities are due. */
  automatic: z.boolean().default(true),
  /** Between two verifications of an INS, days. */
  everyDays: z.number().int().min(1).default(1_095),
  /** Identities are due up to so many days earlier, each by its own share: those of one day do not come back on one day. */
  spreadDays: z.number().int().min(0).default(180),
  /** Calls a second, at most; `ratePerSecond` of INSi stays the ceiling of everything. */
  ratePerSecond: z.number().positive().default(1),
  /** Calls a day: ten million identities take three years. */
  callsPerDay: z.number().int().min(1).default(10_000),
  /** Between these hours of the establishments only; any hour when absent. */
  hours: z.strictObject({ from: hour, to: hour, timeZone: z.string().default('Europe/Paris') }).optional(),
  /** A campaign stops when so many of its identities failed, and this share of them: INSi itself may be at fault. */
  brake: z
    .strictObject({
      failures: z.number().int().min(1).default(10),
      percent: z.number().min(0).max(100).default(5),
    })
    .prefault({}),
});

export const insiSchema = z.strictObject({
  url: z.url(),
  path: z.string().default('/lps'),
  /** Organisation certificate INSI-AUTO or INSI-MANU. */
  tls: z.strictObject({ ca: pemFile, cert: pemFile, key: pemFile }),
  /** CNDA authorisation number (IDAM). */
  authorisation: z.string().min(1),
  authentication: authentication.default({ mode: 'organisation' }),
  timeoutMs: z.number().int().min(100).default(10_000),
  /** Permitted pace, calls per second (practice 1). */
  ratePerSecond: z.number().positive().default(1),
  /** Ask INSi alone also for a PROV identity: advised against by RECO PP 03 (practice 1). */
  askForProvisional: z.boolean().default(false),
  verification: verification.prefault({}),
  reverification: reverification.prefault({}),
  /** Failures in a row that open the circuit, and how long before one call probes it. */
  circuit: z
    .strictObject({
      failures: z.number().int().min(1).default(3),
      probeAfterMs: z.number().int().min(100).default(15_000),
    })
    .prefault({}),
});
