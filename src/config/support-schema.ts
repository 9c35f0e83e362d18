/** Whom to call about what lies beyond the gateway: said by the site, nothing is assumed. */
import { z } from 'zod';

/** A telephone number, an electronic address, the address of a support desk: shown as it is. */
const contact = z.string().min(1).max(200);

/** Vendor of a sending software. */
export const vendorSchema = z.strictObject({ name: z.string().min(1).max(100), contact });

export const supportSchema = z.strictObject({
  gieSesamVitale: contact.optional(),
  mssanteOperator: contact.optional(),
});
