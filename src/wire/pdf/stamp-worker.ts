/** Worker thread of `isolated-stamp.ts`: works on what it is given, one document at a time. */
import { parentPort } from 'node:worker_threads';
import type { Result } from '../../rules/rule.ts';
import type { Banner } from './banner.ts';
import { checkPdfA, type PdfAReport } from './pdfa/check.ts';
import { comparePdfs, type PdfComparison } from './pdfa/compare.ts';
import { type AlreadyMarked, readMarks, type StampedPdf, type StampOptions, stampPdf } from './stamp.ts';
import { scanTemplate, type TemplateScan, type TemplateScanOptions } from './template-scan.ts';

/** What can cross to a thread: no encoder, which is a function. */
export type IsolatedStampOptions = Omit<StampOptions, 'encoder'>;

/** What each kind of work gives. */
export interface Works {
  stamp: StampedPdf | AlreadyMarked;
  marks: StampedPdf | AlreadyMarked;
  pdfa: PdfAReport;
  compare: PdfComparison;
  template: TemplateScan;
}

export type Work =
  | { readonly kind: 'stamp'; readonly banner: Banner; readonly options: IsolatedStampOptions }
  | { readonly kind: 'marks' | 'pdfa' }
  | { readonly kind: 'template'; readonly options: TemplateScanOptions }
  /** `after`: the document that these bytes became. */
  | { readonly kind: 'compare'; readonly after: Uint8Array };

export interface StampOrder {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly work: Work;
}

export interface StampAnswer {
  readonly id: number;
  readonly result: Result<Works[keyof Works]>;
}

/** Said once, when the thread can be asked what it took: one that is still starting may never answer that. */
parentPort?.postMessage('started');

parentPort?.on('message', async ({ id, bytes, work }: StampOrder) => {
  const answer: StampAnswer = { id, result: await done(bytes, work) };
  parentPort?.postMessage(answer, moved(answer.result));
});

async function done(bytes: Uint8Array, work: Work): Promise<StampAnswer['result']> {
  switch (work.kind) {
    case 'stamp':
      return stampPdf(bytes, work.banner, work.options);
    case 'marks':
      return readMarks(bytes);
    case 'pdfa':
      return checkPdfA(bytes);
    case 'compare':
      return comparePdfs(bytes, work.after);
    case 'template':
      return scanTemplate(bytes, work.options);
  }
}

/** The marked document goes to the other thread without a copy, when its memory holds nothing else. */
function moved(result: StampAnswer['result']): ArrayBuffer[] {
  if (!result.ok || !('outcome' in result.value) || result.value.outcome !== 'stamped') return [];
  const { buffer, byteLength } = result.value.bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
