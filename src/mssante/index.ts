/** MSSanté, as what stands on top may use it. */

export { decideDocument, decideMail } from './incoming-desk.ts';
export { compareWith } from './incoming-match.ts';
export { declareConfiguredMailboxes } from './incoming-reader.ts';
export { startIncomingMail } from './incoming-work.ts';
export { smtpSender } from './outgoing-context.ts';
export { askMailsAgain, mayGoAgain } from './outgoing-desk.ts';
export { openDirectory } from './outgoing-directory.ts';
export { mailTaskHandler } from './outgoing-task.ts';
