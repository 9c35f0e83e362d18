/** The published test identities (ins.md 8) and PAT-TROIS DOMINIQUE, the reference patient of the ANS. */
import type { KnownIdentity, PastMatricule, TraitsSearch } from './identity-base.ts';

export interface PublishedIdentity extends KnownIdentity {
  /** The test platform answers a technical error for this person (mode `live`). */
  readonly faultsLive?: true;
  /** Where the CNDA file says something else than the platform (mode `cnda`). */
  readonly cnda?: {
    readonly history?: readonly PastMatricule[];
    /** The file has no `Prenom` in its traits. */
    readonly withoutPrenom?: true;
    /** In INSHISTO the file puts the dates before the number, against the schema. */
    readonly datesFirst?: true;
  };
}

const NIR = '1.2.250.1.213.1.4.8';
const NIA = '1.2.250.1.213.1.4.9';
const TEST_NIR = '1.2.250.1.213.1.4.10';

const ECETINSI_BEFORE: PastMatricule = {
  matricule: '209076322083439',
  oid: NIR,
  startDate: '2019-03-01',
  endDate: '2019-02-28',
};

export const PUBLISHED_IDENTITIES: readonly PublishedIdentity[] = [
  {
    ...person("D'ARTAGNAN DE L'HERAULT", 'PIERRE-ALAIN MURIEL FLORIANT', 'M', '2001-06-17', '63220'),
    ...nir('101066322075460'),
  },
  { ...person('ADRTROIS', 'TOUSSAINT', 'M', '1960-01-01', '2B020'), ...nir('160012B02077713') },
  {
    ...person('ECETINSI', 'PIERRE-ALAIN MURIEL FLORIANT', 'M', '2009-07-14', '63220'),
    ...nir('109076322083489'),
    history: [ECETINSI_BEFORE],
    cnda: {
      history: [ECETINSI_BEFORE, { matricule: '209066322012355', oid: NIR }],
      withoutPrenom: true,
      datesFirst: true,
    },
  },
  {
    ...person('PROVISOIRE', 'MATRICULE', 'M', '2009-07-01', '63220'),
    matricule: '109076322088835',
    oid: NIA,
    faultsLive: true,
  },
  // Two LEONARDO DE VINCI make the published CR 02. Their numbers and the second place are not published: ours.
  { ...person('DE VINCI', 'LEONARDO', 'M', '2014-02-01', '63220'), ...nir('114026322099192') },
  { ...person('DE VINCI', 'LEONARDO', 'M', '2014-02-01', '63113'), ...nir('114026311399203') },
  { ...person('TCHITCHI', 'CATARINA BELLA', 'F', '1936-06-21', '63220'), ...nir('236066322083656') },
  {
    ...person('CORSE', 'ANTHONY', 'M', '1980-03-02', '2B020'),
    ...nir('180032B02040123'),
    history: [nir('180032B02040123')],
  },
  {
    ...person('HERMANN', 'GATIEN', 'M', '1981-03-24', '63220'),
    ...nir('181036322045660'),
    history: [nir('181036322045660'), nir('281036322045610')],
  },
  { ...person('ADRTROIS', 'DOMINIQUE', 'F', '1997-02-26', '2A020'), ...nir('297022A02077878') },
  // Known on the test platform only; production answers 01.
  { ...person('ADRUN', 'ZOE', 'F', '1975-12-31', '63220'), ...nir('275126322074974') },
  { ...person('NESSI', 'MICHELANGELO ANTHONY', 'M', '2010-08-07', '63220'), ...nir('110086322083060') },
  {
    ...person('PAT-TROIS', 'DOMINIQUE', 'F', '1979-03-28', '63220'),
    matricule: '279035121518989',
    oid: TEST_NIR,
  },
];

/** Searches to which the platform is known to answer a technical error: so does the simulator, in every mode. */
const FAULTING: readonly Pick<TraitsSearch, 'birthName' | 'givenNames' | 'sex' | 'birthDate'>[] = [
  { birthName: 'DE VINCI', givenNames: ['RUTH'], sex: 'F', birthDate: '1976-07-14' },
  { birthName: "D'AEION", givenNames: ['COEUR'], sex: 'M', birthDate: '1987-01-25' },
];

export function isPublishedAsFaulting(search: TraitsSearch): boolean {
  return FAULTING.some(
    (each) =>
      each.birthName === search.birthName &&
      each.sex === search.sex &&
      each.birthDate === search.birthDate &&
      each.givenNames.join() === search.givenNames.join(),
  );
}

function person(birthName: string, birthGivenNames: string, sex: 'M' | 'F', birthDate: string, birthPlace: string) {
  return { birthName, birthGivenNames, sex, birthDate, birthPlace };
}

function nir(matricule: string): PastMatricule {
  return { matricule, oid: NIR };
}
