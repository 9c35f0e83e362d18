/**
 * Pushes the counts of this installation to its region. What waits is not a list of messages but what the region does not
 * know yet: after a line that was cut for a week, each month goes once, as it then is. One push is on its way at a time, kept
 * byte for byte until it is acknowledged.
 */
import type { KeyObject } from 'node:crypto';
import type { UseCaseContext } from '../queue/context.ts';
import { regionRules } from '../rules/region.ts';
import { transaction } from '../store/db.ts';
import type { Figure } from '../store/region-figures.ts';
import {
  acknowledgePending,
  dropPending,
  keepPending,
  leaseSender,
  releaseSender,
  type Sender,
  type SentFigure,
  sentFigures,
  startOver,
} from '../store/region-installations.ts';
import { ownFigures } from '../store/region-own.ts';
import { ownEstablishments } from './own.ts';
import { digestOf, keyIdOf, MOST_FIGURES, pushText, type SignedHeaders, signPush, travelling } from './push-text.ts';

export type PushAnswer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'out-of-order'; readonly expected: number }
  /** Refused with a rule of ours, or another status. */
  | { readonly kind: 'refused'; readonly rule: string | null; readonly detail: string }
  /** Not answered: it may have been taken. */
  | { readonly kind: 'away'; readonly detail: string };

/** The way to the region. */
export interface RegionLine {
  readonly url: string;
  readonly key: KeyObject;
  post(headers: SignedHeaders, body: Buffer): Promise<PushAnswer>;
}

export interface PushRun {
  /** Pushes that the region took in this run. */
  readonly taken: number;
  readonly failure: string | null;
  readonly ruleId: string | null;
}

/** Longer than any call: a process that died in the middle gives way to another one. */
const LEASE_MS = 300_000;

/** Sends what the region does not know yet. Undefined while another process does. */
export async function pushCounts(context: UseCaseContext, line: RegionLine): Promise<PushRun | undefined> {
  const { pool, now } = context;
  const sender = await leaseSender(pool, line.url, now(), new Date(now().getTime() + LEASE_MS));
  if (sender === undefined) return undefined;
  let run: PushRun = { taken: 0, failure: 'envoi interrompu', ruleId: null };
  try {
    run = await pushAll(context, line, sender);
    return run;
  } finally {
    await releaseSender(pool, line.url, { at: now(), failure: run.failure, ruleId: run.ruleId });
  }
}

async function pushAll(context: UseCaseContext, line: RegionLine, sender: Sender): Promise<PushRun> {
  let { sequence } = sender;
  let taken = 0;
  let startedOver = false;
  for (let pending = pendingOf(sender); ; pending = undefined) {
    pending ??= await nextPush(context, line.url);
    if (pending === undefined) return { taken, failure: null, ruleId: null };
    const answer = await send(line, sequence + 1, pending.body);
    if (answer.kind === 'taken') {
      sequence += 1;
      taken += 1;
      await settle(context, line.url, sequence, pending.figures);
    } else if (answer.kind === 'out-of-order' && !startedOver) {
      startedOver = true;
      sequence = answer.expected - 1;
      await startOver(context.pool, line.url, sequence);
    } else return { taken, ...(await failed(context, line.url, answer)) };
  }
}

interface Pending {
  readonly body: Buffer;
  readonly figures: readonly SentFigure[];
}

function pendingOf({ pending, pendingFigures }: Sender): Pending | undefined {
  return pending === null || pendingFigures === null ? undefined : { body: pending, figures: pendingFigures };
}

/** The oldest months that the region does not know as they are now; kept before they leave. */
async function nextPush({ pool, config }: UseCaseContext, url: string): Promise<Pending | undefined> {
  const sent = new Map((await sentFigures(pool, url)).map(({ eg, month, digest }) => [`${eg} ${month}`, digest]));
  // The ledger may hold an establishment that has left since: the region knows no key of ours for it.
  const declared = new Set(ownEstablishments(config).map(({ eg }) => eg));
  const unknown = (await ownFigures(pool))
    .filter(({ eg }) => declared.has(eg))
    .map((figure) => ({ figure, digest: figureDigest(figure) }))
    .filter(({ figure: { eg, month }, digest }) => sent.get(`${eg} ${month}`) !== digest)
    .slice(0, MOST_FIGURES);
  if (unknown.length === 0) return undefined;
  const body = pushText(unknown.map(({ figure }) => figure));
  const figures = unknown.map(({ figure: { eg, month }, digest }) => ({ eg, month, digest }));
  await keepPending(pool, url, body, figures);
  return { body, figures };
}

function figureDigest(figure: Figure): string {
  return digestOf(JSON.stringify(travelling(figure))).toString('base64');
}

function send(line: RegionLine, sequence: number, body: Buffer): Promise<PushAnswer> {
  const keyId = keyIdOf(line.key);
  return line.post({ keyId, sequence, signature: signPush(line.key, keyId, sequence, body) }, body);
}

async function settle(
  { pool, now }: UseCaseContext,
  url: string,
  sequence: number,
  figures: readonly SentFigure[],
): Promise<void> {
  await transaction(pool, (tx) => acknowledgePending(tx, url, sequence, figures, now()));
}

/** What was refused is made again next time, from the figures and the configuration of then; what got no answer is kept as it is. */
async function failed(
  { pool }: UseCaseContext,
  url: string,
  answer: Exclude<PushAnswer, { kind: 'taken' }>,
): Promise<Omit<PushRun, 'taken'>> {
  if (answer.kind === 'away') return { failure: answer.detail, ruleId: regionRules.regionAway.id };
  if (answer.kind === 'out-of-order')
    return { failure: `séquence attendue : ${answer.expected}`, ruleId: regionRules.outOfOrder.id };
  await dropPending(pool, url);
  return { failure: answer.detail, ruleId: answer.rule };
}
