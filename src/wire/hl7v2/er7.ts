/** Writing ER7: fields from plain values, everything escaped, so that no value can open a field or a segment. */
import { type Delimiters, escapeText, headerOf, STANDARD_DELIMITERS } from './delimiters.ts';
import { encodeText, type Hl7Encoding } from './encoding.ts';
import type { Authority } from './header.ts';

/** A component: a text, or its subcomponents. */
export type ComponentValue = string | undefined | readonly (string | undefined)[];
/** A field: a text, the components of its only repetition, or several repetitions. */
export type FieldValue =
  | string
  | readonly ComponentValue[]
  | { readonly repetitions: readonly (readonly ComponentValue[])[] };

/** Field number (from 1) to value. */
export type Fields = Readonly<Record<number, FieldValue | undefined>>;

/** One segment, without its end. Trailing fields and components without a value are dropped. */
export function segmentText(name: string, fields: Fields, d: Delimiters = STANDARD_DELIMITERS): string {
  let last = 0;
  for (const n in fields) if (fields[n] !== undefined) last = Math.max(last, Number(n));
  const separator = String.fromCharCode(d.field);
  let text = name;
  for (let n = 1; n <= last; n++) text += separator + fieldText(fields[n], d);
  return text;
}

function fieldText(value: FieldValue | undefined, d: Delimiters): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeText(value, d);
  const repetitions = 'repetitions' in value ? value.repetitions : [value];
  return repetitions.map((components) => repetitionText(components, d)).join(String.fromCharCode(d.repetition));
}

function repetitionText(components: readonly ComponentValue[], d: Delimiters): string {
  let last = components.length;
  while (last > 0 && isEmpty(components[last - 1])) last--;
  let text = '';
  for (let n = 0; n < last; n++) {
    if (n > 0) text += String.fromCharCode(d.component);
    text += componentText(components[n], d);
  }
  return text;
}

function isEmpty(component: ComponentValue): boolean {
  return component === undefined || component.length === 0 || (component.length === 1 && !component[0]);
}

function componentText(component: ComponentValue, d: Delimiters): string {
  if (component === undefined) return '';
  if (typeof component === 'string') return escapeText(component, d);
  return component.map((part) => escapeText(part ?? '', d)).join(String.fromCharCode(d.subcomponent));
}

/** What an outgoing MSH holds. */
export interface OutgoingHeader {
  readonly delimiters?: Delimiters;
  readonly encoding: Hl7Encoding;
  readonly sendingApplication: Authority;
  readonly sendingFacility: Authority;
  readonly receivingApplication: Authority;
  readonly receivingFacility: Authority;
  /** MSH-7, ready made. */
  readonly sentAt: string;
  /** MSH-9: type, event, structure. */
  readonly messageType: readonly [string, string, string];
  readonly controlId: string;
  readonly processingId: string;
  /** MSH-12: `['2.6']`, or `['2.5', 'FRA', '2.11']`. */
  readonly version: readonly string[];
  /** MSH-19. */
  readonly language?: string;
  /** MSH-21: id and namespace. */
  readonly profile?: readonly [string, string];
}

export function headerText(header: OutgoingHeader): string {
  const d = header.delimiters ?? STANDARD_DELIMITERS;
  const rest = segmentText(
    '',
    {
      1: hd(header.sendingApplication),
      2: hd(header.sendingFacility),
      3: hd(header.receivingApplication),
      4: hd(header.receivingFacility),
      5: header.sentAt,
      7: header.messageType,
      8: header.controlId,
      9: header.processingId,
      10: header.version,
      15: 'FRA',
      16: header.encoding,
      17: header.language,
      19: header.profile,
    },
    d,
  );
  return `MSH${headerOf(d)}${rest}`;
}

/** HD as components of a field. */
function hd({ namespace, universalId, universalIdType }: Authority): readonly ComponentValue[] {
  return [namespace, universalId, universalIdType];
}

/** Segments ended by CR, in the encoding that their MSH-18 declares. */
export function encodeSegments(segments: readonly string[], encoding: Hl7Encoding): Buffer {
  return encodeText(`${segments.join('\r')}\r`, encoding);
}
