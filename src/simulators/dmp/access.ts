/** Whose documents a caller sees and touches: authorisation, emergency access, visibility. Source: dmp.md 1.6, 3.3 and 7. */
import type { Authorisation, Grant, HeldDocument, Patient } from './held.ts';
import { authorsOf, codesOf } from './metadata.ts';
import type { Policy } from './options.ts';
import type { RegistryError } from './problem.ts';
import { columnOf } from './rights.ts';
import type { Caller } from './vihf-rules.ts';
import { ENTRY, VISIBILITY } from './xds-vocabulary.ts';

export const MASKED = 'MASQUE_PS';
export const INVISIBLE_TO_PATIENT = 'INVISIBLE_PATIENT';
export const INVISIBLE_TO_REPRESENTATIVES = 'INVISIBLE_REPRESENTANTS_LEGAUX';

export function visibilitiesOf({ object }: Pick<HeldDocument, 'object'>): string[] {
  return codesOf(object, ENTRY.confidentiality).flatMap(({ code, system }) => (system === VISIBILITY ? [code] : []));
}

/** The grant that counts: the person's own, else that of the structure (which staff asks for). */
function grantOf({ grants }: Patient, { mode, nameId, structure }: Caller): Grant | undefined {
  const of = (holder: string): Grant | undefined => grants.find((grant) => grant.holder === holder);
  return (mode === 'INDIRECTE' ? undefined : of(nameId)) ?? of(structure);
}

export function authorisationOf(patient: Patient, caller: Caller): Authorisation {
  return grantOf(patient, caller)?.state ?? patient.authorisation;
}

/** A blocked professional or structure is refused whatever the transaction and the mode of access (dmp.md 7). */
export function isBlocked(patient: Patient, caller: Caller): boolean {
  const holders = [caller.nameId, caller.structure];
  const blocked = patient.grants.some(({ holder, state }) => state === 'INTERDIT' && holders.includes(holder));
  return blocked || authorisationOf(patient, caller) === 'INTERDIT';
}

export function isTreatingPhysician(patient: Patient, { nameId }: Caller): boolean {
  return patient.grants.some(({ holder, treatingPhysician }) => holder === nameId && treatingPhysician);
}

function blockedErrors(patient: Patient, caller: Caller): RegistryError[] {
  if (!isBlocked(patient, caller)) return [];
  const own = patient.grants.some(({ holder, state }) => state === 'INTERDIT' && holder === caller.nameId);
  const who = own ? 'ce professionnel' : 'cette structure';
  return [{ code: 'XDSRegistryError', context: `L’accès de ${who} au DMP de ce patient est bloqué.` }];
}

/** What any transaction on a DMP needs: one that is there, open, and does not block the caller. */
export function openDmpErrors(patient: Patient, caller: Caller): RegistryError[] {
  if (patient.state === 'absent') return [{ code: 'XDSUnknownPatientId', context: 'Aucun DMP pour ce patient.' }];
  if (patient.state === 'closed') {
    return [{ code: 'XDSRegistryError', context: 'Le DMP de ce patient est fermé.' }];
  }
  return blockedErrors(patient, caller);
}

/**
 * Reading needs an authorisation besides. Emergency access does without it, unless the patient opposes it (dmp.md 1.6; that
 * bris de glace is not checked either is our reading of what it is for).
 */
export function readingErrors(patient: Patient, caller: Caller): RegistryError[] {
  const closed = openDmpErrors(patient, caller);
  if (closed.length > 0) return closed;
  const refuse = (context: string): RegistryError[] => [{ code: 'XDSRegistryError', context }];
  if (caller.purpose === 'bris_de_glace' || caller.purpose === 'centre_15') {
    return patient.oppositions.includes(caller.purpose) ? refuse('Le patient s’oppose à cet accès en urgence.') : [];
  }
  const authorisation = authorisationOf(patient, caller);
  if (authorisation === 'VALIDE') return [];
  return refuse(
    authorisation === 'EXPIRE'
      ? 'L’autorisation d’accès à ce DMP a expiré (TD0.3).'
      : 'Aucune autorisation d’accès à ce DMP (TD0.3).',
  );
}

/** Written by the person, or fed by them with their card: what INDIRECTE feeds is imputed to the structure. */
function isOwn({ object, submitter }: HeldDocument, { nameId }: Caller): boolean {
  if (submitter?.mode === 'DIRECTE' && submitter.id === nameId) return true;
  return authorsOf(object, ENTRY.author).some(({ personId }) => personId === nameId);
}

/** Theirs by the matrix: a professional's own documents, for the others those of their structure. */
export function isTheirs(document: HeldDocument, caller: Caller, policy: Policy): boolean {
  const column = columnOf(caller);
  if (column === 'AIR PS' || column === 'DIRECTE') return isOwn(document, caller);
  return document.structure === caller.structure || formerOf(caller, policy).includes(document.structure);
}

function formerOf({ structure }: Caller, { structures }: Policy): string[] {
  const entity = structures.find(({ egs }) => egs.some((eg) => `1${eg}` === structure));
  return (entity?.formerEgs ?? []).map((eg) => `1${eg}`);
}

/** Whether a search shows the document. A treating physician sees masked ones: they may unmask them. */
export function isListed(document: HeldDocument, caller: Caller, patient: Patient, policy: Policy): boolean {
  const visibilities = visibilitiesOf(document);
  if (policy.secretReading && !caller.secret && visibilities.includes(INVISIBLE_TO_REPRESENTATIVES)) return false;
  return !visibilities.includes(MASKED) || isTheirs(document, caller, policy) || isTreatingPhysician(patient, caller);
}

/** Whether its content may be had: masked documents, one's own only. */
export function isReadable(document: HeldDocument, caller: Caller, patient: Patient, policy: Policy): boolean {
  if (!isListed(document, caller, patient, policy)) return false;
  if (!visibilitiesOf(document).includes(MASKED) || isTheirs(document, caller, policy)) return true;
  return policy.treatingPhysicianReadsMasked && isTreatingPhysician(patient, caller);
}
