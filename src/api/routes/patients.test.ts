import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DEMO_IPP_DOMAIN } from '../../demo/structure.ts';
import { identityRules } from '../../rules/identity.ts';
import { type ApiBench, detailOf, fieldOf, listOfAnswer, pagesOf, ruleOf, startApi } from '../api.fixture.ts';
import { createPatient, patientBody } from '../samples.fixture.ts';

describe('Patients over REST', () => {
  let bench: ApiBench;
  before(async () => {
    bench = await startApi();
  });
  after(() => bench.close());

  const ids = (items: readonly Record<string, unknown>[]): unknown[] => items.map(({ id }) => id);
  const check = (id: string, body: object) => bench.call('POST', `/patients/${id}/identity-check`, { body });
  const status = (id: string, body: object) => bench.call('POST', `/patients/${id}/status`, { body });
  const passport = { documentType: 'PA', checkedAt: '2026-11-20T09:00:00Z', coherent: true };

  test('a created identity is provisional, normalised, and can be read with its identifiers', async () => {
    const answer = await bench.call('POST', '/patients', {
      body: patientBody('IPP-CREE', { birthName: 'Pat-Trois', usedName: 'PAT-QUATRE' }),
    });
    assert.equal(answer.status, 201);
    const read = await bench.call('GET', `/patients/${fieldOf(answer, 'id')}`);
    assert.deepEqual(read.body, answer.body);
    assert.partialDeepStrictEqual(read.body, {
      birthName: 'PAT-TROIS',
      status: 'PROV',
      usedName: 'PAT-QUATRE',
      attributes: [],
      deviceCheck: null,
      identifiers: [{ value: 'IPP-CREE', domain: DEMO_IPP_DOMAIN, type: 'PI' }],
    });
    assert.doesNotMatch(read.bytes.toString(), /matricule/);
  });

  test('an IPP names one identity only', async () => {
    await createPatient(bench, 'IPP-UNIQUE');
    const again = await bench.call('POST', '/patients', { body: patientBody('IPP-UNIQUE') });
    assert.equal(again.status, 409);
    assert.equal(ruleOf(again), identityRules.ippConflict.id);
  });

  const REFUSED: readonly (readonly [string, object, RegExp])[] = [
    ['no birth name', { birthName: undefined }, /birthName : valeur obligatoire/],
    ['sex by its word', { sex: 'femme' }, /sex : une de ces valeurs est attendue : M, F, I/],
    ['no identifier', { identifiers: [] }, /identifiers : au moins 1 élément/],
    ['identifiers that are no list', { identifiers: 'IPP' }, /identifiers : une liste est attendue/],
    ['null character in a name', { usedName: 'A\u0000B' }, /caractère de code nul/],
  ];
  for (const [what, parts, detail] of REFUSED)
    test(`a creation is refused: ${what}`, async () => {
      const answer = await bench.call('POST', '/patients', { body: patientBody(`IPP-${randomUUID()}`, parts) });
      assert.deepEqual([answer.status, ruleOf(answer)], [400, 'TDU-API-004']);
      assert.match(detailOf(answer), detail);
    });

  test('traits that the national rules refuse are refused by them, without their value', async () => {
    for (const parts of [{ birthName: '12345' }, { birthDate: '1979-15-45' }, { birthPlace: 'LYON' }]) {
      const answer = await bench.call('POST', '/patients', { body: patientBody(`IPP-${randomUUID()}`, parts) });
      assert.match(ruleOf(answer), /^TDU-(ID|INS)-?/, JSON.stringify(parts));
      for (const value of Object.values(parts)) assert.doesNotMatch(detailOf(answer), new RegExp(value));
    }
  });

  test('each filter of the list narrows it', async () => {
    const id = await createPatient(bench, 'IPP-FILTRE', { birthName: 'ÉTÉ-INDIEN', birthDate: '1950-01-02' });
    assert.equal((await status(id, { action: 'set-attribute', attribute: 'homonyme', reason: 'essai' })).status, 200);
    const only = async (query: string) => ids(listOfAnswer(await bench.call('GET', `/patients?${query}`)).items);
    for (const query of ['name=ete%20ind', 'birthDate=1950-01-02', 'ipp=IPP-FILTRE', 'attribute=homonyme'])
      assert.deepEqual(await only(query), [id], query);
    assert.ok((await only('status=PROV')).includes(id));
    assert.deepEqual(await only('status=QUAL'), []);
    assert.deepEqual(await only('ipp=IPP-FILTRE&insiState=discrepancy'), []);
    // % and _ are letters of a name like any other, not wildcards.
    assert.deepEqual(await only('name=%25'), await only('name=_'));
  });

  test('a search with errors answers the likely ones first, each with what agrees; an INS is asked in a body', async () => {
    const traits = {
      birthName: 'OUDINOT-PERRAULT',
      firstGivenName: 'CLAIRE',
      birthGivenNames: 'CLAIRE',
      birthDate: '1961-06-07',
      sex: 'F',
    };
    const id = await createPatient(bench, 'IPP-ERREURS', traits);
    const query = 'name=oudino&givenName=Clair&birthDate=1961-07-06';
    assert.deepEqual(listOfAnswer(await bench.call('GET', `/patients?${query}`)).items, []);
    const near = listOfAnswer(await bench.call('GET', `/patients?${query}&approximate=true`)).items;
    assert.partialDeepStrictEqual(near[0], {
      id,
      match: {
        byNumber: false,
        traits: [
          { trait: 'familyName', reason: 'partie du nom' },
          { trait: 'givenName', reason: 'se prononce pareil' },
          { trait: 'birthDate', reason: 'jour et mois intervertis' },
        ],
      },
    });
    const search = (body: object) => bench.call('POST', '/patients/search', { body });
    assert.deepEqual(ids(listOfAnswer(await search({ name: 'PERRAULT', approximate: true })).items), [id]);
    assert.deepEqual(listOfAnswer(await search({ matricule: '2 79 03 51 215 189 89' })).items, []);
    assert.equal(ruleOf(await search({ birthDate: '07/06/1961' })), 'TDU-API-004');
  });

  test('pages follow each other by `next`', async () => {
    for (let n = 0; n < 5; n += 1) await createPatient(bench, `IPP-PAGE-${n}`, { birthName: 'PAGINATION' });
    const pages = await pagesOf(bench, '/patients?name=PAGINATION&limit=2');
    assert.deepEqual(
      pages.map((page) => page.length),
      [2, 2, 1],
    );
    assert.equal(new Set(pages.flatMap(ids)).size, 5);
  });

  for (const query of [
    'status=AUTRE',
    'limit=0',
    'after=-1',
    'insiState=x',
    'attribute=x',
    'name=',
    'birthDate=demain',
  ])
    test(`a list refuses ${query}`, async () => {
      assert.equal(ruleOf(await bench.call('GET', `/patients?${query}`)), 'TDU-API-004');
    });

  const BY_ID: readonly (readonly ['GET' | 'POST', string, object?])[] = [
    ['GET', ''],
    ['GET', '/history'],
    ['POST', '/insi-search'],
    ['POST', '/identity-check', passport],
    ['POST', '/status', { action: 'downgrade', to: 'PROV', reason: 'essai' }],
  ];
  for (const [method, suffix, body] of BY_ID)
    test(`${method} /patients/{id}${suffix}: unknown or malformed identifier 404`, async () => {
      const sent = body === undefined ? {} : { body };
      const unknown = await bench.call(method, `/patients/${randomUUID()}${suffix}`, sent);
      assert.deepEqual([unknown.status, ruleOf(unknown)], [404, 'TDU-API-003']);
      const malformed = await bench.call(method, `/patients/279035121518989${suffix}`, sent);
      assert.deepEqual([malformed.status, ruleOf(malformed)], [404, 'TDU-API-003']);
    });

  test('an INSi search is queued, never awaited', async () => {
    const id = await createPatient(bench, 'IPP-INSI');
    const answer = await bench.call('POST', `/patients/${id}/insi-search`);
    assert.equal(answer.status, 202);
    assert.partialDeepStrictEqual(answer.body, { insi: { state: 'queued' } });
  });

  test('a checked device validates the identity; who checked it is known', async () => {
    const id = await createPatient(bench, 'IPP-VALIDE');
    const answer = await check(id, passport);
    assert.partialDeepStrictEqual(answer.body, {
      status: 'VALI',
      deviceCheck: { documentType: 'PA', checkedAt: '2026-11-20T09:00:00.000Z', by: 'token:administrator-tout' },
    });
  });

  test('a patient that was read can be given back as it is; names may be a list, a domain its name', async () => {
    const nothing = { birthGivenNames: null, birthPlace: null, usedName: '' };
    const first = await bench.call('POST', '/patients', { body: patientBody('IPP-NULL', nothing) });
    assert.equal(first.status, 201);
    const given = {
      ...(first.body as object),
      birthGivenNames: ['DOMINIQUE', 'MARIE-LOUISE'],
      identifiers: [
        { value: 'IPP-NOM', domain: 'CH-DEMO' },
        { value: 'IPP-OID', domain: `urn:oid:${DEMO_IPP_DOMAIN}`, type: 'PI' },
        { value: 'IPP-SEUL' },
        { value: '279035121518989', domain: '1.2.250.1.213.1.4.10', type: 'INS-NIR' },
      ],
    };
    const second = await bench.call('POST', '/patients', { body: given });
    assert.equal(second.status, 201, second.bytes.toString());
    const { birthGivenNames, identifiers } = second.body as { birthGivenNames: string; identifiers: object[] };
    assert.equal(birthGivenNames, 'DOMINIQUE MARIE-LOUISE');
    // The INS is not taken for a local number: it comes from INSi and from nowhere else.
    assert.deepEqual(
      identifiers,
      ['IPP-NOM', 'IPP-OID', 'IPP-SEUL'].map((value) => ({ value, domain: DEMO_IPP_DOMAIN, type: 'PI' })),
    );
  });

  test('an identity without any local number is not created, an INS being none', async () => {
    for (const identifier of [
      { value: '279035121518989', domain: '1.2.250.1.213.1.4.10' },
      { value: '279035121518989', domain: DEMO_IPP_DOMAIN, type: 'NH' },
    ]) {
      const answer = await bench.call('POST', '/patients', { body: patientBody('', { identifiers: [identifier] }) });
      assert.deepEqual([answer.status, ruleOf(answer)], [400, 'TDU-API-004']);
      assert.doesNotMatch(answer.bytes.toString(), /279035121518989/);
    }
  });

  test('attributes and status may be given as a patient shows them: what differs is applied', async () => {
    const id = await createPatient(bench, 'IPP-AFFICHE');
    await check(id, passport);
    const shown = async (body: object) => {
      const { status: now, attributes } = (await status(id, body)).body as { status: string; attributes: string[] };
      return [now, ...attributes];
    };
    assert.deepEqual(await shown({ attributes: ['homonyme'] }), ['VALI', 'homonyme']);
    assert.deepEqual(await shown({ attributes: ['homonyme'], status: 'VALI' }), ['VALI', 'homonyme']);
    assert.deepEqual(await shown({ attributes: ['homonyme', 'douteuse'], reason: 'essai' }), [
      'PROV',
      'homonyme',
      'douteuse',
    ]);
    assert.deepEqual(await shown({ attributes: [] }), ['PROV']);
    await check(id, passport);
    assert.deepEqual(await shown({ status: 'PROV' }), ['PROV']);
    const incompatible = await status(id, { attributes: ['fictive', 'douteuse'] });
    assert.equal(ruleOf(incompatible), identityRules.attributesIncompatible.id);
    assert.deepEqual(await shown({ status: 'PROV' }), ['PROV'], 'what one rule stops changes nothing');
    assert.equal(ruleOf(await status(id, {})), 'TDU-API-004');
  });

  test('a device may be named in words; an unknown one is refused with the codes expected', async () => {
    const id = await createPatient(bench, 'IPP-DISPOSITIF');
    const answer = await check(id, { ...passport, documentType: 'Passeport' });
    assert.partialDeepStrictEqual(answer.body, { deviceCheck: { documentType: 'PA' } });
    const unknown = await check(id, { ...passport, documentType: 'badge' });
    assert.deepEqual([unknown.status, ruleOf(unknown)], [422, identityRules.deviceMissing.id]);
    assert.match(detailOf(unknown), /CN, PA, CS/);
    assert.equal(ruleOf(await check(id, { ...passport, documentType: 'permis' })), identityRules.deviceNotHighTrust.id);
  });

  test('no call sets QUAL', async () => {
    const id = await createPatient(bench, 'IPP-QUAL');
    await check(id, passport);
    for (const body of [
      { action: 'downgrade', to: 'QUAL', reason: 'essai' },
      { action: 'set-status', to: 'QUAL', reason: 'essai' },
    ])
      assert.equal(ruleOf(await status(id, body)), 'TDU-API-004');
    for (const body of [{ status: 'QUAL' }, { status: 'RECUP' }, { attributes: [], status: 'QUAL', reason: 'essai' }])
      assert.equal(ruleOf(await status(id, body)), identityRules.notADowngrade.id);
    const body = {
      ...patientBody('IPP-QUAL-2'),
      status: 'QUAL',
      matricule: '279035121518989',
      oid: '1.2.250.1.213.1.4.10',
    };
    const created = await bench.call('POST', '/patients', { body });
    assert.equal(fieldOf(created, 'status'), 'PROV');
    assert.doesNotMatch(created.bytes.toString(), /279035121518989/);
  });

  test('a device check needs a real date, not in the future, and a yes or a no', async () => {
    const id = await createPatient(bench, 'IPP-DATES');
    for (const parts of [{ checkedAt: 'hier' }, { checkedAt: '2999-01-01' }, { coherent: 'oui' }, { documentType: '' }])
      assert.equal(ruleOf(await check(id, { ...passport, ...parts })), 'TDU-API-004', JSON.stringify(parts));
  });

  test('attributes are set and cleared, the status is downgraded, all of it in the history', async () => {
    const id = await createPatient(bench, 'IPP-STATUT');
    await check(id, passport);
    assert.partialDeepStrictEqual((await status(id, { action: 'downgrade', to: 'PROV', reason: 'erreur' })).body, {
      status: 'PROV',
    });
    const set = await status(id, { action: 'set-attribute', attribute: 'douteuse', reason: 'doute' });
    assert.partialDeepStrictEqual(set.body, { attributes: ['douteuse'] });
    const cleared = await status(id, { action: 'clear-attribute', attribute: 'douteuse', reason: 'levé' });
    assert.partialDeepStrictEqual(cleared.body, { attributes: [] });
    const { items } = listOfAnswer(await bench.call('GET', `/patients/${id}/history`));
    const events = items.map(({ event }) => String(event)).join('\n');
    for (const part of ['création', "contrôle d'un dispositif", 'rétrogradation en PROV (erreur)', 'attribut levé'])
      assert.ok(events.includes(part), `${part} in ${events}`);
    assert.ok(items.every(({ actor }) => actor === 'token:administrator-tout'));
  });

  test('a status change without its reason is refused', async () => {
    const id = await createPatient(bench, 'IPP-MOTIF');
    assert.equal(ruleOf(await status(id, { action: 'set-attribute', attribute: 'fictive' })), 'TDU-API-004');
  });

  test('a matricule shows on a qualified identity, and on no other (promise 3)', async () => {
    const id = await createPatient(bench, 'IPP-INS');
    await check(id, passport);
    const set = `matricule = '279035121518989', oid = '1.2.250.1.213.1.4.10'`;
    await bench.context.pool.query(`update identity set status = 'RECUP', ${set} where id = $1`, [id]);
    assert.doesNotMatch((await bench.call('GET', `/patients/${id}`)).bytes.toString(), /279035121518989/);
    await bench.context.pool.query(`update identity set status = 'QUAL' where id = $1`, [id]);
    assert.equal(fieldOf(await bench.call('GET', `/patients/${id}`), 'matricule'), '279035121518989');
  });
});
