import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createTestDatabase } from '../../test/support/database.ts';
import { openPool, type Pool } from '../store/db.ts';
import { type IdentityRecord, identityById, insertIdentity, updateIdentity } from '../store/identities.ts';
import { migrateUrl } from '../store/migrate.testing.ts';
import { identityRecord } from '../store/store.fixture.ts';
import { makeMissingKeys } from './key-backlog.ts';
import { type PatientQuery, searchPatients, searchPatientsWithErrors } from './search.ts';

const NO_INS = { status: 'PROV', matricule: null, oid: null, insObtainedAt: null, birthGivenNames: null } as const;

const PEOPLE = {
  lefebvre: {
    birthName: 'LEFEBVRE',
    firstGivenName: 'JEAN-PIERRE',
    birthDate: '1954-03-12',
    sex: 'M',
    birthPlace: '63220',
  },
  fontaine: {
    birthName: 'D’HUMIÈRES',
    firstGivenName: 'ÉLODIE',
    usedName: 'de La Fontaine',
    birthDate: '1980-12-31',
    sex: 'F',
  },
  legall: {
    birthName: 'LE GALL',
    firstGivenName: 'YANN',
    birthGivenNames: 'YANN MARIE ERWAN',
    birthDate: '1980-07-01',
    sex: 'M',
  },
  martin: { birthName: 'MARTIN', firstGivenName: 'MARIE', birthDate: '1954-03-12', sex: 'F', birthPlace: '2A020' },
  martine: { birthName: 'MARTINEAU', firstGivenName: 'LOUISE', birthDate: '1954-09-30', sex: 'F', birthPlace: '63220' },
} as const;

describe('Search of identities', () => {
  let pool: Pool;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  const names = new Map<string, string>();

  before(async () => {
    database = await createTestDatabase(migrateUrl);
    pool = openPool(database.url, 4, () => undefined);
    for (const [name, traits] of Object.entries(PEOPLE)) {
      const record = identityRecord({ ...NO_INS, ...traits });
      names.set(record.id, name);
      await insertIdentity(pool, record, [{ value: `IPP-${name}`, domain: '1.2.3', kind: 'PI' }]);
    }
    const qualified = identityRecord();
    names.set(qualified.id, 'pat');
    await insertIdentity(pool, qualified, []);
    const gone = identityRecord({ ...NO_INS, ...PEOPLE.martin, active: false });
    names.set(gone.id, 'merged');
    await insertIdentity(pool, gone, []);
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });

  const exactly = async (query: PatientQuery, page = { limit: 50, offset: 0 }) =>
    (await searchPatients({ pool }, query, page)).map(({ id }) => names.get(id));
  const nearly = async (query: PatientQuery) =>
    (await searchPatientsWithErrors({ pool }, query, { limit: 20 })).map(({ record }) => names.get(record.id));

  const EXACT: readonly (readonly [string, PatientQuery, readonly string[]])[] = [
    ['an INS', { ins: { matricule: '279035121518989' } }, ['pat']],
    ['an INS with its OID', { ins: { matricule: '279035121518989', oid: '1.2.3' } }, []],
    ['a local number of any domain', { identifier: { value: 'IPP-legall' } }, ['legall']],
    ['a local number of another domain', { identifier: { value: 'IPP-legall', domain: '9.9' } }, []],
    [
      'strict traits',
      { birthName: 'Martin', givenName: 'Marie', born: '1954-03-12', sex: 'F', birthPlace: '2A020' },
      ['martin'],
    ],
    ['first letters, in the order of names', { familyName: 'mart' }, ['martin', 'martine']],
    ['first letters with those of the given name', { familyName: 'mart', givenName: 'lou' }, ['martine']],
    ['accents and apostrophes apart', { familyName: "d'humieres" }, ['fontaine']],
    ['the used name, its particle included', { familyName: 'De-la-Font' }, ['fontaine']],
    ['the used name only', { usedName: 'DE LA' }, ['fontaine']],
    ['the birth name only', { birthName: 'DE LA' }, []],
    ['another given name of birth', { familyName: 'LE GALL', givenName: 'erwan' }, ['legall']],
    ['a year', { born: '1980' }, ['legall', 'fontaine']],
    ['a month', { born: '1980-07' }, ['legall']],
    ['a year and first letters', { familyName: 'MART', born: '1954' }, ['martin', 'martine']],
    ['a year and first letters of the used name', { usedName: 'DE', born: '1980' }, ['fontaine']],
    ['a date and a sex', { born: '1954-03-12', sex: 'F' }, ['martin']],
    ['a place and a year', { birthPlace: '63220', born: '1954' }, ['lefebvre', 'martine']],
    ['a given name alone', { givenName: 'jean pi' }, ['lefebvre']],
    ['a status and a name', { familyName: 'MARTIN', status: 'VALI' }, []],
    ['signs are letters of nobody', { familyName: 'MART%', givenName: '_' }, ['martin', 'martine']],
  ];
  for (const [what, query, found] of EXACT)
    test(`exactly: ${what}`, async () => {
      assert.deepEqual(await exactly(query), found);
    });

  test('an INS that nobody bears any more leads to who bore it', async () => {
    const [id] = [...names].find(([, name]) => name === 'martine') ?? [];
    const ask = (matricule: string) => exactly({ ins: { matricule } });
    const known = (matricule: string, standing: string) =>
      pool.query(
        `insert into known_ins (identity_id, oid, matricule, standing, first_seen_at, last_seen_at)
         values ($1, '1.2.250.1.213.1.4.10', $2, $3, now(), now())`,
        [id, matricule, standing],
      );
    await known('254096322099901', 'former');
    await known('254096322099902', 'withdrawn');
    await known('279035121518989', 'former');
    assert.deepEqual(await ask('254096322099901'), ['martine']);
    assert.deepEqual(await ask('254096322099902'), []);
    assert.deepEqual(await ask('279035121518989'), ['pat']);
  });

  test('pages follow each other without gap', async () => {
    const all = await exactly({ familyName: 'MART' });
    assert.deepEqual(await exactly({ familyName: 'MART' }, { limit: 1, offset: 1 }), all.slice(1, 2));
    assert.equal((await exactly({}, { limit: 50, offset: 0 })).length, names.size - 1);
  });

  const NEAR: readonly (readonly [string, PatientQuery, string])[] = [
    ['a letter and a day', { familyName: 'LEFEVBRE', givenName: 'JEAN-PIERRE', born: '1954-03-21' }, 'lefebvre'],
    ['two names each with a typo', { familyName: 'LEGAL', givenName: 'YAN', born: '1980-07-01' }, 'legall'],
    ['names exchanged', { familyName: 'Yann', givenName: 'Le Gall', born: '1980-01-07' }, 'legall'],
    ['the used name as it sounds', { familyName: 'FONTENNE', givenName: 'ELODI' }, 'fontaine'],
    ['names without a date', { familyName: 'MARTINO', givenName: 'LOUIZE' }, 'martine'],
    ['a local number whatever the traits', { identifier: { value: 'IPP-martin' }, familyName: 'AUTRE' }, 'martin'],
    ['an INS', { ins: { matricule: '279035121518989' } }, 'pat'],
  ];
  for (const [what, query, first] of NEAR)
    test(`with errors: ${what}`, async () => {
      assert.equal((await nearly(query))[0], first);
    });

  test('nobody is proposed for a stranger, nor a merged identity', async () => {
    assert.deepEqual(await nearly({ familyName: 'ZYLBERSTEIN', givenName: 'OTTO', born: '1933-05-05' }), []);
    assert.ok(!(await nearly({ familyName: 'MARTIN', givenName: 'MARIE' })).includes('merged'));
  });

  test('an answer says how sure it is, and what agrees', async () => {
    const [best] = await searchPatientsWithErrors({ pool }, { familyName: 'MARTIN', givenName: 'MARIE' }, { limit: 1 });
    assert.partialDeepStrictEqual(best, { score: 1, byNumber: false });
    assert.deepEqual(
      best?.agreements.map(({ trait, value }) => [trait, value]),
      [
        ['familyName', 1],
        ['givenName', 1],
      ],
    );
  });

  test('a changed trait is found under its new value only', async () => {
    const [id] = [...names].find(([, name]) => name === 'legall') ?? [];
    const record = (await identityById(pool, id ?? '')) as IdentityRecord;
    await updateIdentity(pool, { ...record, birthName: 'KERVELLA', usedName: 'LE GALL' });
    assert.deepEqual(await exactly({ usedName: 'LE GALL' }), ['legall']);
    assert.equal((await nearly({ familyName: 'KERVELA', givenName: 'YANN' }))[0], 'legall');
    const { rows } = await pool.query(`select key from identity_key where identity_id = $1 and key like 'n:%'`, [id]);
    assert.equal(rows.length, 3);
    await updateIdentity(pool, { ...record, version: 2 });
    assert.deepEqual(await exactly({ usedName: 'LE GALL' }), []);
  });

  test('what a program of the version before wrote is found, and gets its keys', async () => {
    const late = identityRecord({ ...NO_INS, birthName: 'OUDINOT', firstGivenName: 'CLAIRE', birthDate: '1961-06-07' });
    names.set(late.id, 'late');
    await insertIdentity(pool, late, []);
    await pool.query('delete from identity_key where identity_id = $1', [late.id]);
    await pool.query('update identity set keyed_as = null where id = $1', [late.id]);
    const asked = { familyName: 'OUDINO', givenName: 'CLAIR', born: '1961-07-06' };
    assert.deepEqual(await nearly(asked), ['late']);
    assert.equal(await makeMissingKeys(pool), 1);
    assert.equal(await makeMissingKeys(pool), 0);
    // It changes a trait without a look at the keys.
    await pool.query(`update identity set birth_name = 'AUDINEAU', search_name = 'AUDINEAU CLAIRE' where id = $1`, [
      late.id,
    ]);
    assert.deepEqual(await nearly({ familyName: 'AUDINO', givenName: 'CLAIRE' }), ['late']);
    assert.equal(await makeMissingKeys(pool), 1);
    const { rows } = await pool.query(`select 1 from identity_key where identity_id = $1 and key = 'a:ANT KLR'`, [
      late.id,
    ]);
    assert.equal(rows.length, 1);
  });
});
