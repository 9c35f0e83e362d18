/** Proof of feed: who signs its exports. */
import { z } from 'zod';
import { pemFile, pkcs12Signature } from './common-schema.ts';

export const proofSchema = z.strictObject({
  /**
   * Key and certificate that sign the exports; by default those that sign for the DMP (ORG SIGN), unless they are in a card. `own`, or
   * nothing to take by default: a key of this installation's own, made at its first use in `preuve` of the data folder.
   */
  signature: z.union([z.literal('own'), z.strictObject({ cert: pemFile, key: pemFile }), pkcs12Signature]).optional(),
});
