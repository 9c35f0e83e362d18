/**
 * The business answer to the software that created a document: ZAM^Z01^ZAM_Z01, what became of it at the DMP.
 * Source: CI-SIS volet 2.1, « Contraintes à appliquer au message ZAM^Z01^ZAM_Z01 ».
 */
import type { Refusal } from '../../rules/rule.ts';
import { type AnswerContext, reply } from './ack.ts';
import { encodeSegments, headerText, segmentText } from './er7.ts';
import { condition, refusalText } from './error-segment.ts';
import type { MessageHeader } from './header.ts';

/** `dmp-error` is the code and label of the DMP, verbatim; `refused` is one of our own rules. */
export type DmpAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'dmp-error'; readonly code: string; readonly label: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Of the message that is answered. Refused without MSH-10 at intake, so it is always known here. */
export type AnsweredHeader = MessageHeader & { readonly controlId: string };

/** The ZAM^Z01 that answers the message with this header. */
export function buildZamZ01(original: AnsweredHeader, answer: DmpAnswer, context: AnswerContext): Buffer {
  const d = original.delimiters;
  const segments = [
    segmentText(
      'OBX',
      {
        1: '1',
        2: 'CWE',
        3: ['ACK_RECEPTION_DMP', 'Accusé de réception DMP', 'AckMetierZAM'],
        4: original.controlId,
        5: [answer.kind === 'accepted' ? 'Y' : 'N', '', 'expandedYes-NoIndicator'],
        11: 'F',
      },
      d,
    ),
  ];
  if (answer.kind === 'dmp-error') {
    const code = [answer.code, answer.label, 'DMP_ERROR_CODE'];
    segments.push(segmentText('ERR', { 3: condition('207'), 4: 'E', 5: code }, d));
  }
  if (answer.kind === 'refused') segments.push(refusalText(answer.refusal, d));
  return zamMessage('Z01', original, segments, context);
}

/** A business answer of this event: its header, then these segments. */
export function zamMessage(
  event: 'Z01' | 'Z02' | 'Z03',
  original: AnsweredHeader,
  segments: readonly string[],
  context: AnswerContext,
): Buffer {
  const header = headerText({
    ...reply(original, context),
    messageType: ['ZAM', event, 'ZAM_Z01'],
    version: ['2.6'],
    profile: ['2.1', 'CISIS_CDA_HL7_V2'],
  });
  return encodeSegments([header, ...segments], original.encoding);
}
