/** The value forms of XDS and HL7 v2 as the DMP writes them: CX, XCN, XON, times. Source: dmp.md 3. */
import { isInsC } from '../../ins/ins-c.ts';
import { isOid, INS_OIDS as OIDS } from '../../ins/oids.ts';

export interface PatientId {
  readonly value: string;
  readonly oid: string;
}

export const INS_OIDS: Readonly<Record<string, string>> = {
  '1.2.250.1.213.1.4.8': 'INS-NIR',
  '1.2.250.1.213.1.4.9': 'INS-NIA',
  '1.2.250.1.213.1.4.10': 'INS-NIR-TEST',
  '1.2.250.1.213.1.4.11': 'INS-NIR-DEMO',
  '1.2.250.1.213.1.4.2': 'INS-C',
};

export const INS_C: string = OIDS.insC;

/** 15 characters; only position 7 may be a letter (Corsica). The key is not a hard check (ins.md 0, trap 1). */
export function isMatricule(value: string): boolean {
  return /^[1-478]\d{5}[0-9AB]\d{8}$/.test(value);
}

/** `VALUE^^^&OID&ISO^TYPE`, CX-7 and CX-8 (dates) allowed as the official samples have them. */
export function readCx(text: string): (PatientId & { readonly type: string }) | undefined {
  const match = /^([^^&]+)\^\^\^&([0-9.]+)&ISO\^([A-Z]+(?:-[A-Z]+)?)(?:\^[^^]*){0,3}$/.exec(text);
  const [, value, oid, type] = match ?? [];
  if (value === undefined || oid === undefined || type === undefined || !isOid(oid)) return undefined;
  return { value, oid, type };
}

/** An INS as patient identifier: CX of type `NH`, or `INS-C` for the one of API V1 (dmp.md 1.3). */
export function readInsCx(text: string): PatientId | undefined {
  const cx = readCx(text);
  const isIns = cx?.type === 'NH' || (cx?.type === 'INS-C' && cx.oid === INS_C);
  return isIns ? { value: cx.value, oid: cx.oid } : undefined;
}

/** As API V1 knows a patient. */
export function isInsCId({ value, oid }: PatientId): boolean {
  return oid === INS_C && isInsC(value);
}

export function samePatient(a: PatientId | undefined, b: PatientId | undefined): boolean {
  return a !== undefined && b !== undefined && a.value === b.value && a.oid === b.oid;
}

export interface Xcn {
  readonly id: string;
  readonly family: string;
  readonly given: string;
}

/** `id^NOM^Prenom^^^^^^&authority&ISO^D|U^^^type`. */
export function readXcn(text: string): Xcn | undefined {
  const parts = text.split('^');
  const [id, family, given] = parts;
  if (!id || !family || !given || parts.length !== 13) return undefined;
  if (!/^&[0-9.]+&ISO$/.test(parts[8] ?? '') || !/^[DU]$/.test(parts[9] ?? '') || !parts[12]) return undefined;
  return { id, family, given };
}

/** `Name^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^Struct_IdNat`: the structure identifier. */
export function readXon(text: string): { readonly name: string; readonly id: string } | undefined {
  const match = /^([^^]*)\^{5}&1\.2\.250\.1\.71\.4\.2\.2&ISO\^IDNST\^{3}([0-4][^^]+)$/.exec(text);
  const [, name, id] = match ?? [];
  return name === undefined || id === undefined ? undefined : { name, id };
}

/** UTC instant of an XDS time; undefined unless `AAAAMMJJHHMMSS` and a real date. */
export function readXdsTime(text: string): number | undefined {
  return /^\d{14}$/.test(text) ? instant(text) : undefined;
}

export interface Hl7Time {
  /** UTC instant of the beginning of the time named, milliseconds. */
  readonly utc: number;
  /** True when given to the second with an offset. */
  readonly exact: boolean;
  /** Digits given, without fraction and offset. */
  readonly digits: number;
}

/** An HL7 TS, `AAAA[MM[JJ[HH[MM[SS[.f]]]]]][±ZZZZ]`. */
export function readHl7Time(text: string): Hl7Time | undefined {
  const match = /^(\d{4}(?:\d{2}){0,5})(?:\.\d+)?([+-]\d{4})?$/.exec(text);
  const [, digits, offset] = match ?? [];
  if (digits === undefined) return undefined;
  const local = instant(digits);
  if (local === undefined) return undefined;
  const minutes = offset === undefined ? 0 : Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3));
  const utc = local - (offset?.startsWith('-') ? -minutes : minutes) * 60_000;
  return { utc, exact: digits.length === 14 && offset !== undefined, digits: digits.length };
}

function instant(digits: string): number | undefined {
  const full = digits + '00000101000000'.slice(digits.length);
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(full) ?? [];
  const iso = `${y}-${mo}-${d}T${h}:${mi}:${s}.000Z`;
  const date = new Date(iso);
  // Date rolls 31 February over: the round trip finds it.
  return !Number.isNaN(date.getTime()) && date.toISOString() === iso ? date.getTime() : undefined;
}
