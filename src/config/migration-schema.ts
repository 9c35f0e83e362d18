/** A sender on its way from API V1, or from API V2 with TD0.0, to API V2 with a qualified INS: its lane, and the old platform. */
import { z } from 'zod';

/** Where a flow stands, in the order in which it goes forward. */
export const LANES = ['observed', 'shadow', 'canary', 'v2', 'closed'] as const;
export type Lane = (typeof LANES)[number];

export const migrationSchema = z.strictObject({
  /** Lane of the flow when it is first seen; afterwards people move it. */
  startsIn: z.enum(['observed', 'shadow', 'v2']).default('observed'),
  /**
   * MLLP door of the platform that feeds the DMP today: in the lanes of API V1 the HL7 messages of this source go on to it,
   * unchanged. Without one the documents wait here until the lane advances.
   */
  oldPlatform: z
    .strictObject({
      host: z.string().min(1),
      port: z.number().int().min(1).max(65_535),
      tls: z.boolean().default(true),
      /** Time allowed to connect, and again to be acknowledged, milliseconds. */
      timeoutMs: z.number().int().min(100).default(10_000),
      /** Also the admissions and merges of this source, in every lane but `closed`: it knows the patients by them. */
      admissions: z.boolean().default(true),
      /** Back-off after a failure, milliseconds. */
      retry: z
        .strictObject({
          firstMs: z.number().int().min(10).default(1_000),
          maxMs: z.number().int().min(10).default(60_000),
        })
        .prefault({}),
    })
    .optional(),
  /** Name under which its printed templates are audited; by default its application. */
  software: z.string().min(1).optional(),
  /** What comes is a copy of a traffic that goes by itself: in the lanes of API V1 nothing of it is kept for sending. */
  copy: z.boolean().default(false),
});

export type MigrationConfig = z.output<typeof migrationSchema>;

/** When a flow is held to be ready for its next lane. Ours, not official: a site may want others. */
export const laneSettings = z.strictObject({
  /** Documents of the flow that are looked at, days. */
  windowDays: z.number().int().min(1).default(30),
  /** Fewer documents checked in the shadow prove nothing. */
  shadowDocuments: z.number().int().min(0).default(20),
  /** Share of the documents in the shadow that API V2 may have refused, per cent. */
  refusedPercent: z.number().min(0).max(100).default(2),
  /** Share of the documents whose patient has a qualified identity, per cent. */
  qualifiedPercent: z.number().min(0).max(100).default(90),
  /** Age of the last audit of a printed document, days. */
  templateDays: z.number().int().min(1).default(90),
  /** No document by the old way for so long before a flow is closed, days. */
  quietDays: z.number().int().min(0).default(7),
});
