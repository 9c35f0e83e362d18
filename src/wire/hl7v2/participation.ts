/** PRT segments and XCN persons: who sends a document, who receives it. Source: cda-cisis.md 5, CI-SIS volet 2.1. */
import { defined } from '../defined.ts';
import { type Authority, assigningAuthority } from './header.ts';
import { firstRepetition, read, readPart, type Segment, type Span } from './message.ts';

/** XCN: a professional, or a patient when `idType` is INS. */
export interface NamedPerson {
  readonly id?: string;
  readonly family?: string;
  readonly given?: string;
  readonly authority: Authority;
  /** XCN-13: RPPS, IDNPS, INS… */
  readonly idType?: string;
}

/** XON. `idType` is FINEG, FINEJ, IDNST, UF or SVR. */
export interface NamedOrganisation {
  readonly name?: string;
  readonly authority: Authority;
  readonly idType?: string;
  readonly id?: string;
}

export interface Participant {
  readonly person?: NamedPerson;
  readonly organisation?: NamedOrganisation;
  /** PRT-10.1. */
  readonly deviceId?: string;
  /** PRT-15.4: a mail address. */
  readonly address?: string;
}

/** PRT-4.1: SB the sender, RCT a recipient, REPLY the address for answers. */
export function participationOf(prt: Segment): string | undefined {
  return read(prt, 4);
}

export function readParticipant(prt: Segment): Participant {
  const organisation = firstRepetition(prt, 8);
  return defined({
    person: readPerson(prt, 5),
    organisation: organisation && readOrganisation(organisation),
    deviceId: read(prt, 10),
    address: read(prt, 15, 4),
  });
}

/** The first XCN of a field, undefined when the field is empty. */
export function readPerson(segment: Segment, field: number): NamedPerson | undefined {
  const span = firstRepetition(segment, field);
  if (span === undefined) return undefined;
  return defined({
    id: readPart(span, 1),
    family: readPart(span, 2),
    given: readPart(span, 3),
    authority: assigningAuthority(span, 9),
    idType: readPart(span, 13),
  });
}

function readOrganisation(xon: Span): NamedOrganisation {
  return defined({
    name: readPart(xon, 1),
    authority: assigningAuthority(xon, 6),
    idType: readPart(xon, 7),
    id: readPart(xon, 10),
  });
}
