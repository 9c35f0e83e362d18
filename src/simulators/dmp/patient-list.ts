/** TD0.4, the DMPs on which the caller has an authorisation. Source: dmp.md 1.1, 1.6 and 7. */
import { escapeXml, text, type XmlElement } from '../../wire/xml/xml.ts';
import { stamp } from './habilitations.ts';
import type { Grant, HeldDocument, Patient } from './held.ts';
import type { Holdings } from './holdings.ts';
import { type Checked, refused } from './problem.ts';
import { documentsOf } from './query.ts';
import { columnOf } from './rights.ts';
import { readXdsTime } from './values.ts';
import type { Caller } from './vihf-rules.ts';

const SPACE = 'urn:si-dmp-patients';
const NS = { p: SPACE };

export interface ListRequest {
  readonly startDate: string;
  readonly dateType: string;
  readonly owner: string;
}

export function readPatientList(payload: XmlElement): ListRequest | undefined {
  if (payload.name !== 'patientList' || payload.namespaceUri !== SPACE) return undefined;
  const of = (name: string): string => text(payload, `p:${name}`, NS) ?? '';
  return { startDate: of('startDate'), dateType: of('dateType'), owner: of('psOwnerId') };
}

export function listPatients(request: ListRequest, caller: Caller, holdings: Holdings): Checked<string> {
  const { startDate, dateType, owner } = request;
  const column = columnOf(caller);
  const holder = column === 'AIR PS' || column === 'DIRECTE' ? caller.nameId : caller.structure;
  if (startDate !== '' && readXdsTime(startDate) === undefined)
    return refused('patientList : startDate AAAAMMJJHHMMSS attendue.');
  if (!['', 'LASTAUTORIZATION', 'LASTDOC'].includes(dateType)) {
    return refused('patientList : dateType LASTAUTORIZATION ou LASTDOC attendu.');
  }
  if (column === 'INDIRECTE' && (startDate === '' || dateType !== 'LASTAUTORIZATION')) {
    return refused('patientList : en mode indirect, les nouvelles autorisations depuis une date seulement.');
  }
  if (owner !== '' && owner !== holder)
    return refused('patientList : la liste d’un autre (psOwnerId) n’est pas ouverte.');
  const rows = holdings
    .patients()
    .filter(({ state }) => state === 'open')
    .flatMap((patient) => {
      const grant = patient.grants.find((one) => one.holder === holder && one.state === 'VALIDE');
      if (grant === undefined) return [];
      const last = documentsOf(patient, holdings).at(-1);
      const date = dateType === 'LASTDOC' ? last?.receivedAt : grant.since;
      return date !== undefined && stamp(date) >= startDate ? [row(patient, grant, last)] : [];
    });
  const output = `<p:output>${rows.join('')}${field('status', 'DMPOk')}</p:output>`;
  return { ok: true, value: `<p:patientListResponse xmlns:p="${SPACE}">${output}</p:patientListResponse>` };
}

function row({ value, oid, traits }: Patient, grant: Grant, last: HeldDocument | undefined): string {
  const received = last === undefined ? undefined : stamp(last.receivedAt);
  return (
    `<p:patientlistData><p:patientIdentifier>${field('nationalId', value)}${field('nationalIdType', oid)}` +
    `</p:patientIdentifier>${field('lastName', traits?.usedName ?? traits?.birthName)}` +
    `${field('patronymicalName', traits?.birthName)}${field('firstName', traits?.firstGivenName)}` +
    `${field('dateOfBirth', traits?.birthDate.replaceAll('-', ''))}${field('MT', String(grant.treatingPhysician))}` +
    `${field('message', 'false')}${field('lastAccessDate', stamp(grant.lastAction))}` +
    `${field('lastUpdateDate', received)}${field('lastAddDate', received)}</p:patientlistData>`
  );
}

function field(name: string, value: string | undefined): string {
  return value === undefined ? '' : `<p:${name}>${escapeXml(value)}</p:${name}>`;
}
