/** Acknowledgements (ACK): what is answered on the connection. Source: CI-SIS volet 2.1, « Le message d’acquittement ». */

import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Refusal, type Result, refuse } from '../../rules/rule.ts';
import { defined } from '../defined.ts';
import { encodeSegments, headerText, segmentText } from './er7.ts';
import { refusalText } from './error-segment.ts';
import type { MessageHeader } from './header.ts';
import { type Hl7Message, read, segmentNamed, segmentsNamed } from './message.ts';
import { hl7Timestamp } from './timestamp.ts';

/** When and under which control id an answer is made; both are injected. */
export interface AnswerContext {
  readonly now: Date;
  readonly controlId: string;
  /** IANA name, Europe/Paris unless told. */
  readonly timeZone?: string;
}

export type AckCode = 'AA' | 'AE' | 'AR';

/** What an outcome is answered with: AE to correct, AR to send again later. */
export function ackCode(outcome: 'accepted' | Refusal): AckCode {
  return outcome === 'accepted' ? 'AA' : (outcome.rule.hl7?.ack ?? 'AE');
}

/**
 * The ACK of a message: AA when accepted, else what the rule says (AE to correct, AR to send again later). It speaks
 * the delimiters and the encoding of the message; sender and receiver are swapped.
 */
export function buildAck(original: MessageHeader, outcome: 'accepted' | Refusal, context: AnswerContext): Buffer {
  const d = original.delimiters;
  const segments = [
    headerText({
      ...reply(original, context),
      messageType: ['ACK', original.event ?? '', 'ACK'],
      version: [original.version ?? '2.5'],
    }),
    segmentText('MSA', { 1: ackCode(outcome), 2: original.controlId }, d),
  ];
  if (outcome !== 'accepted') segments.push(refusalText(outcome, d));
  return encodeSegments(segments, original.encoding);
}

/** The part of an answer's MSH that only turns the original around. */
export function reply(original: MessageHeader, context: AnswerContext) {
  return {
    delimiters: original.delimiters,
    encoding: original.encoding,
    sendingApplication: original.receivingApplication,
    sendingFacility: original.receivingFacility,
    receivingApplication: original.sendingApplication,
    receivingFacility: original.sendingFacility,
    sentAt: hl7Timestamp(context.now, context.timeZone),
    controlId: context.controlId,
    processingId: original.processingId ?? 'P',
  };
}

/** An acknowledgement that we receive for what we sent. */
export interface Acknowledgement {
  /** The enhanced codes (CA, CE, CR) count like their original counterparts. */
  readonly code: AckCode;
  /** MSA-2: control id of the message it answers. */
  readonly controlId?: string;
  /** ERR-3, ERR-5 and ERR-8 of each ERR; `label` is the text of ERR-5. */
  readonly errors: readonly {
    readonly condition?: string;
    readonly application?: string;
    readonly label?: string;
    readonly text?: string;
  }[];
}

const CODES: Readonly<Record<string, Acknowledgement['code']>> = {
  AA: 'AA',
  AE: 'AE',
  AR: 'AR',
  CA: 'AA',
  CE: 'AE',
  CR: 'AR',
};

export function readAck(message: Hl7Message): Result<Acknowledgement> {
  const msa = segmentNamed(message, 'MSA');
  if (msa === undefined) return refuse(hl7Rules.segmentMissing, { location: 'MSA' });
  const code = CODES[read(msa, 1) ?? ''];
  if (code === undefined) return refuse(hl7Rules.valueUnexpected, { location: 'MSA-1' });
  return ok(
    defined({
      code,
      controlId: read(msa, 2),
      errors: segmentsNamed(message, 'ERR').map((err) =>
        defined({
          condition: read(err, 3),
          application: read(err, 5),
          label: read(err, 5, 2),
          text: read(err, 8),
        }),
      ),
    }),
  );
}
