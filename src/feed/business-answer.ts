/** The business answers (ZAM) owed to whoever sent a document. */
import { sourceOfSender } from '../config/lookup.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { insertAnswer } from '../store/answers.ts';
import type { Db } from '../store/db.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { loadMessageHead } from '../store/messages.ts';
import type { AnswerContext } from '../wire/hl7v2/ack.ts';
import { type AnsweredHeader, buildZamZ01, type DmpAnswer } from '../wire/hl7v2/answer.ts';
import { salvageHeader } from '../wire/hl7v2/header.ts';

/** A ZAM^Z01 for the sender of an HL7 document; a REST caller reads its document instead. */
export function answerSender(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  answer: DmpAnswer,
): Promise<void> {
  return oweAnswer(tx, context, document, 'ZAM^Z01', (header, made) => buildZamZ01(header, answer, made));
}

/** One business answer, made from the header of the message that brought the document. */
export async function oweAnswer(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  kind: 'ZAM^Z01' | 'ZAM^Z02' | 'ZAM^Z03',
  build: (header: AnsweredHeader, made: AnswerContext) => Buffer,
): Promise<void> {
  const { kind: answered, head } = await loadMessageHead(tx, document.messageId);
  const toAnswer = answered.startsWith('MDM') || answered.startsWith('ORU');
  const header = toAnswer ? (salvageHeader(head) ?? keptHeader(context, document)) : undefined;
  if (header?.controlId === undefined) return;
  const id = context.newUuid();
  const er7 = build({ ...header, controlId: header.controlId }, { now: context.now(), controlId: id });
  const route = sourceOfSender(context.config, document.sender)?.answers;
  const state = route === undefined ? 'no-route' : 'pending';
  await insertAnswer(tx, { id, documentId: document.id, kind, er7, state, at: context.now() });
  if (route !== undefined)
    await addTask(tx, { kind: 'answer', subject: id, orderKey: `answers:${document.sender}`, eg: document.eg });
}

/** What its row keeps of a message whose bytes were pruned: whom to answer, and about which message. */
function keptHeader({ config }: UseCaseContext, { sender, controlId }: DocumentRecord) {
  const processing = config.installation === 'production' ? 'P' : 'T';
  return salvageHeader(Buffer.from(`MSH|^~\\&|${sender}|||||MDM^T02|${controlId}|${processing}|2.5\r`, 'utf8'));
}
