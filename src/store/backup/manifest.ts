/** What a backup says of itself. */
import { z } from 'zod';
import type { Frame } from './container.ts';

const name = z.string().regex(/^[a-z_][a-z0-9_]*$/);

export const manifestSchema = z.object({
  format: z.literal(1),
  createdAt: z.string(),
  program: z.string(),
  server: z.string(),
  migrations: z.array(z.string()),
  tables: z.array(z.object({ name, columns: z.array(name) })),
});
export type Manifest = z.output<typeof manifestSchema>;

export const tableStart = z.object({ name });
export const tableEnd = z.object({ name, rows: z.number(), bytes: z.number(), sha256: z.string() });
export type TableEnd = z.output<typeof tableEnd>;
export const sequencesSchema = z.object({
  sequences: z.array(z.object({ name, value: z.number().nullable() })),
});

export function jsonOf(frame: Frame): unknown {
  return JSON.parse(frame.payload.toString('utf8'));
}
