/**
 * The services of the DMP that are not HL7 nor IHE: one's own authorisation (TD0.3), the DMPs that one may open (TD0.4), who
 * is authorised or blocked (TD1.6). Success is the status DMPOk, whatever its case. Source: dmp.md 1.1, 6 and 7.
 */

import type { Ins } from '../../ins/types.ts';
import { dmpRules } from '../../rules/dmp.ts';
import { children, elements, escapeXml, text, type XmlElement } from '../xml/xml.ts';
import { insAmong } from './ins-among.ts';
import { type DmpAnswer, failedQuestion } from './outcome.ts';

const HABILITATIONS = 'urn:si-dmp-habilitations';
const PATIENTS = 'urn:si-dmp-patients';

/** An explicit act of the person, never automatic (practice.md 24). */
export interface AuthorizationRequest {
  readonly action: 'AJOUT' | 'SUPPRESSION';
  /** Of the treating physician rather than of the person. */
  readonly treatingPhysician?: true;
}

export function authorizationRequest({ action, treatingPhysician }: AuthorizationRequest): string {
  const role = treatingPhysician === true ? '<role>MEDECIN_TRAITANT</role>' : '';
  return `<setAuthorization xmlns="${HABILITATIONS}"><action>${action}</action>${role}</setAuthorization>`;
}

/** What is said with a DMPOk: that the authorisation was there already, for example. */
export interface Authorized {
  readonly context: string;
}

export type AuthorizationMode = 'ACTIVE' | 'INTERDITE' | 'TOUTE';

export function authorizationsRequest(mode: AuthorizationMode): string {
  return `<listAuthorizationByPatient xmlns="${HABILITATIONS}"><mode>${mode}</mode></listAuthorizationByPatient>`;
}

export interface AuthorizedProfessional {
  /** PS_IdNat, or the identifier of a structure. */
  readonly id: string;
  /** OID of the authority of `id`. */
  readonly idSystem: string;
  readonly family: string;
  readonly given: string;
  readonly specialties: readonly string[];
  readonly blocked: boolean;
  readonly treatingPhysician: boolean;
  /** UTC, `AAAAMMJJHHMMSS`. */
  readonly since: string;
  readonly lastAction: string;
}

export interface PatientListRequest {
  readonly since?: Date;
  /** Which date `since` looks at: that of the authorisation, or that of the last document. */
  readonly by?: 'LASTAUTORIZATION' | 'LASTDOC';
  /** The professional whose list it is, where another asks for it. */
  readonly owner?: string;
}

export function patientListRequest({ since, by, owner }: PatientListRequest): string {
  const start = since?.toISOString().replace(/\D/g, '').slice(0, 14);
  return (
    `<patientList xmlns="${PATIENTS}">` +
    (start === undefined ? '' : `<startDate>${start}</startDate>`) +
    (by === undefined ? '' : `<dateType>${by}</dateType>`) +
    (owner === undefined ? '' : `<psOwnerId>${escapeXml(owner)}</psOwnerId>`) +
    '</patientList>'
  );
}

/** Names and birth date are not read: a row is matched with a patient of ours by its INS, and shown under that identity. */
export interface OpenRecord {
  readonly ins: Ins;
  readonly treatingPhysician: boolean;
  readonly message: boolean;
  /** UTC, `AAAAMMJJHHMMSS`; empty when the DMP does not say. */
  readonly lastAccess: string;
  readonly lastUpdate: string;
  readonly lastAddition: string;
}

/** What a proprietary service answers, still to be judged. */
export interface ServiceAnswer<Row> {
  readonly status: string;
  readonly context: string;
  readonly rows: readonly Row[];
}

export function readAuthorization(root: XmlElement): ServiceAnswer<never> | undefined {
  return readService(root, HABILITATIONS, 'setAuthorizationResponse', () => []);
}

export function readAuthorizations(root: XmlElement): ServiceAnswer<AuthorizedProfessional> | undefined {
  return readService(root, HABILITATIONS, 'listAuthorizationByPatientResponse', (output, ns) =>
    elements(output, 's:listOfAuthorizationByPatient', ns).map((row) => {
      const value = (name: string) => text(row, `s:${name}`, ns) ?? '';
      return {
        id: value('nationalId'),
        idSystem: value('nationalIdType'),
        family: value('lastName'),
        given: value('firstName'),
        specialties: elements(row, 's:libSpeciality', ns).map((each) => each.content.trim()),
        blocked: value('mode') === 'INTERDITE',
        treatingPhysician: elements(row, 's:specificRight', ns).some(
          (each) => each.content.trim() === 'MEDECIN_TRAITANT',
        ),
        since: value('startOfAuthorization'),
        lastAction: value('lastActionDate'),
      };
    }),
  );
}

export function readPatientList(root: XmlElement): ServiceAnswer<OpenRecord> | undefined {
  return readService(root, PATIENTS, 'patientListResponse', (output, ns) =>
    elements(output, 's:patientlistData', ns).flatMap((row) => {
      const value = (name: string) => text(row, `s:${name}`, ns) ?? '';
      const ins = insAmong(
        elements(row, 's:patientIdentifier', ns).map((each) => ({
          value: text(each, 's:nationalId', ns) ?? '',
          oid: text(each, 's:nationalIdType', ns) ?? '',
        })),
      );
      if (ins === undefined) return [];
      return [
        {
          ins,
          treatingPhysician: value('MT') === 'true',
          message: value('message') === 'true',
          lastAccess: value('lastAccessDate'),
          lastUpdate: value('lastUpdateDate'),
          lastAddition: value('lastAddDate'),
        },
      ];
    }),
  );
}

function readService<Row>(
  root: XmlElement,
  namespace: string,
  name: string,
  read: (output: XmlElement, ns: { readonly s: string }) => readonly Row[],
): ServiceAnswer<Row> | undefined {
  if (root.namespaceUri !== namespace || root.name !== name) return undefined;
  const ns = { s: namespace };
  const [output] = children(root).filter((child) => child.name === 'output' && child.namespaceUri === namespace);
  if (output === undefined) return undefined;
  return {
    status: text(output, 's:status', ns) ?? '',
    context: text(output, 's:context', ns) ?? '',
    rows: read(output, ns),
  };
}

/** Any other status is a refusal: its text is shown as it is. */
export function judgeService<Row, Value>(
  answer: ServiceAnswer<Row>,
  value: (answer: ServiceAnswer<Row>) => Value,
): DmpAnswer<Value> {
  if (answer.status.toLowerCase() === 'dmpok') return { kind: 'answered', value: value(answer) };
  return failedQuestion(dmpRules.requestRefused, `${answer.status}: ${answer.context}`);
}
