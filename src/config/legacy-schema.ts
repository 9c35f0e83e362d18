/** The door of old connectors (DMP API V1, API V2 fed by TD0.0), and what a source says of one (practice 17 to 22). */
import { z } from 'zod';
import { pemFile, tlsFiles } from './common-schema.ts';

const port = z.number().int().min(0).max(65_535);

/** The door. Absent: none is open. */
export const legacySchema = z.strictObject({
  host: z.string().default('0.0.0.0'),
  port: port.default(8443),
  /** Server certificate that connectors must trust, and the authority of theirs. */
  tls: tlsFiles,
  /** Authorities of the certificates that sign their VIHF (PEM, several may follow one another); those of `tls.ca` when absent. */
  signatureAuthorities: pemFile.optional(),
  maxBodyBytes: z
    .number()
    .int()
    .min(1_024)
    .default(64 * 1024 * 1024),
  maxConnections: z.number().int().min(1).default(200),
  /** A connection silent between two requests is closed, milliseconds. */
  idleMs: z.number().int().min(100).default(60_000),
  /** A request must be whole within this time, milliseconds. */
  requestMs: z.number().int().min(100).default(120_000),
  /** How long an answer waits for the DMP before the connector is told to come again, milliseconds. */
  acceptanceWaitMs: z.number().int().min(0).default(20_000),
  /** How long what the DMP said of a record (TD0.2) serves again, milliseconds. */
  existenceCacheMs: z.number().int().min(0).default(60_000),
  /** Age of a VIHF that is still taken, minutes; the window of the DMP is not known (dmp.md 2.3). */
  vihfMaxAgeMinutes: z.number().int().min(1).default(1_440),
});

/** An explicit decision of the site, with who took it and when: both are shown where the decision acts. */
const decision = z.strictObject({ by: z.string().min(1), on: z.iso.date() });

/** Of a source that is an old connector. */
export const legacySourceSchema = z.strictObject({
  /** Common name of the client certificate of the connector. */
  certificateName: z.string().min(1),
  /** Common names (PS_IdNat) of the cards by which it connects too, where it works in DIRECTE. */
  cardNames: z.array(z.string().min(1)).default([]),
  /** Common names of the certificates that sign its VIHF. Cards (DIRECTE) are known by their authority alone. */
  signatureNames: z.array(z.string().min(1)).min(1),
  api: z.enum(['V1', 'V2']),
  /** What comes is a copy of traffic that goes to the DMP by itself: answered at once, never sent. */
  copy: z.boolean().default(false),
  /** Practice 17: success is said as soon as the document is kept, before the DMP accepted it. */
  successBeforeAcceptance: decision.optional(),
  /** Practice 18: what was submitted by a card (DIRECTE) leaves as INDIRECTE, attributed to the structure. */
  cardsBecomeStructure: decision.optional(),
  /** Practice 18: the INS-C, or the NIR of TD0.0, gives place to the qualified INS in the header of a CDA. */
  replaceInsInHeader: decision.optional(),
});

interface Declared {
  readonly legacy?: z.output<typeof legacySchema> | undefined;
  readonly sources: readonly {
    readonly eg: string;
    readonly legacy?: z.output<typeof legacySourceSchema> | undefined;
  }[];
}

/** What only the whole configuration shows, in French. */
export function legacyFaults({ legacy, sources }: Declared): string[] {
  const declared = sources.flatMap(({ eg, legacy: own }) => (own === undefined ? [] : [{ eg, ...own }]));
  const keys = declared.map(({ certificateName, api, eg }) => `${certificateName} (API ${api}, EG ${eg})`);
  const repeated = new Set(keys.filter((key, index) => keys.indexOf(key) !== index));
  return [
    ...(legacy === undefined && declared.length > 0
      ? ['un ancien connecteur est déclaré, et la porte des anciens connecteurs (legacy) ne l’est pas']
      : []),
    ...[...repeated].map((key) => `connecteur ${key} déclaré plusieurs fois`),
  ];
}
