/** Worker thread of `isolated-stamp.ts`: stamps what it is given, one document at a time. */
import { parentPort } from 'node:worker_threads';
import type { StampAnswer, StampOrder } from './isolated-stamp.ts';
import { stampPdf } from './stamp.ts';

parentPort?.on('message', async (order: StampOrder) => {
  const answer: StampAnswer = { id: order.id, result: await stampPdf(order.bytes, order.banner, order.options) };
  parentPort?.postMessage(answer);
});
