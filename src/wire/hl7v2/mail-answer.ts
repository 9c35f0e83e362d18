/**
 * Business answers about a mail: ZAM^Z02 what became of it at the server of the recipient, ZAM^Z03 that it was read, or why
 * the recipient's software did not take it. Source: CI-SIS volet 2.1, « Contraintes à appliquer au message ZAM^Z02 ».
 */
import type { Refusal } from '../../rules/rule.ts';
import type { AnswerContext } from './ack.ts';
import { type AnsweredHeader, zamMessage } from './answer.ts';
import { segmentText } from './er7.ts';
import { condition, refusalText } from './error-segment.ts';

/** `smtp`: a code of the table SMTPERRORCODE. `application`: one of table 0533, as the recipient's software gave it. */
export type MailAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'smtp'; readonly code: string; readonly label: string }
  | { readonly kind: 'application'; readonly code: string; readonly label: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const KINDS = {
  Z02: {
    outcome: ['ACK_RECEPTION_MSS', 'Accusé de réception MSSanté'],
    who: ['DESTINATAIRE_MSS', 'Destinataire MSSanté'],
  },
  Z03: { outcome: ['ACK_LECTURE_MSS', 'Accusé de lecture'], who: ['LECTEUR_MSS', 'Lecteur du courriel MSSanté'] },
} as const;

const TABLE = 'AckMetierZAM';

/** `address`: of whom it is about; the caller has taken the matricule out of a patient's. */
export function buildMailAnswer(
  event: keyof typeof KINDS,
  original: AnsweredHeader,
  { address, answer }: { readonly address: string; readonly answer: MailAnswer },
  context: AnswerContext,
): Buffer {
  const d = original.delimiters;
  const { outcome, who } = KINDS[event];
  const yes = answer.kind === 'accepted' ? 'Y' : 'N';
  const segments = [
    segmentText(
      'OBX',
      {
        1: '1',
        2: 'CWE',
        3: [...outcome, TABLE],
        4: original.controlId,
        5: [yes, '', 'expandedYes-NoIndicator'],
        11: 'F',
      },
      d,
    ),
    segmentText('OBX', { 1: '2', 2: 'XTN', 3: [...who, TABLE], 5: ['', '', 'X.400', address], 11: 'F' }, d),
  ];
  if (answer.kind === 'refused') segments.push(refusalText(answer.refusal, d));
  if (answer.kind === 'smtp' || answer.kind === 'application') {
    const table = answer.kind === 'smtp' ? 'SMTPERRORCODE' : 'applicationErrorCondition';
    const code = [answer.code, answer.label, table];
    segments.push(segmentText('ERR', { 3: condition('207'), 4: 'E', 5: code }, d));
  }
  return zamMessage(event, original, segments, context);
}
