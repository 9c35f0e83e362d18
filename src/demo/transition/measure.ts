/** What is measured of a replay: by what the simulators hold and counted, and by the connectors' own journals. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { JournalEntry } from '../../simulators/connector/outbox.ts';

const held = z.object({
  uniqueId: z.string(),
  status: z.string(),
  title: z.string(),
  structure: z.string(),
  software: z.string().optional(),
  replaces: z.string().optional(),
  receivedAt: z.string(),
});
export type Held = z.output<typeof held>;

const counted = z.object({
  transaction: z.string(),
  apiVersion: z.string(),
  identityKind: z.string(),
  outcome: z.string(),
  certificate: z.string(),
  structure: z.string(),
  product: z.string(),
  month: z.string(),
  count: z.number(),
});
export type Counted = z.output<typeof counted>;

export async function heldDocuments(control: string): Promise<Held[]> {
  const answer = await fetch(`${control}/documents/search`, { method: 'POST', body: '{}' });
  return z.object({ items: z.array(held) }).parse(await answer.json()).items;
}

export async function dmpCounts(control: string): Promise<Counted[]> {
  const answer = await fetch(`${control}/stats`);
  return z.object({ byCaller: z.array(counted) }).parse(await answer.json()).byCaller;
}

export async function command(control: string, method: 'POST' | 'DELETE', path: string, body?: object): Promise<void> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${control}${path}`, { method, ...sent });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}

export function total(counts: readonly Counted[], matches: (one: Counted) => boolean): number {
  return counts.filter(matches).reduce((sum, { count }) => sum + count, 0);
}

export async function journalOf(file: string): Promise<JournalEntry[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}

/**
 * Between the last document that a connector was told accepted before its cut-over and the first one after it. Undefined when
 * there is none on one side within the same week: the clock jumps between two.
 */
export function gapMs(journal: readonly JournalEntry[]): number | undefined {
  const at = journal.findIndex(({ type }) => type === 'cut-over');
  if (at < 0) return undefined;
  const taken = (entry: JournalEntry): boolean =>
    entry.type === 'told' && entry.transaction === 'TD2.1' && (entry.said === 'accepted' || entry.said === 'duplicate');
  const before = journal.slice(0, at).findLast(taken);
  const after = journal.slice(at).find(taken);
  if (before === undefined || after === undefined) return undefined;
  const gap = Date.parse(after.at) - Date.parse(before.at);
  return gap < WEEK_MS / 2 ? gap : undefined;
}

const WEEK_MS = 7 * 86_400_000;
