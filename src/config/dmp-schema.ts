/** The DMP: address, keys, what the VIHF and the submissions say, and what public sources leave unknown. */
import { z } from 'zod';
import { oid, pemFile, pkcs11Signature, pkcs12Signature, pkcs12Tls, tlsFiles } from './common-schema.ts';

const role = z.strictObject({ code: z.string().min(1), system: oid, label: z.string().min(1) });

export const dmpSchema = z.strictObject({
  url: z.url(),
  path: z.string().default('/si-dmp-server/v2/services'),
  /**
   * ORG AUTH_CLI: PEM files, a PKCS#12 file, or the port of a relay on this machine that makes the TLS connection, for a key
   * that lives in a card.
   */
  tls: z.union([tlsFiles, pkcs12Tls, z.strictObject({ relayPort: z.number().int().min(1).max(65_535) })]),
  /** ORG SIGN, or the signature key of a card: signs VIHF and submission sets. */
  signature: z.union([z.strictObject({ cert: pemFile, key: pemFile }), pkcs12Signature, pkcs11Signature]),
  /**
   * The card of a person: every call is made in direct mode, in the name of `responsible`, who holds it (practice 18: only by
   * decision of the site). Roles of JDV_J65, profession first.
   */
  direct: z
    .strictObject({
      roles: z.tuple([role], role),
    })
    .optional(),
  /** DMP homologation number (LPS_ID_HOMOLOGATION_DMP). */
  homologation: z.string().min(1),
  /** OID of this gateway as a source of submissions. */
  sourceId: oid,
  vihfVersion: z.enum(['3.0', '4.0']).default('3.0'),
  authenticationModeAttribute: z
    .enum(['Authentification_Mode', 'Authentification_mode'])
    .default('Authentification_Mode'),
  /**
   * AuthnContextDecl of a VIHF in reinforced indirect mode: a text, or `class` to repeat the class of the log-in. What the
   * DMP accepts is UNKNOWN (dmp.md 2.3).
   */
  reinforcedContext: z.string().min(1).default('APP_BROWSER_AUTH'),
  /** Refuse here what the matrix of rights does not permit (dmp.md 1.6); false leaves the DMP to judge. */
  enforceRights: z.boolean().default(true),
  vihfAlgorithm: z.enum(['rsa-sha256', 'rsa-sha1']).default('rsa-sha256'),
  /** How long one VIHF serves again for the same patient and structure; the acceptance window is UNKNOWN (dmp.md 2.3). */
  vihfLifetimeMs: z.number().int().min(0).default(120_000),
  xadesAlgorithm: z.enum(['rsa-sha1', 'rsa-sha256']).default('rsa-sha1'),
  /** Person responsible for the automated feed (practice 14): NameID of the VIHF. */
  responsible: z.strictObject({ id: z.string().min(1), family: z.string().min(1), given: z.string().min(1) }),
  timeoutMs: z.number().int().min(100).default(30_000),
  /** How long a document waits for the others of its message, where its source wants them in one set; then it leaves alone. */
  setWaitMs: z.number().int().min(0).max(60_000).default(2_000),
  connections: z.number().int().min(1).default(4),
  /** TD0.2 before each feed (practice 9: no DMP, or closed, ends the wait). */
  checkExistence: z.boolean().default(true),
  circuit: z
    .strictObject({
      failures: z.number().int().min(1).default(5),
      probeAfterMs: z.number().int().min(100).default(5_000),
    })
    .prefault({}),
  /** First retry and ceiling of what was certainly not sent. */
  retry: z
    .strictObject({
      firstMs: z.number().int().min(50).default(2_000),
      maxMs: z.number().int().min(50).default(300_000),
    })
    .prefault({}),
  /** After a lost answer: how long before asking the DMP, and after how many answers "absent" the same submission may go again. */
  reconciliation: z
    .strictObject({
      askAfterMs: z.number().int().min(0).default(30_000),
      asksBeforeResend: z.number().int().min(1).default(2),
    })
    .prefault({}),
  /** A replacement of a document that neither this gateway nor the patient's DMP knows: stopped, or sent as a new one (practice 22). */
  unknownOriginal: z.enum(['stop', 'create']).default('stop'),
});
