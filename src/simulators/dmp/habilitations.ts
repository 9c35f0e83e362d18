/** TD0.3, one's own authorisation on a DMP; TD1.6, who has one or is blocked. Source: dmp.md 1.1, 1.6 and 7. */
import { escapeXml, text, type XmlElement } from '../../wire/xml/xml.ts';
import { openDmpErrors } from './access.ts';
import type { Grant, Patient } from './held.ts';
import type { Holdings } from './holdings.ts';
import { type Checked, refused } from './problem.ts';
import type { Caller } from './vihf-rules.ts';

const SPACE = 'urn:si-dmp-habilitations';
const NS = { a: SPACE };
const ROLE = 'MEDECIN_TRAITANT';

export interface AuthorisationRequest {
  readonly action: string;
  readonly role: string;
}

export function readSetAuthorization(payload: XmlElement): AuthorisationRequest | undefined {
  if (payload.name !== 'setAuthorization' || payload.namespaceUri !== SPACE) return undefined;
  return { action: text(payload, 'a:action', NS) ?? '', role: text(payload, 'a:role', NS) ?? '' };
}

export function readListAuthorization(payload: XmlElement): { readonly mode: string } | undefined {
  if (payload.name !== 'listAuthorizationByPatient' || payload.namespaceUri !== SPACE) return undefined;
  return { mode: text(payload, 'a:mode', NS) ?? 'TOUTE' };
}

/** No code but DMPOk is known for these services: a refusal is a SOAP fault (dmp.md 6). */
function requireOpenDmp(patient: Patient, caller: Caller): Checked<undefined> {
  const [error] = openDmpErrors(patient, caller);
  return error === undefined ? { ok: true, value: undefined } : refused(error.context);
}

export async function setAuthorization(
  { action, role }: AuthorisationRequest,
  caller: Caller,
  holdings: Holdings,
  now: Date,
): Promise<Checked<string>> {
  const patient = holdings.patient(caller.patient);
  const open = requireOpenDmp(patient, caller);
  if (!open.ok) return open;
  if (action !== 'AJOUT' && action !== 'SUPPRESSION')
    return refused('setAuthorization : action AJOUT ou SUPPRESSION attendue.');
  if (role !== '' && role !== ROLE) return refused(`setAuthorization : le seul rôle est ${ROLE}.`);
  if (role !== '' && !caller.professional) return refused(`setAuthorization : ${ROLE} est le rôle d’un professionnel.`);
  // What staff declares goes to the structure (dmp.md 1.6).
  const holder = caller.professional ? caller.nameId : caller.structure;
  const before = patient.grants.find((grant) => grant.holder === holder);
  const after = changedGrant(action, role, before, patient, { holder, caller, now: now.toISOString() });
  if (after !== undefined) {
    await holdings.setPatient({ ...patient, grants: [...patient.grants.filter((one) => one !== before), after] });
  }
  const context = after === undefined ? 'Aucune action effectuée : l’autorisation est déjà dans cet état.' : '';
  return { ok: true, value: response('setAuthorization', status(context)) };
}

/** Undefined when there is nothing to change. */
function changedGrant(
  action: 'AJOUT' | 'SUPPRESSION',
  role: string,
  before: Grant | undefined,
  { authorisation }: Patient,
  { holder, caller, now }: { holder: string; caller: Caller; now: string },
): Grant | undefined {
  const valid = (before?.state ?? authorisation) === 'VALIDE';
  const treating = before?.treatingPhysician === true;
  const base = { since: now, specialities: caller.specialities, ...before, holder, lastAction: now };
  if (action === 'AJOUT') {
    if (valid && (role === '' || treating)) return undefined;
    const since = valid ? base.since : now;
    return { ...base, since, state: 'VALIDE', treatingPhysician: treating || role === ROLE };
  }
  if (role === ROLE) return treating ? { ...base, state: before.state, treatingPhysician: false } : undefined;
  return valid ? { ...base, state: 'NON_EXISTE', treatingPhysician: false } : undefined;
}

const MODES: Readonly<Record<string, readonly Grant['state'][]>> = {
  ACTIVE: ['VALIDE'],
  INTERDITE: ['INTERDIT'],
  TOUTE: ['VALIDE', 'INTERDIT'],
};

export function listAuthorizations(mode: string, caller: Caller, holdings: Holdings): Checked<string> {
  const patient = holdings.patient(caller.patient);
  const open = requireOpenDmp(patient, caller);
  if (!open.ok) return open;
  const states = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
  if (states === undefined) return refused('listAuthorizationByPatient : mode ACTIVE, INTERDITE ou TOUTE attendu.');
  const rows = patient.grants.filter(({ state }) => states.includes(state)).map(row);
  return { ok: true, value: response('listAuthorizationByPatient', `${rows.join('')}${status('')}`) };
}

function row({ holder, state, treatingPhysician, since, lastAction, specialities, names }: Grant): string {
  // Struct_IdNat of a FINESS, SIREN or SIRET begins with 1 to 3; a practice is named after its professional.
  const type = /^[1-3]\d{9}/.test(holder) ? '1.2.250.1.71.4.2.2' : '1.2.250.1.71.4.2.1';
  return (
    `<a:listOfAuthorizationByPatient>${field('nationalId', holder)}${field('nationalIdType', type)}` +
    `${field('firstName', names?.given)}${field('lastName', names?.family)}` +
    `${specialities.map((code) => field('codeSpeciality', code)).join('')}` +
    `${field('startOfAuthorization', stamp(since))}${field('lastActionDate', stamp(lastAction))}` +
    `${field('mode', state === 'INTERDIT' ? 'INTERDITE' : 'ACTIVE')}` +
    `${field('specificRight', treatingPhysician ? ROLE : undefined)}</a:listOfAuthorizationByPatient>`
  );
}

function field(name: string, value: string | undefined): string {
  return value === undefined ? '' : `<a:${name}>${escapeXml(value)}</a:${name}>`;
}

function status(context: string): string {
  return `${field('status', 'DMPOk')}${field('context', context)}`;
}

function response(operation: string, output: string): string {
  return `<a:${operation}Response xmlns:a="${SPACE}"><a:output>${output}</a:output></a:${operation}Response>`;
}

/** ISO 8601 to AAAAMMJJHHMMSS, UTC. */
export function stamp(instant: string): string {
  return instant.replace(/[-:T]/g, '').slice(0, 14);
}
