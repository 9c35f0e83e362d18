/** `import reprise`: the base of a former identity repository goes in by REST, line after line, and can be resumed. */
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { FormerLine } from '../../takeover/index.ts';
import { type Outcome, UsageFault } from '../outcome.ts';
import { type RestAnswer, type RestClient, restClient } from '../rest.ts';
import { csvLines, hl7Lines, type ReadLine } from '../takeover-lines.ts';

export interface TakeoverOptions {
  readonly to?: string;
  readonly token?: string;
  readonly domain?: string;
  readonly encoding: 'utf-8' | 'windows-1252';
  readonly format: 'csv' | 'hl7';
  /** The site vouches for the checks recorded in the former repository. */
  readonly trustStatus?: boolean;
  /** Id of a take-over that was cut. */
  readonly resume?: string;
  /** Where to write the discrepancy report. */
  readonly report?: string;
}

const BATCH = 200;

const takeover = z.object({
  id: z.string(),
  position: z.number(),
  created: z.number(),
  known: z.number(),
  validated: z.number(),
  rejected: z.number(),
  discrepancies: z.number(),
  nirs: z.number(),
  nirsSame: z.number(),
});
type Takeover = z.output<typeof takeover>;

export async function importTakeover(file: string, options: TakeoverOptions): Promise<Outcome> {
  if (options.to === undefined || options.token === undefined)
    throw new UsageFault('--to et --token (ou la variable TRAITDUNION_TOKEN) sont demandés.');
  const client = restClient(options.to, options.token);
  const opened = await open(client, file, options);
  if (typeof opened === 'string') return stopped(undefined, opened, []);
  const unreadable: Extract<ReadLine, { kind: 'unreadable' }>[] = [];
  let state = opened;
  let passed = 0;
  let batch: FormerLine[] = [];
  const flush = async (): Promise<string | undefined> => {
    const body = { from: state.position, lines: batch };
    const answer = batch.length === 0 ? undefined : await client.post(`/takeovers/${state.id}/lines`, body);
    batch = [];
    if (answer === undefined) return undefined;
    const next = read(answer);
    if (typeof next === 'string') return next;
    state = next;
    return undefined;
  };
  for await (const one of options.format === 'hl7' ? hl7Lines(file) : csvLines(file, options.encoding)) {
    if (one.kind === 'unreadable') {
      unreadable.push(one);
      continue;
    }
    // What an earlier run gave has been taken.
    if (passed++ < opened.position) continue;
    batch.push(one.value);
    const failure = batch.length < BATCH ? undefined : await flush();
    if (failure !== undefined) return stopped(state, failure, unreadable);
  }
  const failure = (await flush()) ?? (await end(client, state, options));
  return failure === undefined ? done(state, unreadable, options) : stopped(state, failure, unreadable);
}

async function open(client: RestClient, file: string, options: TakeoverOptions): Promise<Takeover | string> {
  if (options.resume !== undefined) return read(await client.get(`/takeovers/${encodeURIComponent(options.resume)}`));
  const name = file.split('/').at(-1) ?? file;
  const { domain, trustStatus: trustsStatus = false } = options;
  return read(await client.post('/takeovers', { name, domain, trustsStatus }));
}

async function end(client: RestClient, { id }: Takeover, { report }: TakeoverOptions): Promise<string | undefined> {
  const ended = read(await client.post(`/takeovers/${id}/end`, {}));
  if (typeof ended === 'string') return ended;
  if (report === undefined) return undefined;
  const text = await client.text(`/takeovers/${id}/report`);
  if (text === undefined) return 'rapport illisible';
  await writeFile(report, text, { mode: 0o600 });
  return undefined;
}

/** The state of the take-over, or in French why there is none. */
function read(answer: RestAnswer): Takeover | string {
  if (answer.kind === 'unreachable') return `passerelle injoignable (${answer.reason})`;
  if (answer.kind === 'refused')
    return `${answer.problem.rule} ${answer.problem.title}${answer.problem.detail === undefined ? '' : ` (${answer.problem.detail})`}`;
  const parsed = takeover.safeParse(answer.body);
  return parsed.success ? parsed.data : 'réponse inattendue de la passerelle';
}

type Unreadable = readonly { readonly line: number; readonly reason: string }[];

function stopped(state: Takeover | undefined, why: string, unreadable: Unreadable): Outcome {
  const resume = state === undefined ? [] : [`Pour reprendre après la ligne ${state.position} : --resume ${state.id}`];
  return {
    code: 1,
    lines: [...linesOf(unreadable), `Reprise arrêtée : ${why}.`, ...resume],
    result: { stopped: why, ...(state ?? {}), unreadable },
  };
}

function done(state: Takeover, unreadable: Unreadable, { report }: TakeoverOptions): Outcome {
  const { created, known, validated, rejected, discrepancies, nirs, nirsSame } = state;
  return {
    code: rejected === 0 && unreadable.length === 0 ? 0 : 1,
    lines: [
      ...linesOf(unreadable),
      `${created} identité(s) créée(s) dont ${validated} validée(s), ${known} déjà connue(s), ${rejected} ligne(s) rejetée(s), ${unreadable.length} illisible(s).`,
      `${nirs} NIR comparé(s), aucun repris : ${nirsSame} identique(s) à l'INS locale. ${discrepancies} ligne(s) à examiner${report === undefined ? '' : ` : ${report}`}.`,
    ],
    result: { ...state, unreadable },
  };
}

function linesOf(unreadable: Unreadable): string[] {
  return unreadable.map(({ line, reason }) => `Message ${line} illisible : ${reason}`);
}
