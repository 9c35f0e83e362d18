/** Patients of the journeys: the published test patient of the ANS, and people whom nobody bears the name of. */
import { matriculeKey } from '../../src/ins/matricule.ts';

export interface Person {
  readonly ipp: string;
  readonly birthName: string;
  readonly firstGivenName: string;
  readonly birthGivenNames: string;
  readonly sex: 'M' | 'F';
  /** AAAA-MM-JJ */
  readonly birthDate: string;
  readonly birthPlace: string;
  readonly matricule: string;
  readonly oid: string;
}

const TEST_OID = '1.2.250.1.213.1.4.10';

/** ins.md 8; known to the INSi simulator. */
export const PAT_TROIS: Person = {
  ipp: 'J-PAT-TROIS',
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE',
  sex: 'F',
  birthDate: '1979-03-28',
  birthPlace: '63220',
  matricule: '279035121518989',
  oid: TEST_OID,
};

/** Another person at each number below 100; unknown to INSi until told (`asInsiKnows`). */
export function person(number: number): Person {
  const two = String(number).padStart(2, '0');
  const letters = [...two].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join('');
  const nir = `29001751159${two}`;
  return {
    ipp: `J-${two}`,
    birthName: `PARCOURS ${letters}`,
    firstGivenName: 'FICTIVE',
    birthGivenNames: 'FICTIVE NOE',
    sex: 'F',
    birthDate: '1990-01-15',
    birthPlace: '75115',
    matricule: `${nir}${String(matriculeKey(nir)).padStart(2, '0')}`,
    oid: TEST_OID,
  };
}

/** Body of `POST /identities` of the INSi simulator. */
export function asInsiKnows(...people: readonly Person[]): object {
  return { identities: people.map(({ ipp: _, firstGivenName: __, ...identity }) => identity) };
}
