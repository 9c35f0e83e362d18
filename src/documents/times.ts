/** HL7 times as a CDA wants them: local, to the second, with their offset (design 7). */
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';

/**
 * `AAAAMMJJHHMMSS+ZZZZ` from what a sender gives: the same, a shorter HL7 time (completed, in French local time), or
 * ISO 8601 with offset. Undefined when it is no time.
 */
export function hl7Time(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const compact = text.replace(/\.\d+/, '').replace(/Z$/, '+0000').replace(/[:T]/g, '');
  const iso = /^(\d{4})-(\d{2})-(\d{2})(.*)$/.exec(compact);
  const flat = iso === null ? compact : `${iso[1]}${iso[2]}${iso[3]}${iso[4]}`;
  const parts = /^(\d{8})(\d{2})?(\d{2})?(\d{2})?([+-]\d{4})?$/.exec(flat);
  if (parts === null) return undefined;
  const [, day = '', hour = '00', minute = '00', second = '00', offset] = parts;
  const local = `${day}${hour}${minute}${second}`;
  const asUtc = instantOf(local);
  if (asUtc === undefined) return undefined;
  return `${local}${offset ?? localOffset(asUtc)}`;
}

/** The instant of these digits read as UTC; undefined when they are no date. */
function instantOf(local: string): Date | undefined {
  const date = new Date(local.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6Z'));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Offset in force in France at that local time; the repeated hour of autumn takes its first reading. */
function localOffset(asUtc: Date): string {
  const guess = hl7Timestamp(asUtc).slice(14);
  const sign = guess.startsWith('-') ? -1 : 1;
  const minutes = sign * (Number(guess.slice(1, 3)) * 60 + Number(guess.slice(3, 5)));
  return hl7Timestamp(new Date(asUtc.getTime() - minutes * 60_000)).slice(14);
}
