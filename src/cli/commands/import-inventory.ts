/** `import inventaire`: hands an inventory over to the gateway, and says what became of each line. */
import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { type GatewayOptions, gatewayClient } from '../gateway-client.ts';
import { codeOf, type Outcome, UsageFault } from '../outcome.ts';

export interface InventoryOptions extends GatewayOptions {
  readonly kind: 'installed' | 'versions';
  /** Where the file is written again, each line with what became of it. */
  readonly report?: string;
}

const answered = z.object({
  id: z.string(),
  added: z.number(),
  changed: z.number(),
  unchanged: z.number(),
  rejected: z.number(),
  lines: z.array(
    z.object({
      line: z.number(),
      outcome: z.string(),
      detail: z.string().nullable(),
      reason: z.object({ rule: z.string(), title: z.string() }).nullable(),
    }),
  ),
});

export async function importInventoryFile(file: string, options: InventoryOptions): Promise<Outcome> {
  const client = await gatewayClient(options);
  const found = await stat(file).catch((error) => {
    throw new UsageFault(`Fichier illisible : ${file} (${codeOf(error)}).`);
  });
  if (!found.isFile()) throw new UsageFault(`Fichier illisible : ${file}.`);
  const query = new URLSearchParams({ kind: options.kind, name: basename(file) });
  const answer = await client.postFile(`/inventory-imports?${query}`, createReadStream(file), 'text/csv');
  if (answer.kind !== 'done') {
    const why =
      answer.kind === 'refused'
        ? `${answer.problem.rule} ${answer.problem.title} (${answer.problem.detail ?? answer.problem.cause})`
        : `passerelle injoignable (${answer.reason})`;
    return { code: 1, lines: [`Import refusé : ${why}.`], result: { refused: why } };
  }
  const { id, added, changed, unchanged, rejected, lines } = answered.parse(answer.body);
  if (options.report !== undefined) {
    const text = await client.text(`/inventory-imports/${id}/report`);
    if (text === undefined) throw new UsageFault('Rapport illisible.');
    await writeFile(options.report, text);
  }
  const told = lines.filter(({ outcome }) => outcome === 'rejected');
  return {
    code: rejected === 0 ? 0 : 1,
    lines: [
      ...told.map(
        ({ line, reason, detail }) => `Ligne ${line} rejetée : ${reason?.rule} ${reason?.title} (${detail ?? ''})`,
      ),
      `${added} ligne(s) ajoutée(s), ${changed} modifiée(s), ${unchanged} inchangée(s), ${rejected} rejetée(s).`,
    ],
    result: { id, added, changed, unchanged, rejected, rejections: told },
  };
}
