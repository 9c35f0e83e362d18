/** Settings of the search for duplicates. */
import { z } from 'zod';

/** Published with its precision and recall: docs/fr/doublons.md. */
export const DEFAULT_REVIEW_THRESHOLD = 0.5;

export const matchingSchema = z.strictObject({
  /** Look for duplicates whenever an identity is created or changes. */
  enabled: z.boolean().default(true),
  /** A pair whose score is at least this is shown to the identitovigilance cell, 0 to 1. */
  reviewThreshold: z.number().min(0.05).max(1).default(DEFAULT_REVIEW_THRESHOLD),
  /** Identities of one block that are compared at most, for one identity. */
  mostCandidates: z.number().int().min(10).max(10_000).default(500),
});
