/** MSSanté, as what stands on top may use it. */
export { smtpSender } from './outgoing-context.ts';
export { openDirectory } from './outgoing-directory.ts';
export { mailTaskHandler } from './outgoing-task.ts';
