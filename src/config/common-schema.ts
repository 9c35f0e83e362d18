/** Kinds of values that several parts of the configuration share. */
import { z } from 'zod';
import { isOid } from '../ins/oids.ts';

export const oid = z.string().refine(isOid, 'un OID est attendu');
/** Path of a PEM file. */
export const pemFile = z.string().min(1);
/** A code or password: `${env:NAME}`, or a file that holds nothing else. */
const secret = z.union([z.string().min(1), z.strictObject({ file: z.string().min(1) })]);
export type Secret = z.output<typeof secret>;

/** Key and certificate in one file. */
const pkcs12 = { pkcs12: z.string().min(1), passphrase: secret };
export const pkcs12Tls = z.strictObject({ ca: pemFile, ...pkcs12 });
export const pkcs12Signature = z.strictObject(pkcs12);

/** A key in a card, through the library of its vendor. */
export const pkcs11Signature = z.strictObject({
  pkcs11: z.strictObject({
    library: z.string().min(1),
    /** Where the reader holds several cards. */
    tokenLabel: z.string().min(1).optional(),
    /** End of CKA_ID: 10 is the signature key of a CPx, 20 its authentication key, which signs nothing (dmp.md 1.5). */
    keyId: z
      .string()
      .regex(/^(?:[0-9a-fA-F]{2})+$/, 'un CKA_ID en hexadécimal est attendu')
      .default('10'),
    pin: secret,
    /** One call to the card, milliseconds. */
    timeoutMs: z.number().int().min(100).default(10_000),
  }),
});

export const tlsFiles = z.strictObject({ ca: pemFile, cert: pemFile, key: pemFile });
