import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEMO_IPP_DOMAIN } from '../../demo/structure.ts';
import { checkedPatient } from '../../wire/fhir/structure.fixture.ts';
import { type ApiBench, startApi } from '../api.fixture.ts';
import { entriesOf, type FhirSent, fhir, newPatient, nextOf } from './fhir.fixture.ts';

const NIR = '279035121518989';
const TEST_OID = 'urn:oid:1.2.250.1.213.1.4.10';
const SYSTEM = `urn:oid:${DEMO_IPP_DOMAIN}`;

describe('The FHIR door', () => {
  let bench: ApiBench;
  let token: string;
  before(async () => {
    bench = await startApi();
    token = await bench.token('identitovigilance');
  });
  after(() => bench.close());

  const call = (method: 'GET' | 'POST' | 'PUT', path: string, sent: Partial<FhirSent> = {}) =>
    fhir(bench, method, path, { token, ...sent });
  const create = async (ipp: string, parts: object = {}, headers: Record<string, string> = {}) => {
    const answer = await call('POST', '/Patient', { body: newPatient(ipp, parts), headers });
    assert.ok(answer.status === 201 || answer.status === 200, JSON.stringify(answer.body));
    return { answer, patient: checkedPatient(answer.body) };
  };
  const ids = async (path: string, sent: Partial<FhirSent> = {}) => {
    const answer = await call(sent.form === undefined ? 'GET' : 'POST', path, sent);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return entriesOf(answer).map(({ id }) => id);
  };
  /** What only INSi does, so that an INS is there to be read. */
  const qualify = (id: string, matricule: string) =>
    bench.context.pool.query(
      `update identity set status = 'QUAL', matricule = $2, oid = '1.2.250.1.213.1.4.10', birth_given_names = 'DOMINIQUE',
         birth_place = '63220', device_type = 'CN', device_checked_at = now(), ins_obtained_at = now() where id = $1`,
      [id, matricule],
    );

  test('metadata is public and describes what is answered', async () => {
    const answer = await call('GET', '/metadata', { token: '' });
    assert.equal(answer.status, 200);
    const text = JSON.stringify(answer.body);
    assert.match(text, /"fhirVersion":"4\.0\.1"/);
    const declared = [...text.matchAll(/"name":"(_?[a-z-]+)","(?:type|definition)"/g)].map(([, name]) => name);
    for (const name of ['_id', 'identifier', 'family', 'given', 'birthdate', 'gender', 'active', 'ihe-pix', 'match'])
      assert.ok(declared.includes(name), name);
  });

  test('A created identity is provisional, whatever status and INS the caller says', async () => {
    const { answer, patient } = await create('F-1', {
      identifier: [
        { system: SYSTEM, value: 'F-1' },
        { use: 'official', type: { coding: [{ code: 'INS-NIR-TEST' }] }, system: TEST_OID, value: NIR },
      ],
      extension: [
        {
          url: 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability',
          extension: [{ url: 'identityStatus', valueCoding: { code: 'QUAL' } }],
        },
      ],
    });
    assert.equal(answer.status, 201);
    assert.match(String(answer.headers.location), new RegExp(`/fhir/Patient/${patient.id}$`));
    assert.doesNotMatch(JSON.stringify(answer.body), new RegExp(NIR));
    const row = (await bench.context.pool.query('select status, matricule from identity where id = $1', [patient.id]))
      .rows;
    assert.deepEqual(row, [{ status: 'PROV', matricule: null }]);
    const again = await call('GET', `/Patient/${patient.id}`);
    assert.deepEqual(again.body, answer.body);
    assert.equal(again.headers.etag, answer.headers.etag);
  });

  test('What the caller says of a fictive identity is kept: it only restricts', async () => {
    const extension = [
      {
        url: 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability',
        extension: [{ url: 'identityStatus', valueCoding: { code: 'FICT' } }],
      },
    ];
    const { patient } = await create('F-FICT', { extension });
    assert.match(JSON.stringify(patient.extension), /"FICT"/);
  });

  test('A search finds by each criterion, all of them together, and any value of each', async () => {
    const one = (
      await create('S-1', {
        name: [
          { use: 'official', family: "D'Ærone", given: ['Zoé'] },
          { use: 'usual', family: 'Lévy' },
        ],
      })
    ).patient.id;
    const two = (
      await create('S-2', {
        name: [{ use: 'official', family: 'Daero', given: ['Anne-Zita'] }],
        gender: 'male',
        birthDate: '1980-01-01',
      })
    ).patient.id;
    const both = [one, two].sort();
    assert.deepEqual(await ids(`/Patient?identifier=${SYSTEM}|S-1`), [one]);
    assert.deepEqual(await ids('/Patient?identifier=S-2'), [two]);
    assert.deepEqual(await ids(`/Patient?identifier=${SYSTEM}|S-1,${SYSTEM}|S-2`), both);
    assert.deepEqual(await ids('/Patient?family=daero,d%27ae'), both);
    assert.deepEqual(await ids('/Patient?family=levy&given=zo'), [one]);
    assert.deepEqual(await ids('/Patient?given=zita&family=dae'), [two]);
    assert.deepEqual(await ids('/Patient?family=dae&gender=male'), [two]);
    assert.deepEqual(await ids('/Patient?family=dae,d%20ae&birthdate=lt1980'), [one]);
    assert.deepEqual(await ids('/Patient?family=dae,d%20ae&birthdate=ge1979-03-28&birthdate=le1980-01'), both);
    assert.deepEqual(await ids(`/Patient?_id=${two}`), [two]);
    assert.deepEqual(await ids(`/Patient?_id=${two}&gender=female`), []);
    assert.deepEqual(await ids('/Patient/_search', { form: { family: 'daero' } }), [two]);
    const count = await call('GET', '/Patient?family=dae,d%27ae&_summary=count');
    assert.match(JSON.stringify(count.body), /"total":2/);
  });

  test('The pages of a search follow an opaque link and give each identity once', async () => {
    const made = [];
    for (let n = 1; n <= 5; n++)
      made.push((await create(`P-${n}`, { name: [{ use: 'official', family: 'Page', given: ['Anne'] }] })).patient.id);
    const found: string[] = [];
    for (let path: string | undefined = '/Patient?family=page&_count=2'; path !== undefined; ) {
      const answer = await call('GET', path);
      found.push(...entriesOf(answer).map(({ id }) => id));
      path = nextOf(answer);
    }
    assert.deepEqual(found, made.sort());
    assert.equal((await call('GET', '/Patient?_page=nonsense')).rule, 'TDU-FHIR-005');
  });

  test('A matricule is searched by POST only, and no link carries it', async () => {
    const { id } = (await create('N-1')).patient;
    await qualify(id, NIR);
    const address = `/Patient?identifier=${TEST_OID}|${NIR}`;
    assert.equal((await call('GET', address)).rule, 'TDU-FHIR-001');
    assert.equal((await call('GET', `/Patient?identifier=${NIR}`)).rule, 'TDU-FHIR-001');
    const answer = await call('POST', '/Patient/_search', { form: { identifier: `${TEST_OID}|${NIR}`, _count: '1' } });
    const [patient] = entriesOf(answer);
    assert.equal(patient?.id, id);
    assert.equal(patient?.identifier[0]?.value, NIR);
    const { link } = answer.body as { link: object[] };
    assert.doesNotMatch(JSON.stringify(link), new RegExp(NIR));
    assert.equal(bench.logged.filter((line) => line.includes(NIR)).length, 0);
    const { rows } = await bench.context.pool.query('select * from audit');
    assert.doesNotMatch(JSON.stringify(rows), new RegExp(NIR));
  });

  test('An update goes from a version that was read, and gives the next one', async () => {
    const { patient, answer } = await create('U-1');
    const etag = String(answer.headers.etag);
    const changed = {
      ...newPatient('U-1', { name: [{ use: 'official', family: 'Pat-Quatre', given: ['Dominique'] }] }),
      id: patient.id,
    };
    const put = (headers: Record<string, string>, body: object = changed) =>
      call('PUT', `/Patient/${patient.id}`, { body, headers });
    assert.equal((await put({})).rule, 'TDU-FHIR-008');
    assert.equal((await put({ 'if-match': 'W/"99-1-0"' })).rule, 'TDU-FHIR-007');
    const done = await put({ 'if-match': etag });
    assert.equal(done.status, 200, JSON.stringify(done.body));
    assert.equal(checkedPatient(done.body).name[0]?.family, 'PAT-QUATRE');
    assert.notEqual(done.headers.etag, etag);
    assert.equal((await put({ 'if-match': etag })).rule, 'TDU-FHIR-007');
    const other = await put(
      { 'if-match': String(done.headers.etag) },
      { ...changed, id: '00000000-0000-4000-8000-000000000000' },
    );
    assert.equal(other.rule, 'TDU-FHIR-004');
  });

  test('The traits of a qualified identity are locked, and an INS that is not its own is refused', async () => {
    const { id } = (await create('L-1')).patient;
    await qualify(id, '279035121518990');
    const put = async (parts: object) => {
      const { etag } = (await call('GET', `/Patient/${id}`)).headers;
      return call('PUT', `/Patient/${id}`, { body: newPatient('L-1', parts), headers: { 'if-match': String(etag) } });
    };
    assert.equal((await put({ birthDate: '1979-03-29' })).rule, 'TDU-ID-048');
    const ins = {
      use: 'official',
      type: { coding: [{ code: 'INS-NIR-TEST' }] },
      system: TEST_OID,
      value: '279035121518991',
    };
    assert.equal((await put({ identifier: [{ system: SYSTEM, value: 'L-1' }, ins] })).rule, 'TDU-FHIR-009');
    const named = await put({
      name: [
        { use: 'official', family: 'Pat-Trois', given: ['Dominique'] },
        { use: 'usual', family: 'Martin' },
      ],
    });
    assert.equal(named.status, 200, JSON.stringify(named.body));
    assert.match(JSON.stringify(named.body), /279035121518990/);
  });

  test('A conditional create made twice at once gives one patient', async () => {
    const headers = { 'if-none-exist': `identifier=${SYSTEM}|C-1` };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call('POST', '/Patient', { body: newPatient('C-1'), headers })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 200, 200, 201]);
    assert.equal(new Set(answers.map(({ body }) => checkedPatient(body).id)).size, 1);
    assert.equal((await ids(`/Patient?identifier=${SYSTEM}|C-1`)).length, 1);
  });

  test('A condition that several identities meet creates nothing, nor does one that says nothing', async () => {
    for (const ipp of ['C-2', 'C-3'])
      await create(ipp, { name: [{ use: 'official', family: 'Jumeau', given: ['Paul'] }] });
    const conditional = (condition: string) =>
      call('POST', '/Patient', { body: newPatient('C-4'), headers: { 'if-none-exist': condition } });
    assert.equal((await conditional('family=jumeau')).rule, 'TDU-FHIR-006');
    assert.equal((await conditional('gender=female')).rule, 'TDU-FHIR-005');
    assert.deepEqual(await ids(`/Patient?identifier=${SYSTEM}|C-4`), []);
  });

  test('Plain creates by one number at once give one patient', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => call('POST', '/Patient', { body: newPatient('C-5') })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409]);
  });

  test('PIXm gives the numbers of the other domains, and says which side is unknown', async () => {
    const { id } = (await create('X-1')).patient;
    await qualify(id, '279035121518992');
    const pix = async (query: string) => call('GET', `/Patient/$ihe-pix?${query}`);
    const found = await pix(`sourceIdentifier=${SYSTEM}|X-1&targetSystem=${TEST_OID}`);
    assert.equal(found.status, 200);
    const { parameter } = found.body as { parameter: { name: string; valueIdentifier?: { value: string } }[] };
    assert.deepEqual(
      parameter.map(({ name, valueIdentifier }) => [name, valueIdentifier?.value]),
      [
        ['targetIdentifier', '279035121518992'],
        ['targetId', undefined],
      ],
    );
    assert.equal((await pix(`sourceIdentifier=${SYSTEM}|nobody`)).rule, 'TDU-FHIR-010');
    assert.equal((await pix('sourceIdentifier=urn:oid:1.9.9|X-1')).rule, 'TDU-FHIR-011');
    assert.equal((await pix(`sourceIdentifier=${SYSTEM}|X-1&targetSystem=urn:oid:1.9.9`)).rule, 'TDU-FHIR-012');
    assert.equal((await pix(`sourceIdentifier=${TEST_OID}|279035121518992`)).rule, 'TDU-FHIR-001');
    const body = {
      resourceType: 'Parameters',
      parameter: [{ name: 'sourceIdentifier', valueIdentifier: { system: TEST_OID, value: '279035121518992' } }],
    };
    const posted = await call('POST', '/Patient/$ihe-pix', { body });
    assert.match(JSON.stringify(posted.body), /"value":"X-1"/);
    const freeze = (at: string) =>
      bench.context.pool.query(`update identity set frozen_at = ${at} where matricule = '279035121518992'`);
    await freeze('now()');
    assert.equal((await call('POST', '/Patient/$ihe-pix', { body })).rule, 'TDU-FHIR-010', 'a recall waits');
    await freeze('null');
  });

  test('$match scores who may be this person; only a number makes it certain', async () => {
    const names = (family: string, first = 'Bérengère') => [{ use: 'official', family, given: [first] }];
    const { id } = (await create('W-1', { name: names('Vaillancourt'), birthDate: '1961-07-19' })).patient;
    await create('W-2', { name: names('Vaillant', 'Paul'), gender: 'male', birthDate: '1990-02-03' });
    const match = async (parts: object, more: object[] = []) => {
      const { gender: _, ...asked } = newPatient('nobody', parts) as Record<string, unknown>;
      const body = { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: asked }, ...more] };
      const answer = await call('POST', '/Patient/$match', { body });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      entriesOf(answer);
      const { entry } = answer.body as {
        entry: { resource: { id: string }; search: { score: number; extension: { valueCode: string }[] } }[];
      };
      return entry.map(({ resource, search }) => [resource.id, search.score > 0.5, search.extension[0]?.valueCode]);
    };
    // Two letters exchanged, and the sex not said.
    const wrong = { name: names('Vaillancuort'), birthDate: '1961-07-19', gender: 'female' };
    assert.deepEqual(await match(wrong), [[id, true, 'probable']]);
    const only = [{ name: 'onlyCertainMatches', valueBoolean: true }];
    assert.deepEqual(await match(wrong, only), []);
    const numbered = {
      name: names('Vaillancourt'),
      birthDate: '1961-07-19',
      identifier: [{ system: SYSTEM, value: 'W-1' }],
    };
    assert.deepEqual(await match(numbered, only), [[id, true, 'certain']]);
    assert.deepEqual(await match({ name: names('Quelconque', 'Zorglub'), birthDate: '1930-01-02' }), []);
    assert.equal((await call('POST', '/Patient/$match', { body: { resourceType: 'Patient' } })).rule, 'TDU-FHIR-004');
  });

  test('A merged identity is read with the one that replaces it, and takes no more writing', async () => {
    const gone = (await create('M-1')).patient.id;
    const kept = (await create('M-2')).patient.id;
    await bench.context.pool.query('update identity set active = false, merged_into = $2 where id = $1', [gone, kept]);
    const answer = await call('GET', `/Patient/${gone}`);
    const patient = checkedPatient(answer.body);
    assert.deepEqual([patient.active, patient.link?.[0]?.other.reference], [false, `Patient/${kept}`]);
    assert.deepEqual(await ids(`/Patient?_id=${gone}`), []);
    assert.deepEqual(await ids(`/Patient?_id=${gone}&active=false`), [gone]);
    const put = await call('PUT', `/Patient/${gone}`, {
      body: newPatient('M-1'),
      headers: { 'if-match': String(answer.headers.etag) },
    });
    assert.equal(put.status, 409);
  });

  test('What cannot be answered is an OperationOutcome with our rule', async () => {
    const refusals: readonly (readonly [Promise<{ rule: string | undefined }>, string])[] = [
      [call('GET', '/Patient/pas-un-uuid'), 'TDU-API-003'],
      [call('GET', '/Observation'), 'TDU-API-003'],
      [call('GET', '/Patient', { token: '' }), 'TDU-API-001'],
      [call('GET', '/Patient?_format=xml'), 'TDU-FHIR-002'],
      [call('GET', '/Patient', { headers: { accept: 'application/fhir+xml' } }), 'TDU-FHIR-002'],
      [
        call('POST', '/Patient', { body: newPatient('Z'), headers: { 'content-type': 'application/fhir+xml' } }),
        'TDU-FHIR-003',
      ],
      [call('POST', '/Patient', { body: { resourceType: 'Observation' } }), 'TDU-FHIR-004'],
      [call('POST', '/Patient', { body: newPatient('Z', { active: false }) }), 'TDU-FHIR-013'],
      [
        call('POST', '/Patient', { body: newPatient('Z', { identifier: [{ system: 'urn:oid:1.9.9', value: 'Z' }] }) }),
        'TDU-FHIR-004',
      ],
      [
        call('POST', '/Patient', {
          body: newPatient('Z', { name: [{ use: 'official', family: 'D4rk', given: ['A'] }] }),
        }),
        'TDU-ID-011',
      ],
      [call('GET', '/Patient?telecom=1'), 'TDU-FHIR-005'],
    ];
    for (const [answer, rule] of refusals) assert.equal((await answer).rule, rule);
  });
});
