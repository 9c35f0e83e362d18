/** The line to the region: HTTPS, with a certificate of our own where the region asks for one. */
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, fetch, type Response } from 'undici';
import { z } from 'zod';
import type { PushConfig } from '../config/region-schema.ts';
import { COUNTS_TYPE, EXPECTED, headersOf, PUSH_PATH } from './push-text.ts';
import type { PushAnswer, RegionLine } from './send-push.ts';

/** Characters of an answer that are looked at. */
const MOST_ANSWER = 20_000;

const problem = z.object({ rule: z.string(), title: z.string(), detail: z.string().optional() });

/** The files are read anew for each run: a renewed key or certificate is taken without a restart. */
export async function httpsLine(push: PushConfig): Promise<RegionLine & { close(): Promise<void> }> {
  const [key, ca, cert, clientKey] = await Promise.all([
    readFile(push.key, 'utf8'),
    ...[push.ca, push.client?.cert, push.client?.key].map((file) =>
      file === undefined ? undefined : readFile(file, 'utf8'),
    ),
  ]);
  const agent = new Agent({
    connect: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || clientKey === undefined ? {} : { cert, key: clientKey }),
    },
  });
  return {
    url: push.url,
    key: createPrivateKey(key),
    post: async (headers, body) => {
      try {
        const answer = await fetch(new URL(PUSH_PATH, push.url), {
          method: 'POST',
          redirect: 'error',
          headers: { 'content-type': COUNTS_TYPE, ...headersOf(headers) },
          body,
          dispatcher: agent,
          signal: AbortSignal.timeout(push.timeoutMs),
        });
        return await answerOf(answer);
      } catch (error) {
        return { kind: 'away', detail: reasonOf(error) };
      }
    },
    close: () => agent.destroy(),
  };
}

async function answerOf(answer: Response): Promise<PushAnswer> {
  const text = (await answer.text()).slice(0, MOST_ANSWER);
  if (answer.ok) return { kind: 'taken' };
  const expected = Number(answer.headers.get(EXPECTED));
  if (answer.status === 409 && Number.isSafeInteger(expected) && expected > 0)
    return { kind: 'out-of-order', expected };
  const said = problem.safeParse(parsed(text));
  // What a proxy says while the region is down is no answer of the region's.
  if (answer.status >= 500) return { kind: 'away', detail: `HTTP ${answer.status}` };
  return said.success
    ? { kind: 'refused', rule: said.data.rule, detail: said.data.detail ?? said.data.title }
    : { kind: 'refused', rule: null, detail: `HTTP ${answer.status}` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  return code ?? (cause instanceof Error ? cause.message.slice(0, 200) : 'inconnue');
}
