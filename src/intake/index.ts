/** The doors, as the wiring may use them. */
export { createCommitter } from './committer.ts';
export { messageBatchHandler } from './process-message.ts';
export { reReadMessage } from './re-read.ts';
export { type Door, keepRefusal, receiveFrame, sourceOfHeader } from './receive.ts';
export { createRefusalLimit } from './refusal-limit.ts';
