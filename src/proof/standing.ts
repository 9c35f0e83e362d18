/**
 * What lines of the ledger come to, document by document: pure. The same function keeps the tables of the console, makes the
 * figures of an export and verifies them elsewhere. A replacement is not counted twice, what was taken out counts no more.
 */
import type { ProofRow } from '../store/proof-lines.ts';
import type { LedgerAct } from '../store/proofs.ts';

export interface ProofLine {
  /** Order of what happened: a line is written after the commit of those that it follows from. */
  readonly ledgerId: number;
  readonly at: Date;
  readonly ej: string;
  readonly eg: string;
  /** `DMP`, `MSSANTE-PS`, `MSSANTE-PATIENT`. */
  readonly destination: string;
  readonly act: LedgerAct;
  /** Of the version that was accepted; of a deletion, of what was deleted. */
  readonly uniqueId: string;
  readonly replaces: string | null;
  readonly typeCode: string;
  /** Sent under a qualified INS: the line says which OID. */
  readonly qualified: boolean;
}

interface Standing {
  /** Those that no line ended, by destination and uniqueId of the last version. */
  readonly alive: Map<string, ProofRow>;
  /** Of them those that are not counted, by destination and what they replaced. */
  readonly ofOthers: Map<string, ProofRow>;
  /** Opened by a line that was given here, in their order. */
  readonly opened: ProofRow[];
}

export function emptyStanding(): Standing {
  return { alive: new Map(), ofOthers: new Map(), opened: [] };
}

function placeOf(destination: string, uniqueId: string): string {
  return `${destination} ${uniqueId}`;
}

/** A document known from elsewhere, as it stands. */
export function hold(standing: Standing, document: ProofRow): void {
  standing.alive.set(placeOf(document.destination, document.uniqueId), document);
  if (document.replaces !== null) standing.ofOthers.set(placeOf(document.destination, document.replaces), document);
}

/** Takes one line in; those of a document are given in the order of `ledgerId`, save a first version sealed late. */
export function take(standing: Standing, line: ProofLine): void {
  const place = placeOf(line.destination, line.uniqueId);
  const alive = standing.alive.get(place);
  switch (line.act) {
    case 'acceptance':
      accept(standing, line, alive);
      break;
    case 'replacement':
      // Otherwise the same answer, told by two programs during an upgrade.
      if (alive === undefined) replace(standing, line);
      break;
    case 'deletion':
    case 'return':
      if (alive !== undefined) end(standing, alive, line.act === 'deletion' ? 'deleted' : 'returned', line.at);
  }
}

function accept(standing: Standing, line: ProofLine, alive: ProofRow | undefined): void {
  // A destination takes a uniqueId once: the one before has gone from it, taken out by others.
  if (alive !== undefined) end(standing, alive, 'superseded', line.at);
  const later = standing.ofOthers.get(placeOf(line.destination, line.uniqueId));
  if (later === undefined || later.ledgerId < line.ledgerId) {
    open(standing, line, true);
    return;
  }
  // Committed before its replacement, and sealed after it.
  const { ledgerId, at, ej, eg } = line;
  Object.assign(later, { ledgerId, at, ej, eg, counted: true, replaces: null, versions: later.versions + 1 });
  standing.ofOthers.delete(placeOf(line.destination, line.uniqueId));
}

function replace(standing: Standing, line: ProofLine): void {
  const original = line.replaces === null ? undefined : standing.alive.get(placeOf(line.destination, line.replaces));
  if (original === undefined) {
    open(standing, line, false);
    return;
  }
  standing.alive.delete(placeOf(line.destination, original.uniqueId));
  original.uniqueId = line.uniqueId;
  original.typeCode = line.typeCode;
  original.qualified = line.qualified;
  original.versions += 1;
  standing.alive.set(placeOf(line.destination, line.uniqueId), original);
}

function open(standing: Standing, line: ProofLine, counted: boolean): void {
  const { ledgerId, at, ej, eg, destination, uniqueId, typeCode, qualified } = line;
  const replaces = counted ? null : line.replaces;
  const place = { ledgerId, at, ej, eg, destination, uniqueId, typeCode, qualified };
  const document: ProofRow = { ...place, counted, replaces, versions: 1, ended: null, endedAt: null };
  standing.opened.push(document);
  hold(standing, document);
}

function end(standing: Standing, document: ProofRow, ended: NonNullable<ProofRow['ended']>, at: Date): void {
  document.ended = ended;
  document.endedAt = at;
  standing.alive.delete(placeOf(document.destination, document.uniqueId));
  if (document.replaces !== null) standing.ofOthers.delete(placeOf(document.destination, document.replaces));
}
