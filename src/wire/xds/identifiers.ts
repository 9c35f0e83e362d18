/** HL7 v2 data types inside XDS metadata: CX, XCN, XON. Source: dmp.md 3.4. */
import type { Ins } from '../../ins/types.ts';
import type { Institution, Person } from './metadata.ts';

const STRUCTURE_AUTHORITY = '1.2.250.1.71.4.2.2';

/** The patient's INS as the DMP wants it: `MATRICULE^^^&OID&ISO^NH`. */
export function insCx(ins: Ins): string {
  return `${ins.matricule}^^^&${ins.oid}&ISO^NH`;
}

/** A number of an identification domain (IPP). */
export interface LocalNumber {
  readonly value: string;
  readonly domain: string;
}

/** The patient's local number: `IPP^^^&domain&ISO^PI`. */
export function ippCx(ipp: LocalNumber): string {
  return `${component(ipp.value)}^^^&${ipp.domain}&ISO^PI`;
}

export function xcn(person: Person): string {
  const names = `${component(person.family)}^${component(person.given)}`;
  return `${component(person.id)}^${names}^^^^^^&${person.authority}&ISO^${person.kind}^^^${person.idType}`;
}

export function xon(institution: Institution): string {
  return `${component(institution.name)}^^^^^&${STRUCTURE_AUTHORITY}&ISO^IDNST^^^${component(institution.id)}`;
}

/** A name may not hold a delimiter: it becomes a hyphen (sheet F617, dmp.md 3.4). */
function component(value: string): string {
  return value.replace(/[\^&|~\\]/g, '-');
}
