/** Worker thread of `open.ts`: opens one mail, then ends. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Result } from '../../rules/rule.ts';
import type { MailLimits } from './mail.ts';
import { type OpenedPackage, openPackage } from './package.ts';

export interface OpenOrder {
  readonly bytes: Uint8Array;
  readonly limits: MailLimits;
}

export type OpenAnswer = Result<OpenedPackage>;

const order: OpenOrder = workerData;
const answer: OpenAnswer = await openPackage(order.bytes, order.limits);
parentPort?.postMessage(answer);
