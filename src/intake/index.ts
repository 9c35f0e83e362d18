/** The doors, as the wiring may use them. */
export { messageTaskHandler } from './process-message.ts';
export { type Door, keepRefusal, receiveFrame } from './receive.ts';
