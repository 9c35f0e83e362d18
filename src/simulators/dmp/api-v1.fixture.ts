/** The requests of the fixtures, said as API V1 has them: INS-C, VIHF 2.0, a CDA that belongs to no set. */
import { computeInsC } from '../../ins/ins-c.ts';
import type { TestDmp } from './bench.fixture.ts';
import { INS_OID, MATRICULE } from './cda.fixture.ts';
import { PATIENT_CX, type Recipe, swap } from './message.fixture.ts';
import { INS_C } from './values.ts';

const TRAITS = {
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  sex: 'F',
  birthDate: '1979-03-28',
} as const;
export const PATIENT_INS_C = computeInsC({ ...TRAITS, nir: MATRICULE });
export const INS_C_CX = `${PATIENT_INS_C}^^^&amp;${INS_C}&amp;ISO^INS-C`;

/** What TD0.0 certifies; the INS-C follows from it. */
export function knowPatient(dmp: TestDmp, more: object = {}): Promise<unknown> {
  const told = { matricule: MATRICULE, oid: INS_OID, state: 'open', traits: TRAITS, ...more };
  return dmp.control('POST /patients', told);
}

export function v1(service: string, vihfVersion = '2.0'): Recipe {
  const token = swap('>3.0<', `>${vihfVersion}<`);
  const patient = swap(PATIENT_CX, INS_C_CX);
  return {
    path: `/si-dmp-server/v1/services/${service}`,
    assertion: (xml) => patient(token(xml)),
    metadata: patient,
    cda: (xml) =>
      swap(
        /<setId [^>]*\/><versionNumber [^>]*\/>/,
        '',
      )(swap(`root="${INS_OID}" extension="${MATRICULE}"`, `root="${INS_C}" extension="${PATIENT_INS_C}"`)(xml)),
  };
}
