/** Who may open which DMP, and what a DMP says of its management: TD0.3, TD0.4, TD0.5, TD1.3a, TD1.6. */
import type { Acting } from '../vihf/acting.ts';
import type { XmlElement } from '../xml/xml.ts';
import { type AdministrativeData, judgeAdministrativeData, readAdministrativeData } from './administrative-data.ts';
import {
  type AuthorizationMode,
  type AuthorizationRequest,
  type Authorized,
  type AuthorizedProfessional,
  authorizationRequest,
  authorizationsRequest,
  judgeService,
  type OpenRecord,
  type PatientListRequest,
  patientListRequest,
  readAuthorization,
  readAuthorizations,
  readPatientList,
} from './authorizations.ts';
import type { DmpLine, DmpPaths, Patient } from './caller.ts';
import { patientRequest } from './existence.ts';
import { type DmpAnswer, queryAnswer } from './outcome.ts';
import {
  judgeProposals,
  type Proposal,
  readProposals,
  regulationRequest,
  type SearchTraits,
} from './regulation-search.ts';
import type { Transaction } from './rights.ts';

export interface DmpAccess {
  /**
   * TD0.3: adds or removes one's own authorisation. What is there already is no error (dmp.md 7), so it is asked again freely
   * after a lost answer.
   */
  setAuthorization(patient: Patient, request: AuthorizationRequest, acting: Acting): Promise<DmpAnswer<Authorized>>;
  /** TD0.4. In indirect mode the DMP gives new authorisations only: a date, by LASTAUTORIZATION (dmp.md 1.6). */
  patientList(request: PatientListRequest, acting: Acting): Promise<DmpAnswer<readonly OpenRecord[]>>;
  /** TD0.5. */
  findWithoutIns(traits: SearchTraits, acting: Acting): Promise<DmpAnswer<readonly Proposal[]>>;
  /** TD1.3a. */
  administrativeData(patient: Patient, acting: Acting): Promise<DmpAnswer<AdministrativeData>>;
  /** TD1.6. */
  authorizations(
    patient: Patient,
    mode: AuthorizationMode,
    acting: Acting,
  ): Promise<DmpAnswer<readonly AuthorizedProfessional[]>>;
}

interface Question<T> {
  readonly transaction: Transaction;
  readonly service: keyof DmpPaths;
  readonly action: string;
  readonly body: string;
  readonly read: (root: XmlElement) => T | undefined;
}

const HABILITATIONS_ACTION = 'urn:si-dmp-habilitations:HabilitationsEndPoint:';
const PATIENTS_ACTION = 'urn:si-dmp-patients:PatientSpecificEndPoint:';

export function createAccess(line: DmpLine): DmpAccess {
  async function ask<T, R>(
    question: Question<T>,
    judge: (value: T) => DmpAnswer<R>,
    acting: Acting,
    patient?: Patient,
  ): Promise<DmpAnswer<R>> {
    const { service, ...request } = question;
    const limits = { path: line.paths[service], timeoutMs: line.timeouts.questionMs };
    return queryAnswer(await line.call({ ...request, ...limits }, acting, patient), judge);
  }
  const hl7 = () => ({
    lps: line.lps,
    processingCode: line.processingCode,
    createdAt: line.now(),
    messageId: line.uuid(),
    queryId: line.uuid(),
  });

  return {
    setAuthorization: (patient, request, acting) =>
      ask(
        {
          transaction: 'TD0.3',
          service: 'habilitations',
          action: `${HABILITATIONS_ACTION}setAuthorization`,
          body: authorizationRequest(request),
          read: readAuthorization,
        },
        (answer) => judgeService(answer, ({ context }) => ({ context })),
        acting,
        patient,
      ),
    patientList: (request, acting) =>
      ask(
        {
          transaction: 'TD0.4',
          service: 'patientsSpecific',
          action: `${PATIENTS_ACTION}patientList`,
          body: patientListRequest(request),
          read: readPatientList,
        },
        (answer) => judgeService(answer, ({ rows }) => rows),
        acting,
      ),
    findWithoutIns: (traits, acting) =>
      ask(
        {
          transaction: 'TD0.5',
          service: 'patientsPdq',
          action: 'urn:hl7-org:v3:PRPA_IN201305UV02',
          body: regulationRequest(traits, hl7()),
          read: readProposals,
        },
        judgeProposals,
        acting,
      ),
    administrativeData: (patient, acting) =>
      ask(
        {
          transaction: 'TD1.3a',
          service: 'patients',
          action: 'urn:hl7-org:v3:PRPA_IN201307UV02',
          body: patientRequest('CNSLT_DATA', { ins: patient.ins, ...hl7() }),
          read: readAdministrativeData,
        },
        judgeAdministrativeData,
        acting,
        patient,
      ),
    authorizations: (patient, mode, acting) =>
      ask(
        {
          transaction: 'TD1.6',
          service: 'habilitations',
          action: `${HABILITATIONS_ACTION}listAuthorizationByPatient`,
          body: authorizationsRequest(mode),
          read: readAuthorizations,
        },
        (answer) => judgeService(answer, ({ rows }) => rows),
        acting,
        patient,
      ),
  };
}
