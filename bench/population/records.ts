/** The same people as a hospital's files hold them: several records for some, with the mistakes that desks make. */
import { type Chance, chance, drawDate, drawPeople, drawSurname, type Person, two } from './people.ts';

const TEST_OID = '1.2.250.1.213.1.4.10';

/** One record of one identification domain; `person` is the label: records of one person bear the same. */
export interface PopulationRecord {
  readonly ipp: string;
  readonly person: number;
  readonly birthName: string;
  readonly firstGivenName: string;
  readonly birthGivenNames: string | null;
  readonly usedName: string | null;
  readonly usedGivenName: string | null;
  readonly sex: 'M' | 'F' | 'I';
  readonly birthDate: string;
  readonly birthDateInterpreted: boolean;
  readonly birthPlace: string | null;
  readonly matricule: string | null;
  readonly oid: string | null;
  readonly formerMatricules: readonly string[];
}

export interface Population {
  readonly people: readonly Person[];
  readonly records: readonly PopulationRecord[];
}

/** `patients` records, about one in five a duplicate. The same for the same seed. */
export function drawPopulation(patients: number, seed: number): Population {
  const people = drawPeople(Math.ceil(patients * 0.8), seed);
  const dice = chance(seed ^ 0x5e_ed);
  const records: PopulationRecord[] = people.map((person, index) => {
    const record = recordOf(person, index, `N${index}`, dice);
    return dice.percent(3) ? { ...mistaken(record, person, dice), matricule: null, oid: null } : record;
  });
  for (let rank = 0; records.length < patients; rank++) {
    const index = dice.below(people.length);
    const person = people[index];
    if (person === undefined) continue;
    records.push(duplicate(recordOf(person, index, `D${rank}`, dice), person, dice));
  }
  return { people, records: records.slice(0, patients) };
}

/** The person as an attentive desk writes it. */
function recordOf(person: Person, index: number, ipp: string, dice: Chance): PopulationRecord {
  const { birthName, givenNames, usedName, sex, birthDate, incomplete, matricule } = person;
  const withIns = dice.percent(55);
  const waiting = withIns && person.formerMatricule !== undefined && dice.percent(40);
  return {
    ipp,
    person: index,
    birthName,
    firstGivenName: givenNames[0] ?? '',
    birthGivenNames: dice.percent(65) ? givenNames.join(' ') : null,
    usedName: usedName !== undefined && dice.percent(85) ? usedName : null,
    usedGivenName: null,
    sex,
    birthDate,
    birthDateInterpreted: incomplete && dice.percent(80),
    birthPlace: dice.percent(85) ? person.birthPlace : null,
    matricule: withIns ? (waiting ? (person.formerMatricule ?? null) : matricule) : null,
    oid: withIns ? TEST_OID : null,
    formerMatricules: withIns && !waiting && person.formerMatricule !== undefined ? [person.formerMatricule] : [],
  };
}

type Mistake = (record: PopulationRecord, person: Person, dice: Chance) => PopulationRecord;

/** How often each mistake is made, in a hundred. */
const MISTAKES: readonly (readonly [weight: number, Mistake])[] = [
  [10, (record, _person, dice) => ({ ...record, birthName: mistyped(record.birthName, dice) })],
  [8, (record, _person, dice) => withGiven(record, mistyped(record.firstGivenName, dice))],
  [8, (record) => ({ ...record, birthName: respelled(record.birthName) })],
  [6, (record) => withGiven(record, respelled(record.firstGivenName))],
  [
    7,
    (record) => ({
      ...record,
      birthName: record.birthName.replaceAll(/[-' ]/g, record.birthName.includes('-') ? ' ' : ''),
    }),
  ],
  [6, (record) => withGiven(record, record.firstGivenName.replaceAll('-', ' '))],
  // The married name stands where the birth name is expected, or the two are exchanged.
  [9, (record) => (record.usedName === null ? record : { ...record, birthName: record.usedName, usedName: null })],
  [
    5,
    (record) =>
      record.usedName === null ? record : { ...record, birthName: record.usedName, usedName: record.birthName },
  ],
  // She married, or married again, between the two admissions.
  [5, (record, person, dice) => (person.sex === 'F' ? { ...record, usedName: drawSurname(dice, false) } : record)],
  [5, (record) => ({ ...record, birthName: record.birthName.split('-')[0] ?? record.birthName })],
  [3, (record) => ({ ...record, birthName: record.birthName.replace(/^(?:DE LA |VAN DER |DE |DU |LE |LA |D')/, '') })],
  [6, (record) => withGiven(record, record.firstGivenName.split('-')[0] ?? record.firstGivenName)],
  [6, (record, person) => withGiven(record, person.givenNames[1] ?? record.firstGivenName)],
  [
    4,
    (record) => ({
      ...record,
      birthName: record.firstGivenName,
      firstGivenName: record.birthName,
      birthGivenNames: null,
    }),
  ],
  [5, exchangedDate],
  [9, mistypedDate],
  [
    3,
    (record, _person, dice) => ({
      ...record,
      birthDate: `${record.birthDate.slice(0, 4)}-${dice.of(['01-01', '12-31'])}`,
      birthDateInterpreted: true,
    }),
  ],
  [2, (record, _person, dice) => ({ ...record, birthDate: drawDate(dice, Number(record.birthDate.slice(0, 4))) })],
  [3, (record) => ({ ...record, sex: record.sex === 'M' ? 'F' : 'M' })],
  [
    4,
    (record, _person, dice) => ({
      ...record,
      birthPlace: `${record.birthPlace?.slice(0, 2) ?? '75'}${two(dice.below(100))}${dice.below(10)}`,
    }),
  ],
];

const TOTAL = MISTAKES.reduce((sum, [weight]) => sum + weight, 0);

function mistaken(record: PopulationRecord, person: Person, dice: Chance): PopulationRecord {
  let left = dice.below(TOTAL);
  for (const [weight, mistake] of MISTAKES) {
    if (left < weight) return mistake(record, person, dice);
    left -= weight;
  }
  return record;
}

/** A second record of someone: as written the first time for one in five, else with one to three mistakes. */
function duplicate(record: PopulationRecord, person: Person, dice: Chance): PopulationRecord {
  // Whoever was not recognised was rarely qualified.
  const bare = dice.percent(15) ? record : { ...record, matricule: null, oid: null, formerMatricules: [] };
  const mistakes = dice.percent(20) ? 0 : 1 + (dice.percent(30) ? 1 : 0) + (dice.percent(8) ? 1 : 0);
  let changed: PopulationRecord = bare;
  for (let done = 0; done < mistakes; done++) changed = mistaken(changed, person, dice);
  return changed;
}

function withGiven(record: PopulationRecord, firstGivenName: string): PopulationRecord {
  return { ...record, firstGivenName, birthGivenNames: null };
}

/** One letter too many, too few, another one, or two exchanged. */
function mistyped(name: string, dice: Chance): string {
  const at = 1 + dice.below(Math.max(1, name.length - 2));
  const letter = dice.of([...'AEIOULNRSTMBD']);
  const wrong = [
    name.slice(0, at) + letter + name.slice(at),
    name.slice(0, at) + name.slice(at + 1),
    name.slice(0, at) + letter + name.slice(at + 1),
    name.slice(0, at) + name.charAt(at + 1) + name.charAt(at) + name.slice(at + 2),
  ];
  const typed = dice.of(wrong);
  return /^[A-Z]+(?:[-' ][A-Z]+)*$/.test(typed) ? typed : name;
}

/** As it is heard on the telephone. */
const HEARD: readonly (readonly [RegExp, string])[] = [
  [/EAUX?$/, 'OT'],
  [/OT$/, 'AUD'],
  [/AULT$/, 'AUT'],
  [/PH/, 'F'],
  [/TH/, 'T'],
  [/LL/, 'L'],
  [/NN/, 'N'],
  [/Y/, 'I'],
  [/^C(?=[AOU])/, 'K'],
  [/IN$/, 'AIN'],
  [/ER$/, 'ET'],
  [/SS/, 'C'],
  [/GN/, 'NI'],
  [/E$/, ''],
];

function respelled(name: string): string {
  const rule = HEARD.find(([spelling]) => spelling.test(name));
  return rule === undefined ? name : name.replace(rule[0], rule[1]);
}

function exchangedDate(record: PopulationRecord): PopulationRecord {
  const [year = '', month = '', day = ''] = record.birthDate.split('-');
  return Number(day) <= 12 ? { ...record, birthDate: `${year}-${day}-${month}` } : record;
}

function mistypedDate(record: PopulationRecord, _person: Person, dice: Chance): PopulationRecord {
  const [year = '', month = '', day = ''] = record.birthDate.split('-').map(Number);
  const wrong = [
    `${Number(year) + dice.of([-1, 1, -10, 10])}-${two(Number(month))}-${two(Number(day))}`,
    `${year}-${two(1 + ((Number(month) + dice.below(3)) % 12))}-${two(Number(day))}`,
    `${year}-${two(Number(month))}-${two(1 + ((Number(day) + dice.of([0, 8, 9])) % 28))}`,
  ];
  return { ...record, birthDate: dice.of(wrong) };
}
