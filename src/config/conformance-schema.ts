/** Settings of the rule packs (XML schema and schematrons) that documents are checked by before they leave. */
import { z } from 'zod';

export const conformanceSchema = z.strictObject({
  /** Folder of the packs: one folder each. */
  packs: z.string().min(1),
  /** Threads that check; each one keeps its packs in memory. */
  threads: z.number().int().min(1).max(16).default(1),
  /** Longest check of one document, milliseconds: it then goes on unchecked, with a warning. */
  timeoutMs: z.number().int().min(1_000).default(60_000),
  /** Heap of a thread, megabytes. */
  memoryMb: z.number().int().min(128).default(1_024),
  /** How soon a process hears that a pack was put in or out of service, milliseconds. */
  refreshMs: z.number().int().min(100).default(5_000),
});
