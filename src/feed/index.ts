/** The feed, as the other use cases may use it. */
export { type AnswerSender, createAnswerSender } from './answer.ts';
export { deliverTaskHandler } from './deliver.ts';
export { askAgain, withdrawDocument } from './desk.ts';
export type { FeedContext } from './dmp-circuit.ts';
export { documentTaskHandler } from './process-document.ts';
export { reconcileTaskHandler } from './reconcile.ts';
export { releaseTaskHandler } from './release.ts';
