/** Kinds of values that several parts of the configuration share. */
import { z } from 'zod';
import { isOid } from '../ins/oids.ts';

export const oid = z.string().refine(isOid, 'un OID est attendu');
/** Path of a PEM file. */
export const pemFile = z.string().min(1);
export const tlsFiles = z.strictObject({ ca: pemFile, cert: pemFile, key: pemFile });
