/** A message as an incident shows it: segments about the exchange itself as they are, the others by their name alone. */
import { decodeText, type Hl7Encoding } from '../wire/hl7v2/encoding.ts';
import { parseMessage, type Segment } from '../wire/hl7v2/message.ts';
import type { Masker } from './mask.ts';

const SHOWN = ['MSH', 'EVN', 'MSA', 'ERR'];

/** Empty for what is not HL7 (a REST call), or is gone by a retention rule. */
export function er7Lines(body: Buffer, defaultEncoding: Hl7Encoding, { text }: Masker): string[] {
  const parsed = parseMessage(body, { defaultEncoding });
  if (!parsed.ok) return [];
  return parsed.value.segments.map((segment) =>
    SHOWN.includes(segment.name) ? text(lineOf(segment)) : `${segment.name}|…`,
  );
}

function lineOf({ name, separators, end, source }: Segment): string {
  return name + decodeText(source.buffer, separators[0] ?? end, end, source.encoding);
}
