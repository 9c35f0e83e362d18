/** Worker thread of `isolated-stamp.ts`: stamps what it is given, one document at a time. */
import { parentPort } from 'node:worker_threads';
import type { Result } from '../../rules/rule.ts';
import type { Banner } from './banner.ts';
import { type AlreadyMarked, readMarks, type StampedPdf, type StampOptions, stampPdf } from './stamp.ts';

/** What can cross to a thread: no encoder, which is a function. */
export type IsolatedStampOptions = Omit<StampOptions, 'encoder'>;

export interface StampOrder {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** Absent: only what the document carries is read. */
  readonly marks?: { readonly banner: Banner; readonly options: IsolatedStampOptions };
}

export interface StampAnswer {
  readonly id: number;
  readonly result: Result<StampedPdf | AlreadyMarked>;
}

parentPort?.on('message', async (order: StampOrder) => {
  const { id, bytes, marks } = order;
  const result = marks === undefined ? await readMarks(bytes) : await stampPdf(bytes, marks.banner, marks.options);
  const answer: StampAnswer = { id, result };
  parentPort?.postMessage(answer, moved(result));
});

/** The marked document goes to the other thread without a copy, when its memory holds nothing else. */
function moved(result: StampAnswer['result']): ArrayBuffer[] {
  if (!result.ok || result.value.outcome !== 'stamped') return [];
  const { buffer, byteLength } = result.value.bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
