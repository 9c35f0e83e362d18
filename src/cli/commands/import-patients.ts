/** `import patients`: hands a CSV file over to the gateway, follows it to its end, and says what became of its lines. */
import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { csvRows } from '../../wire/csv/read.ts';
import { type GatewayOptions, gatewayClient } from '../gateway-client.ts';
import { codeOf, type Outcome, UsageFault } from '../outcome.ts';
import type { RestAnswer, RestClient } from '../rest.ts';

export interface ImportOptions extends GatewayOptions {
  /** Identification domain of the IPP where the file has no such column; absent: the installation's own. */
  readonly domain?: string;
  readonly encoding: 'utf-8' | 'windows-1252';
  /** Count what the import would do, and write no patient. */
  readonly rehearsal?: boolean;
  /** Bring identities up to date whose IPP is already known, instead of rejecting their lines. */
  readonly update?: boolean;
  /** Where the rejected lines are written, to be corrected and imported again. */
  readonly rejected?: string;
  readonly json?: boolean;
}

/** Fast enough for a bar that moves, slow enough to cost nothing. */
const FOLLOW_EVERY_MS = 500;
/** A file that cannot be read as told: a wrong call of this command. */
const WRONG_FILE = ['TDU-ID-200', 'TDU-ID-201', 'TDU-ID-206', 'TDU-ID-208'];

const importState = z.object({
  id: z.string(),
  state: z.string(),
  lines: z.number(),
  done: z.number(),
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  rejected: z.number(),
});
type ImportState = z.output<typeof importState>;

export async function importPatients(file: string, options: ImportOptions): Promise<Outcome> {
  const client = await gatewayClient(options);
  const taken = await handOver(client, file, options);
  if ('code' in taken) return taken;
  const ended = await follow(client, taken, options.json === true);
  if ('code' in ended) return ended;
  const rejections = ended.rejected === 0 ? [] : await rejectionsOf(client, ended.id, options.rejected);
  const { created, updated, unchanged, rejected } = ended;
  const stopped = ended.state === 'stopped' ? 'Import arrêté avant la fin du fichier.' : null;
  const what = options.rehearsal === true ? 'seraient créées' : 'créée(s)';
  return {
    code: rejected === 0 && stopped === null ? 0 : 1,
    lines: [
      ...rejections.map(({ line, rule, reason }) => `Ligne ${line} rejetée : ${rule} ${reason}`),
      ...(stopped === null ? [] : [stopped]),
      `${created} identité(s) ${what}, ${updated} mise(s) à jour, ${unchanged} inchangée(s), ${rejected} ligne(s) rejetée(s).`,
    ],
    result: { id: ended.id, created, updated, unchanged, rejected, rejections, stopped },
  };
}

async function handOver(client: RestClient, file: string, options: ImportOptions): Promise<ImportState | Outcome> {
  const size = await stat(file).catch((error) => {
    throw new UsageFault(`Fichier illisible : ${file} (${codeOf(error)}).`);
  });
  if (!size.isFile()) throw new UsageFault(`Fichier illisible : ${file}.`);
  const query = new URLSearchParams({
    mode: options.rehearsal === true ? 'rehearsal' : 'import',
    known: options.update === true ? 'update' : 'reject',
    encoding: options.encoding,
    name: basename(file),
    ...(options.domain === undefined ? {} : { domain: options.domain }),
  });
  const answer = await client.postFile(`/patient-imports?${query}`, createReadStream(file), 'text/csv');
  if (answer.kind === 'refused' && WRONG_FILE.includes(answer.problem.rule)) {
    const { rule, title, detail = '' } = answer.problem;
    const hint = rule === 'TDU-ID-200' ? ' : essayez --encoding windows-1252' : '';
    throw new UsageFault(`${title} (${detail})${hint}.`);
  }
  return stateOf(answer);
}

/** What the gateway said, or the end of this command. */
function stateOf(answer: RestAnswer): ImportState | Outcome {
  if (answer.kind === 'done') return importState.parse(answer.body);
  const why = answer.kind === 'refused' ? answer.problem.title : `passerelle injoignable (${answer.reason})`;
  const stopped = `Import arrêté : ${why}.`;
  const nothing = { created: 0, updated: 0, unchanged: 0, rejected: 0, rejections: [] };
  return { code: 1, lines: [stopped], result: { ...nothing, stopped } };
}

async function follow(client: RestClient, taken: ImportState, quiet: boolean): Promise<ImportState | Outcome> {
  let now = taken;
  while (now.state === 'queued' || now.state === 'running') {
    await sleep(FOLLOW_EVERY_MS);
    const answer = stateOf(await client.get(`/patient-imports/${taken.id}`));
    if ('code' in answer) return answer;
    now = answer;
    if (!quiet && process.stderr.isTTY) process.stderr.write(`\r${bar(now)}`);
  }
  if (!quiet && process.stderr.isTTY) process.stderr.write('\n');
  return now;
}

const BAR_WIDTH = 30;

function bar({ done, lines }: ImportState): string {
  const share = lines === 0 ? 1 : done / lines;
  const full = Math.round(share * BAR_WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${done} / ${lines} lignes`;
}

interface Rejection {
  readonly line: number;
  readonly rule: string;
  /** French. */
  readonly reason: string;
}

/** The last four columns of the file of rejected lines; the others are the lines as they came. */
async function rejectionsOf(client: RestClient, id: string, file: string | undefined): Promise<Rejection[]> {
  const text = await client.text(`/patient-imports/${id}/rejections`);
  if (text === undefined) throw new UsageFault('Lignes rejetées illisibles.');
  if (file !== undefined) await writeFile(file, text, { mode: 0o600 });
  const rejections: Rejection[] = [];
  for await (const { line, cells } of csvRows(inOneChunk(text.replace(/^\ufeff/, '')))) {
    const [number = '', rule = '', reason = ''] = cells.slice(-4);
    if (line > 1) rejections.push({ line: Number(number), rule, reason });
  }
  return rejections;
}

async function* inOneChunk(text: string): AsyncGenerator<string> {
  yield text;
}
