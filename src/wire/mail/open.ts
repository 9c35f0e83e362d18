/**
 * Opens a received mail away from the event loop: a thread for each, which takes its own memory and time with it when they
 * pass the limits. A hostile mail costs itself, never the others. Source: hostile.md, Archives.
 */
import { Worker } from 'node:worker_threads';
import { ruleById } from '../../rules/catalogue.ts';
import { mssanteInRules } from '../../rules/mssante-in.ts';
import { type Result, refuse } from '../../rules/rule.ts';
import { DEFAULT_MAIL_LIMITS, type MailLimits } from './mail.ts';
import type { OpenAnswer, OpenOrder } from './open-worker.ts';
import type { OpenedPackage } from './package.ts';

export interface OpeningLimits extends MailLimits {
  /** Longest work on one mail, milliseconds. */
  readonly timeoutMs: number;
  /** Heap of its thread, megabytes. */
  readonly memoryMb: number;
}

const DEFAULT_OPENING_LIMITS: OpeningLimits = { ...DEFAULT_MAIL_LIMITS, timeoutMs: 30_000, memoryMb: 512 };

export function openMail(bytes: Uint8Array, changed: Partial<OpeningLimits> = {}): Promise<Result<OpenedPackage>> {
  const { timeoutMs, memoryMb, ...limits } = { ...DEFAULT_OPENING_LIMITS, ...changed };
  // A view would take its whole buffer along.
  const workerData: OpenOrder = { bytes: new Uint8Array(bytes), limits };
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./open-worker.ts', import.meta.url), {
      workerData,
      transferList: [workerData.bytes.buffer as ArrayBuffer],
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    const end = (result: Result<OpenedPackage>): void => {
      clearTimeout(late);
      resolve(result);
      void worker.terminate();
    };
    const late = setTimeout(() => end(refuse(mssanteInRules.openingTooLong, { detail: 'durée' })), timeoutMs);
    worker.on('message', (answer: OpenAnswer) => end(known(answer)));
    worker.on('error', () => end(refuse(mssanteInRules.openingTooLong)));
    // Ended without a word: nothing can be said of the mail.
    worker.on('exit', () => end(refuse(mssanteInRules.openingTooLong)));
  });
}

/** A rule that crossed a thread is a copy: the catalogue gives the original back. */
function known(answer: OpenAnswer): OpenAnswer {
  if (!answer.ok) return withRule(answer);
  const { xdm } = answer.value;
  return xdm.ok ? answer : { ok: true, value: { ...answer.value, xdm: withRule(xdm) } };
}

function withRule<T extends Extract<Result<unknown>, { ok: false }>>({ refusal }: T): Result<never> {
  return { ok: false, refusal: { ...refusal, rule: ruleById(refusal.rule.id) ?? refusal.rule } };
}
