/** The fictitious patients of the demonstration. Their matricules carry the test OID and a valid key; nobody bears them. */
import { matriculeKey } from '../ins/matricule.ts';

const TEST_OID = '1.2.250.1.213.1.4.10' as const;

export interface DemoPatient {
  readonly ipp: string;
  readonly birthName: string;
  readonly birthGivenNames: string;
  readonly firstGivenName: string;
  readonly sex: 'M' | 'F';
  /** AAAA-MM-JJ */
  readonly birthDate: string;
  readonly birthPlace: string;
  /** As the admissions desk declares it; a device goes with VALI. */
  readonly status: 'PROV' | 'VALI';
  readonly deviceType?: string;
  /** Leaves the hospital. */
  readonly discharged?: true;
  /** A laboratory reports an examination of this patient. */
  readonly report?: true;
  /** Radiology reports by codes of its own, which wait at the mapping desk. */
  readonly imaging?: true;
  /** Thirteen characters, absent for a patient that INSi does not know. */
  readonly nir?: string;
  readonly usedName?: string;
  /** What INSi holds where it differs from what the desk typed. */
  readonly atInsi?: Partial<Pick<DemoPatient, 'birthName' | 'birthGivenNames' | 'birthDate'>>;
}

/** Everyday cases first; then one of each kind of work that a desk has to do. */
export const DEMO_PATIENTS: readonly DemoPatient[] = [
  {
    ipp: 'D100001',
    birthName: 'BELLANGER',
    birthGivenNames: 'JEANNE MARIE CECILE',
    firstGivenName: 'JEANNE',
    sex: 'F',
    birthDate: '1960-05-30',
    birthPlace: '88154',
    status: 'VALI',
    deviceType: 'CN',
    nir: '2600588154101',
    usedName: 'ROCHE',
    report: true,
    discharged: true,
  },
  {
    ipp: 'D100002',
    birthName: 'TRAN',
    birthGivenNames: 'VAN LONG',
    firstGivenName: 'VAN LONG',
    sex: 'M',
    birthDate: '1984-11-02',
    birthPlace: '75113',
    status: 'VALI',
    deviceType: 'PA',
    nir: '1841175113202',
    imaging: true,
  },
  {
    ipp: 'D100003',
    birthName: "D'HAUTEFEUILLE",
    birthGivenNames: 'ANNE-SOPHIE LOUISE',
    firstGivenName: 'ANNE-SOPHIE',
    sex: 'F',
    birthDate: '1991-02-17',
    birthPlace: '69383',
    status: 'VALI',
    deviceType: 'CN',
    nir: '2910269383303',
    imaging: true,
  },
  {
    ipp: 'D100004',
    birthName: 'LE GOFF',
    birthGivenNames: 'YANN ERWAN',
    firstGivenName: 'YANN',
    sex: 'M',
    birthDate: '1947-08-09',
    birthPlace: '29019',
    status: 'VALI',
    deviceType: 'CN',
    nir: '1470829019404',
  },
  {
    ipp: 'D100005',
    birthName: 'MATTEI',
    birthGivenNames: 'LETIZIA',
    firstGivenName: 'LETIZIA',
    sex: 'F',
    birthDate: '1975-12-01',
    birthPlace: '2B033',
    status: 'VALI',
    deviceType: 'CN',
    nir: '275122B033505',
  },
  {
    ipp: 'D100006',
    birthName: 'DIALLO',
    birthGivenNames: 'AISSATOU FATOUMATA',
    firstGivenName: 'AISSATOU',
    sex: 'F',
    birthDate: '1988-06-21',
    birthPlace: '99330',
    status: 'VALI',
    deviceType: 'CS',
    nir: '2880699330606',
  },
  {
    ipp: 'D100007',
    birthName: 'MOREL',
    birthGivenNames: 'LUCAS ADRIEN',
    firstGivenName: 'LUCAS',
    sex: 'M',
    birthDate: '2015-03-14',
    birthPlace: '44109',
    status: 'PROV',
    nir: '1150344109707',
  },
  {
    ipp: 'D100008',
    birthName: 'PETITJEAN',
    birthGivenNames: 'ODETTE',
    firstGivenName: 'ODETTE',
    sex: 'F',
    birthDate: '1932-01-25',
    birthPlace: '54395',
    status: 'VALI',
    deviceType: 'CN',
  },
  {
    ipp: 'D100009',
    birthName: 'GARNIER',
    birthGivenNames: 'PAUL HENRI',
    firstGivenName: 'PAUL',
    sex: 'M',
    birthDate: '1969-04-04',
    birthPlace: '33063',
    status: 'VALI',
    deviceType: 'PA',
    nir: '1690433063909',
    atInsi: { birthGivenNames: 'HENRI PAUL' },
  },
];

/** The INS of a sample patient; undefined for the one that INSi does not know. */
export function insOfDemoPatient({ nir }: DemoPatient): { matricule: string; oid: string } | undefined {
  return nir === undefined
    ? undefined
    : { matricule: `${nir}${String(matriculeKey(nir)).padStart(2, '0')}`, oid: TEST_OID };
}

/** The same people as INSi knows them, for the simulator. */
export const SAMPLE_IDENTITIES = DEMO_PATIENTS.flatMap((patient) => {
  const ins = insOfDemoPatient(patient);
  if (ins === undefined) return [];
  return [
    {
      birthName: patient.atInsi?.birthName ?? patient.birthName,
      birthGivenNames: patient.atInsi?.birthGivenNames ?? patient.birthGivenNames,
      sex: patient.sex,
      birthDate: patient.atInsi?.birthDate ?? patient.birthDate,
      birthPlace: patient.birthPlace,
      matricule: ins.matricule,
      oid: TEST_OID,
    },
  ];
});
