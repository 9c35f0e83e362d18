/** Worker thread of `isolated-stamp.ts`: stamps what it is given, one document at a time. */
import { parentPort } from 'node:worker_threads';
import type { Result } from '../../rules/rule.ts';
import type { Banner } from './banner.ts';
import { type AlreadyMarked, type StampedPdf, type StampOptions, stampPdf } from './stamp.ts';

/** What can cross to a thread: no encoder, which is a function. */
export type IsolatedStampOptions = Omit<StampOptions, 'encoder'>;

export interface StampOrder {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly banner: Banner;
  readonly options: IsolatedStampOptions;
}

export interface StampAnswer {
  readonly id: number;
  readonly result: Result<StampedPdf | AlreadyMarked>;
}

parentPort?.on('message', async (order: StampOrder) => {
  const answer: StampAnswer = { id: order.id, result: await stampPdf(order.bytes, order.banner, order.options) };
  parentPort?.postMessage(answer);
});
