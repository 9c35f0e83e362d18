/** PRT segments and XCN persons: who sends a document, who receives it. Source: cda-cisis.md 5, CI-SIS volet 2.1. */
import { type Authority, assigningAuthority, present } from './header.ts';
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
  return {
    ...present('person', readPerson(prt, 5)),
    ...present('organisation', organisation && readOrganisation(organisation)),
    ...present('deviceId', read(prt, 10)),
    ...present('address', read(prt, 15, 4)),
  };
}

/** The first XCN of a field, undefined when the field is empty. */
export function readPerson(segment: Segment, field: number): NamedPerson | undefined {
  const span = firstRepetition(segment, field);
  if (span === undefined) return undefined;
  return {
    ...present('id', readPart(span, 1)),
    ...present('family', readPart(span, 2)),
    ...present('given', readPart(span, 3)),
    authority: assigningAuthority(span, 9),
    ...present('idType', readPart(span, 13)),
  };
}

function readOrganisation(xon: Span): NamedOrganisation {
  return {
    ...present('name', readPart(xon, 1)),
    authority: assigningAuthority(xon, 6),
    ...present('idType', readPart(xon, 7)),
    ...present('id', readPart(xon, 10)),
  };
}
