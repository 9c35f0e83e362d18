/** Settings of the template audit: what is looked at, and the printing precautions that it warns about. */
import { z } from 'zod';

export const templateAuditSchema = z.strictObject({
  /** Pages of a document that are examined, from the first. */
  maxPages: z.number().int().min(1).max(200).default(20),
  /** Documents dropped at once. */
  maxFiles: z.number().int().min(1).max(100).default(20),
  /** Largest document, bytes. */
  maxBytes: z
    .number()
    .int()
    .min(1)
    .default(20 * 1024 * 1024),
  /** CPU for one document, milliseconds: it is then refused. */
  cpuMs: z.number().int().min(1_000).default(30_000),
  /** Side of a module below which a warning is given, mm: no official size is known (ins.md 9). */
  minModuleMm: z.number().min(0.1).max(5).default(0.35),
  /** Distance to the edge of the page below which a warning is given, mm. */
  minEdgeMm: z.number().min(0).max(100).default(5),
});
