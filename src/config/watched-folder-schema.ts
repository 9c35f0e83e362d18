/** A folder in which an application leaves its documents (docs/fr/dossier-surveille.md). */
import { isAbsolute } from 'node:path';
import { z } from 'zod';

export const watchedFolderSchema = z.strictObject({
  /** On this machine, or on a share that it mounts; the gateway makes its own folders inside. */
  path: z.string().refine(isAbsolute, 'un chemin absolu est attendu'),
  /** How often it is looked at, milliseconds. */
  everyMs: z.number().int().min(100).default(2_000),
  /** A file is whole once it has not changed for so long, milliseconds; 0 for an application that renames what is whole. */
  quietMs: z.number().int().min(0).default(5_000),
  /** A larger file is refused, bytes. */
  maxBytes: z
    .number()
    .int()
    .min(1_024)
    .max(64 * 1024 * 1024)
    .default(20 * 1024 * 1024),
  /** How long a file may wait for the one that goes with it, or for its patient, hours. */
  waitHours: z.number().int().min(1).default(72),
  /** PDFs without a sidecar are taken: their DataMatrix names the patient, this says the rest. */
  printed: z
    .strictObject({
      /** A code of JDV_J07, or a local one. */
      typeCode: z.string().min(1),
      title: z.string().min(1).max(128),
    })
    .optional(),
});

export type WatchedFolder = z.output<typeof watchedFolderSchema>;
