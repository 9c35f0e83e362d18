/** The options of the simulator as an operator writes them in a file (`sim dmp --options`): what no source settles. */
import { z } from 'zod';
import { opening } from './openings.ts';
import type { DmpSimulatorOptions } from './options.ts';

export interface OptionFile {
  readonly options: Partial<DmpSimulatorOptions>;
  /** Path, as written. */
  readonly signerCa: string | undefined;
}

const finess = z.string().regex(/^[0-9AB]{9}$/, 'not a FINESS');

const hash = z.enum(['sha1', 'sha256']);

/** Everything is optional; what is absent keeps the default of options.ts. */
export const optionFile = z
  .strictObject({
    structures: z
      .array(z.strictObject({ ej: finess, egs: z.array(finess).min(1), formerEgs: z.array(finess).optional() }))
      .optional(),
    practices: z.array(z.strictObject({ structure: z.string(), persons: z.array(z.string()) })).optional(),
    apiV1: opening.optional(),
    td00: opening.optional(),
    nia: z.boolean().optional(),
    acceptedInsOids: z.array(z.string()).optional(),
    clockSkewSeconds: z.number().positive().optional(),
    vihfVersions: z.array(z.string()).min(1).optional(),
    modeSpellings: z
      .array(z.enum(['Authentification_mode', 'Authentification_Mode']))
      .min(1)
      .optional(),
    authnContextDecls: z.array(z.string()).min(1).optional(),
    vihfHashes: z.array(hash).min(1).optional(),
    lotHashes: z.array(hash).min(1).optional(),
    cardHolder: z.boolean().optional(),
    accessReason: z.boolean().optional(),
    secretFeed: z.boolean().optional(),
    secretReading: z.boolean().optional(),
    treatingPhysicianReadsMasked: z.boolean().optional(),
    maxDocumentBytes: z.int().positive().optional(),
    maxLotBytes: z.int().positive().optional(),
    duplicateAnswer: z.enum(['XDSDuplicateUniqueIdInRegistry', 'XDSRegistryError']).optional(),
    /** PEM file of the authorities of the signature certificates, where they are not those of the connections. */
    signerCa: z.string().optional(),
  })
  .transform(
    ({ clockSkewSeconds, structures, nia, signerCa, ...given }): OptionFile => ({
      signerCa,
      options: {
        ...given,
        ...(structures === undefined ? {} : { structures }),
        ...(nia === undefined ? {} : { nia }),
        ...(clockSkewSeconds === undefined ? {} : { clockSkewMs: clockSkewSeconds * 1_000 }),
      },
    }),
  );
