/** Settings of the region: how often an installation counts itself, and where it pushes its counts. */
import { z } from 'zod';
import { pemFile } from './common-schema.ts';

/** Clear HTTP is for a proxy of this machine. */
function isSafe(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}

const push = z.strictObject({
  /** Of the region's API, without its path: https://region.example */
  url: z.url().refine(isSafe, 'une adresse https est attendue (http seulement vers cette machine)'),
  /** Private Ed25519 key that signs the counts; the region knows its public half. */
  key: pemFile,
  /** Authority of the region's server; those of the system when absent. */
  ca: pemFile.optional(),
  /** Certificate shown to the region where it asks for one (mutual TLS). */
  client: z.strictObject({ cert: pemFile, key: pemFile }).optional(),
  /** How often what changed is sent, milliseconds. */
  everyMs: z.number().int().min(1_000).default(3_600_000),
  timeoutMs: z.number().int().min(100).default(30_000),
});
export type PushConfig = z.output<typeof push>;

export const regionSchema = z.strictObject({
  /** How often the months of this installation are brought up to date, milliseconds. */
  countEveryMs: z.number().int().min(1_000).default(300_000),
  /** Absent: this installation pushes nothing. */
  push: push.optional(),
});
