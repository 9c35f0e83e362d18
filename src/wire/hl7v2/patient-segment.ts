/** The PID segment by the French PAM profile: identifiers, names, traits as received. Source: ins.md 5.2. */

import { parseIpp } from '../../ins/identifiers.ts';
import { hl7Rules } from '../../rules/hl7.ts';
import { identityRules } from '../../rules/identity.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { defined } from '../defined.ts';
import { type Authority, assigningAuthority } from './header.ts';
import { component, read, readPart, repetitions, type Segment, type Span } from './message.ts';

/** HL7 CX: a value and who gave it. */
export interface Identifier {
  readonly value: string;
  readonly authority: Authority;
  /** CX-5, table 0203: PI, AN, VN, NH… */
  readonly typeCode?: string;
}

/** An INS repetition of PID-3, told by its OID and type `INS`, never by its namespace. */
export interface CarriedIns {
  readonly matricule: string;
  readonly oid: string;
  /** AAAAMMJJ, CX-7 and CX-8. */
  readonly effective?: string;
  readonly expires?: string;
}

/** Where someone was born (PID-11 type BDL). `code` is the INSEE code of the place, 99xxx for a country. */
export interface BirthPlace {
  readonly code?: string;
  readonly city?: string;
  readonly country?: string;
}

/** Strings are as received unless said otherwise; the identity rules normalise and judge them. */
export interface PatientSegment {
  /** Type PI, at least one in an ADT. */
  readonly ipps: readonly Identifier[];
  readonly ins?: CarriedIns;
  /** OIDs whose INS the sender withdraws (HL7 null): loss of qualification. */
  readonly withdrawnIns: readonly string[];
  /** Everything else of PID-3; the billing NIR (type NH) is here and is never an INS. */
  readonly otherIdentifiers: readonly Identifier[];
  readonly birthName?: string;
  readonly firstGivenName?: string;
  /** The full list, space separated. */
  readonly birthGivenNames?: string;
  /** `null` when the sender erases them. */
  readonly usedName?: string | null;
  readonly usedGivenName?: string | null;
  /** PID-7, AAAAMMJJ; what a shorter date leaves out is `00`, as in a lunar date. A time after it stays. */
  readonly birthDate?: string;
  /** PID-8 in upper case: M, F, or one of the ways to say undetermined. */
  readonly sex?: string;
  readonly birthPlace?: BirthPlace;
  readonly birthOrder?: string;
  /** PID-18, administrative file. */
  readonly account?: Identifier;
  readonly deathDate?: string;
  /** PID-30. */
  readonly dead?: boolean;
  readonly identityStatus?: 'PROV' | 'VALI';
  /** The further repetitions of PID-32: DOUT, FICT, ANOM, HOMD… */
  readonly identityCodes: readonly string[];
  /** PID-33. */
  readonly updatedAt?: string;
}

/** M and F; undetermined as HL7 says it (table 0001: U, A, O, N) and as the RNIV does (I). Anything else is a mistake. */
const SEXES: ReadonlySet<string> = new Set(['M', 'F', 'U', 'A', 'O', 'N', 'I']);

/** OIDs under which a PID-3 repetition of type INS is a national identity (NIR, NIA, test, demonstration). ins.md 1. */
const INS_OIDS: ReadonlySet<string> = new Set([
  '1.2.250.1.213.1.4.8',
  '1.2.250.1.213.1.4.9',
  '1.2.250.1.213.1.4.10',
  '1.2.250.1.213.1.4.11',
]);

/** Reads a PID. Refused only when it contradicts itself; what each message requires is checked by its reader. */
export function readPatient(pid: Segment): Result<PatientSegment> {
  const identifiers = readIdentifiers(pid);
  if (!identifiers.ok) return identifiers;
  const status = readStatus(pid);
  if (!status.ok) return status;
  const patient: PatientSegment = defined({
    ...identifiers.value,
    ...readNames(pid),
    birthDate: birthDateOf(read(pid, 7)),
    sex: read(pid, 8)?.toUpperCase(),
    birthPlace: readBirthPlace(pid),
    birthOrder: read(pid, 25),
    account: readIdentifier(repetitions(pid, 18)[0]),
    deathDate: read(pid, 29),
    dead: yesNo(read(pid, 30)),
    ...status.value,
    updatedAt: read(pid, 33),
  });
  if (patient.sex !== undefined && !SEXES.has(patient.sex))
    return refuse(hl7Rules.sexUnexpected, { location: 'PID-8' });
  const fault = controlCharacterIn(patient);
  if (fault !== undefined) return refuse(hl7Rules.controlCharacter, { location: fault });
  const malformed = patient.ipps.some(({ value }) => !parseIpp(value.trim()).ok);
  return malformed ? refuse(identityRules.malformedIpp, { location: 'PID-3' }) : ok(patient);
}

/** A CX value, undefined when it has no value. */
export function readIdentifier(repetition: Span | undefined): Identifier | undefined {
  const value = repetition && readPart(repetition, 1);
  if (repetition === undefined || value === undefined) return undefined;
  return defined({ value, authority: assigningAuthority(repetition, 4), typeCode: readPart(repetition, 5) });
}

export function yesNo(value: string | undefined): boolean | undefined {
  return value === 'Y' ? true : value === 'N' ? false : undefined;
}

type Identifiers = Pick<PatientSegment, 'ipps' | 'ins' | 'withdrawnIns' | 'otherIdentifiers'>;

function readIdentifiers(pid: Segment): Result<Identifiers> {
  const ipps: Identifier[] = [];
  const withdrawnIns: string[] = [];
  const otherIdentifiers: Identifier[] = [];
  let ins: CarriedIns | undefined;
  for (const repetition of repetitions(pid, 3)) {
    const oid = readPart(repetition, 4, 2);
    const typeCode = readPart(repetition, 5);
    if (typeCode === 'INS' && oid !== undefined && INS_OIDS.has(oid)) {
      const matricule = component(repetition, 1);
      if (matricule === null) withdrawnIns.push(oid);
      if (typeof matricule !== 'string') continue;
      const carried = carriedIns(repetition, matricule.trim(), oid);
      if (ins !== undefined && (ins.matricule !== carried.matricule || ins.oid !== oid)) {
        return refuse(hl7Rules.severalIns, { location: 'PID-3' });
      }
      ins = carried;
      continue;
    }
    const identifier = readIdentifier(repetition);
    if (identifier === undefined) continue;
    (typeCode === 'PI' && hasAuthority(identifier) ? ipps : otherIdentifiers).push(identifier);
  }
  return ok(defined({ ipps, ins, withdrawnIns, otherIdentifiers }));
}

function carriedIns(repetition: Span, matricule: string, oid: string): CarriedIns {
  return defined({
    matricule,
    oid,
    effective: readPart(repetition, 7),
    expires: readPart(repetition, 8),
  });
}

function hasAuthority({ authority }: Identifier): boolean {
  return authority.namespace !== undefined || authority.universalId !== undefined;
}

type Names = Pick<PatientSegment, 'birthName' | 'firstGivenName' | 'birthGivenNames' | 'usedName' | 'usedGivenName'>;

/** Birth names from the repetition of type L, used names from type D; any other type is neither. */
function readNames(pid: Segment): Names {
  const names = repetitions(pid, 5);
  const birth = names.find((name) => readPart(name, 7) === 'L');
  const used = names.find((name) => readPart(name, 7) === 'D');
  return defined({
    birthName: birth && filled(birth, 1),
    firstGivenName: birth && filled(birth, 2),
    birthGivenNames: birth && filled(birth, 3),
    usedName: used && component(used, 1),
    usedGivenName: used && component(used, 2),
  });
}

function filled(repetition: Span, n: number): string | undefined {
  const value = component(repetition, n) ?? '';
  return value.trim() === '' ? undefined : value;
}

/** HL7 shortens a date whose day, or month and day, are unknown (v2 data type DT): `1979` is the lunar `19790000`. */
function birthDateOf(received: string | undefined): string | undefined {
  return received !== undefined && /^(\d{4}|\d{6})$/.test(received) ? received.padEnd(8, '0') : received;
}

function readBirthPlace(pid: Segment): BirthPlace | undefined {
  const place = repetitions(pid, 11).find((address) => readPart(address, 7) === 'BDL');
  if (place === undefined) return undefined;
  return defined({
    code: readPart(place, 9),
    city: readPart(place, 3),
    country: readPart(place, 6),
  });
}

function readStatus(pid: Segment): Result<Pick<PatientSegment, 'identityStatus' | 'identityCodes'>> {
  const codes = repetitions(pid, 32).flatMap((repetition) => readPart(repetition, 1) ?? []);
  const statuses = new Set(codes.filter((code) => code === 'PROV' || code === 'VALI'));
  if (statuses.size > 1) return refuse(hl7Rules.identityStatusContradictory, { location: 'PID-32' });
  const [identityStatus] = statuses;
  return ok(
    defined({
      identityStatus,
      identityCodes: codes.filter((code) => code !== 'PROV' && code !== 'VALI'),
    }),
  );
}

const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;

/** A carriage return hidden by an escape in a name would open a segment wherever it is written again. */
function controlCharacterIn(patient: PatientSegment): string | undefined {
  const { birthName, firstGivenName, birthGivenNames, usedName, usedGivenName, birthPlace } = patient;
  const identifiers = [...patient.ipps, ...patient.otherIdentifiers].map(({ value }) => value);
  const fields: readonly (readonly [string, ...(string | null | undefined)[]])[] = [
    ['PID-3', patient.ins?.matricule, ...identifiers],
    ['PID-5', birthName, firstGivenName, birthGivenNames, usedName, usedGivenName],
    ['PID-7', patient.birthDate],
    ['PID-11', birthPlace?.code, birthPlace?.city],
    ['PID-18', patient.account?.value],
  ];
  return fields.find(([, ...values]) => CONTROL_CHARACTER.test(values.join('')))?.[0];
}
