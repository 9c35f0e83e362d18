import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeInsPayload, GS } from './datamatrix.ts';
import { readInsPayload, verifyInsPayload } from './datamatrix-read.ts';
import { INS_OIDS } from './oids.ts';
import { qualify } from './qualify.ts';
import { seededRandom } from './seeded-random.fixture.ts';
import type { CivilDate, CogCode, Matricule, Oid, QualifiedIdentity } from './types.ts';

const H = 'IS010000000000000000000000';

function person(
  matricule: string,
  oid: Oid,
  names: string,
  birthName: string,
  sex: 'M' | 'F',
  birthDate: string,
  place?: string,
): QualifiedIdentity {
  const qualified = qualify({
    status: 'QUAL',
    attributes: [],
    ins: { matricule: matricule as Matricule, oid },
    traits: {
      birthName,
      firstGivenName: names.split(' ')[0] ?? '',
      birthGivenNames: names,
      sex,
      birthDate: birthDate as CivilDate,
      ...(place !== undefined && { birthPlace: place as CogCode }),
    },
  });
  assert.ok(qualified.ok);
  return qualified.value;
}

const PAT_TROIS = person('279035121518989', INS_OIDS.nirTest, 'DOMINIQUE', 'PAT-TROIS', 'F', '1979-03-28', '63220');
const { nir } = INS_OIDS;

/** The vectors of ins.md 6.1: identity, payload, length. */
const VECTORS: readonly [QualifiedIdentity, string, number][] = [
  [PAT_TROIS, `${H}S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE${GS}S4PAT-TROIS${GS}S5FS628-03-1979S763220`, 111],
  [
    person('297022A02077878', nir, 'DOMINIQUE', 'ADRTROIS', 'F', '1997-02-26', '2A020'),
    `${H}S1297022A02077878S21.2.250.1.213.1.4.8${GS}S3DOMINIQUE${GS}S4ADRTROIS${GS}S5FS626-02-1997S72A020`,
    110,
  ],
  [
    person('109076322083489', nir, 'PIERRE-ALAIN MURIEL FLORIANT', 'ECETINSI', 'M', '2009-07-14', '63220'),
    `${H}S1109076322083489S21.2.250.1.213.1.4.8${GS}S3PIERRE-ALAIN MURIEL FLORIANT${GS}S4ECETINSI${GS}S5MS614-07-2009S763220`,
    129,
  ],
  [
    person('185057512345673', nir, 'ADA', 'LOVELACE', 'F', '1815-12-10', '99100'),
    `${H}S1185057512345673S21.2.250.1.213.1.4.8${GS}S3ADA${GS}S4LOVELACE${GS}S5FS610-12-1815S799100`,
    104,
  ],
  [
    person('277010115400329', nir, 'SARAH-LOU ANNA', 'GARCIA-HAMMADI', 'F', '1977-01-21'),
    `${H}S1277010115400329S21.2.250.1.213.1.4.8${GS}S3SARAH-LOU ANNA${GS}S4GARCIA-HAMMADI${GS}S5FS621-01-1977`,
    114,
  ],
];

const codes = (text: string) => readInsPayload(text).problems.map((p) => `${p.code}${p.block ? ` ${p.block}` : ''}`);

test('the published vectors are written and read exactly', () => {
  for (const [identity, payload, length] of VECTORS) {
    assert.equal(encodeInsPayload(identity), payload);
    assert.equal(payload.length, length);
    assert.deepEqual(verifyInsPayload(payload, identity).problems, []);
  }
});

test('the bytes of vector 1, as ins.md gives them', () => {
  const hex = `4953303130303030303030303030303030303030303030303030 5331 323739303335313231353138393839
    5332 312e322e3235302e312e3231332e312e342e3130 5333 444f4d494e49515545 1d 5334 5041542d54524f4953 1d 533546
    5336 32382d30332d31393739 5337 3633323230`;
  assert.equal(Buffer.from(encodeInsPayload(PAT_TROIS), 'latin1').toString('hex'), hex.replace(/\s/g, ''));
});

test('a reader takes any order and the <GS> text of keyboard scanners', () => {
  const shuffled = `${H}S1279035121518989S21.2.250.1.213.1.4.10S4PAT-TROIS<GS>S5FS628-03-1979S763220S3DOMINIQUE`;
  assert.deepEqual(verifyInsPayload(shuffled, PAT_TROIS).problems, []);
});

test('the public vectors that are not valid names are read, and their faults named', () => {
  const text = `${H}S1123549685274612S225978456325481569525S3TEST1 TEST2 TEST<GS>S4DATAMATRIXTEST<GS>S5MS631-08-2021S717000`;
  assert.equal(readInsPayload(text).blocks.get('S3'), 'TEST1 TEST2 TEST');
  assert.deepEqual(codes(text), ['format S2', 'normalisation S3']);
  const abroad = `${H}S1123549685274612S22597845632548156952<GS>S3TEST<GS>S4DATAMATRIXTEST<GS>S5MS631-08-2021S799255`;
  assert.deepEqual(codes(abroad), ['format S2']);
});

test('each fault has its code and its block', () => {
  const good = encodeInsPayload(PAT_TROIS);
  const cases: readonly [string, string, readonly string[]][] = [
    ['another header', good.replace('IS01', 'DC04'), ['header']],
    ['empty', '', ['header']],
    ['header alone', H, ['missing S1', 'missing S2', 'missing S3', 'missing S4', 'missing S5', 'missing S6']],
    ['GS lost', good.replaceAll(GS, ''), ['separator S3', 'separator S4']],
    ['GS after a full OID', good.replace('4.10', `4.10${GS}`), ['separator S2']],
    ['GS at the end', good + GS, ['separator S7']],
    ['short matricule', good.replace('279035121518989', '2790351215189'), ['length S1']],
    ['lower case', good.replace('PAT-TROIS', 'Pat-Trois'), ['normalisation S4']],
    ['sex I', good.replace('S5F', 'S5I'), ['format S5']],
    ['date the other way', good.replace('28-03-1979', '1979-03-28'), ['format S6']],
    ['lunar date', good.replace('28-03-1979', '00-00-1979'), ['format S6']],
    ['place', good.replace('63220', 'A3220'), ['format S7']],
    ['block twice', good.replace('S5F', 'S5FS5F'), ['duplicate S5']],
    ['text before the first block', good.replace(H, `${H}X`), ['unexpected-text']],
    ['long name', good.replace('PAT-TROIS', 'A'.repeat(101)), ['separator S4', 'length S4']],
    ['name missing', good.replace(`S4PAT-TROIS${GS}`, ''), ['missing S4']],
  ];
  for (const [name, text, expected] of cases) assert.deepEqual(codes(text), expected, name);
});

test('a symbol of somebody else is a mismatch, without quoting a value', () => {
  const other = encodeInsPayload(person('297022A02077878', nir, 'DOMINIQUE', 'ADRTROIS', 'F', '1997-02-26', '2A020'));
  const { problems } = verifyInsPayload(other, PAT_TROIS);
  assert.deepEqual(
    problems.map((p) => `${p.code} ${p.block}`),
    ['mismatch S1', 'mismatch S2', 'mismatch S4', 'mismatch S6', 'mismatch S7'],
  );
  assert.ok(!JSON.stringify(problems).includes('297022A020778'));
});

test('property: what is written is read back, whatever the names', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seededRandom(seed);
    const letters = (n: number) => Array.from({ length: n }, () => random.pick(['S', 'A', 'Z', 'E'])).join('');
    const name = letters(random.pick([1, 8, 99, 100]));
    const list = `${letters(1 + random.below(40))} ${letters(1 + random.below(40))}`;
    const oid = random.pick([INS_OIDS.nir, INS_OIDS.nia, INS_OIDS.nirTest]);
    const place = random.pick(['63220', '2B020', undefined]);
    const identity = person('279035121518989', oid, list, name, random.pick(['M', 'F']), '1979-03-28', place);
    assert.deepEqual(verifyInsPayload(encodeInsPayload(identity), identity).problems, [], `seed ${seed}`);
  }
});
