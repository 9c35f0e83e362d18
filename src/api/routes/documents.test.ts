import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DEMO_EG, DEMO_IPP_DOMAIN, DEMO_SECOND_EG } from '../../demo/structure.ts';
import { insertAnswer } from '../../store/answers.ts';
import { putBuiltCda } from '../../store/built-cda.ts';
import { buildLevelOneCda } from '../../wire/cda/build-level-one.ts';
import { levelOneDocument } from '../../wire/cda/cda.fixture.ts';
import { type ApiBench, detailOf, fieldOf, listOfAnswer, pagesOf, ruleOf, startApi } from '../api.fixture.ts';
import { createDocument, documentBody, submit, TEXT } from '../samples.fixture.ts';

describe('Documents over REST', () => {
  let bench: ApiBench;
  before(async () => {
    bench = await startApi();
  });
  after(() => bench.close());

  const ids = (items: readonly Record<string, unknown>[]): unknown[] => items.map(({ id }) => id);

  test('a submitted document is received for the establishment that it names, and can be read', async () => {
    const answer = await submit(bench, { establishment: DEMO_SECOND_EG, requestId: 'R-1' });
    assert.equal(answer.status, 202);
    assert.equal(fieldOf(answer, 'establishment'), DEMO_SECOND_EG);
    assert.equal(fieldOf(answer, 'state'), 'received');
    assert.equal(fieldOf(answer, 'messageControlId'), 'R-1');
    const detail = await bench.call('GET', `/documents/${fieldOf(answer, 'id')}`);
    assert.equal(detail.status, 200);
    const { deliveries, timeline, forms } = detail.body as {
      deliveries: object[];
      timeline: object[];
      forms: string[];
    };
    assert.deepEqual(forms, ['original']);
    assert.partialDeepStrictEqual(deliveries, [{ destination: 'DMP', state: 'waiting', attempts: 0 }]);
    assert.partialDeepStrictEqual(timeline, [{ step: 'received' }]);
  });

  test('the same request is the same document; another content under the same key is another one', async () => {
    const first = await createDocument(bench, { requestId: 'R-2' });
    assert.equal(await createDocument(bench, { requestId: 'R-2' }), first);
    assert.notEqual(await createDocument(bench, { requestId: 'R-2', title: 'Autre titre' }), first);
  });

  test('without an establishment a document is of the caller’s own, or of the first declared source', async () => {
    const token = await bench.token('interop', DEMO_SECOND_EG);
    const own = await bench.call('POST', '/documents', { token, body: documentBody() });
    assert.equal(fieldOf(own, 'establishment'), DEMO_SECOND_EG);
    assert.equal(fieldOf(await submit(bench), 'establishment'), DEMO_EG);
  });

  test('an unreadable CDA is kept as unreadable, with its reason', async () => {
    const answer = await submit(bench, { content: Buffer.from('<html/>').toString('base64'), mimeType: 'text/xml' });
    assert.equal(answer.status, 202);
    assert.equal(fieldOf(answer, 'state'), 'unreadable');
    assert.match(JSON.stringify(answer.body), /"rule":"TDU-DOC-\d{3}"/);
  });

  const REFUSED: readonly (readonly [string, object, string, RegExp])[] = [
    ['no content', { content: undefined }, 'TDU-API-004', /content : valeur obligatoire/],
    ['empty content', { content: '' }, 'TDU-API-004', /content : au moins 1 caractère/],
    ['content that is a number', { content: 12 }, 'TDU-API-004', /content : un texte est attendu/],
    ['broken Base64', { content: 'SGVsb*G8' }, 'TDU-API-006', /^$/],
    ['Base64 of five characters', { content: 'SGVsb' }, 'TDU-API-006', /^$/],
    ['unknown MIME type', { mimeType: 'text/html' }, 'TDU-API-004', /mimeType : une de ces valeurs est attendue/],
    ['long title', { title: 'x'.repeat(129) }, 'TDU-API-004', /title : au plus 128 caractères/],
    ['no IPP', { ipp: '' }, 'TDU-API-004', /ipp : au moins 1 caractère/],
    ['a date in words', { createdAt: 'hier' }, 'TDU-API-004', /createdAt/],
    ['a date in words, under another name', { creationTime: 'hier' }, 'TDU-API-004', /createdAt/],
    ['author as a text', { author: 'Dr Martin' }, 'TDU-API-004', /author : un objet est attendu/],
    ['author without id', { author: { family: 'A', given: 'B' } }, 'TDU-API-004', /author\.id : valeur obligatoire/],
    ['unknown establishment', { establishment: '990000999' }, 'TDU-API-004', /establishment/],
    ['null character', { title: 'Lettre\u0000' }, 'TDU-API-004', /caractère de code nul/],
    ['half a character', { author: { id: '8', family: '\ud800', given: 'B' } }, 'TDU-API-004', /incomplet/],
  ];

  for (const [what, parts, rule, detail] of REFUSED) {
    test(`a submission is refused and nothing is recorded: ${what}`, async () => {
      const before = listOfAnswer(await bench.call('GET', '/documents?limit=500')).items.length;
      const answer = await submit(bench, parts);
      assert.equal(answer.status, 400);
      assert.equal(ruleOf(answer), rule);
      assert.match(detailOf(answer), detail);
      assert.equal(listOfAnswer(await bench.call('GET', '/documents?limit=500')).items.length, before);
    });
  }

  test('author, dates and MIME type may be given in the shapes that callers use', async () => {
    const person = { id: '801234567897', family: 'MARTIN', given: 'CLAIRE' };
    const given = [
      { author: person, createdAt: '2026-11-20' },
      {
        author: { rpps: '801234567897', lastName: 'MARTIN', firstName: 'CLAIRE' },
        creationTime: '2026-11-20T00:00:00',
      },
      { author: { identifier: person.id, name: { family: 'MARTIN', given: 'CLAIRE' } }, date: '20261120' },
    ];
    for (const parts of given) {
      const id = await createDocument(bench, { ...parts, mimeType: 'text/plain; charset=utf-8', ippDomain: null });
      const { rows } = await bench.context.pool.query<{ notice: object }>('select notice from document where id = $1', [
        id,
      ]);
      assert.partialDeepStrictEqual(rows[0]?.notice, { author: person, createdAt: '20261120000000+0100' });
    }
  });

  test('the domain of an IPP may be given by a declared name of it', async () => {
    const id = await createDocument(bench, { ipp: 'IPP-DOMAINE', ippDomain: 'CH-DEMO' });
    const { rows } = await bench.context.pool.query<{ domain: string }>(
      'select ipp_domain as domain from document where id = $1',
      [id],
    );
    assert.deepEqual(rows, [{ domain: DEMO_IPP_DOMAIN }]);
  });

  test('Base64 without its padding is the whole document', async () => {
    const id = await createDocument(bench, { content: Buffer.from('Bonjour le monde').toString('base64url') });
    assert.equal(
      (await bench.call('GET', `/documents/${id}/content?reason=essai`)).bytes.toString(),
      'Bonjour le monde',
    );
  });

  test('a type unknown in JDV_J07 is refused for a CDA; for a raw document it is a local code, taken in', async () => {
    assert.match(ruleOf(await submit(bench, { typeCode: 'INCONNU', mimeType: 'text/xml' })), /^TDU-FEED-/);
    assert.equal((await submit(bench, { typeCode: 'INCONNU', unit: '2310' })).status, 202);
  });

  test('pages follow each other by `next` without a gap or a repetition', async () => {
    for (let n = 0; n < 5; n += 1) await createDocument(bench, { ipp: 'IPP-PAGES' });
    const pages = await pagesOf(bench, '/documents?ipp=IPP-PAGES&limit=2');
    assert.deepEqual(
      pages.map((page) => page.length),
      [2, 2, 1],
    );
    assert.equal(new Set(pages.flatMap(ids)).size, 5);
    const exact = await pagesOf(bench, '/documents?ipp=IPP-PAGES&limit=5');
    assert.deepEqual(ids(exact.flat()), pages.flatMap(ids));
    assert.equal(exact.length, 1);
  });

  test('each filter of the list narrows it', async () => {
    const id = await createDocument(bench, {
      ipp: 'IPP-FILTRES',
      requestId: 'R-FILTRES',
      establishment: DEMO_SECOND_EG,
    });
    const other = await createDocument(bench, { ipp: 'IPP-FILTRES' });
    const { rows } = await bench.context.pool.query<{ unique_id: string }>(
      `update document set state = 'waiting', rule_id = 'TDU-FEED-001' where id = $1 returning unique_id`,
      [id],
    );
    const only = async (query: string) =>
      ids(listOfAnswer(await bench.call('GET', `/documents?ipp=IPP-FILTRES&${query}`)).items);
    assert.deepEqual((await only('')).toSorted(), [id, other].toSorted());
    for (const query of [
      'messageControlId=R-FILTRES',
      `uniqueId=${rows[0]?.unique_id}`,
      'state=waiting',
      'rule=TDU-FEED-001',
      `establishment=${DEMO_SECOND_EG}`,
    ])
      assert.deepEqual(await only(query), [id], query);
    assert.deepEqual(await only('state=accepted'), []);
    assert.deepEqual(await only(`patientId=${randomUUID()}`), []);
  });

  for (const query of [
    'limit=0',
    'limit=501',
    'limit=beaucoup',
    'state=perdu',
    'patientId=12',
    'after=hier',
    `after=-200000-01-01T00:00:00.000Z_${randomUUID()}`,
    `after=2026-11-23T00:00:00.000Z_pas-un-uuid`,
    'ipp=%00',
    'ipp=a&ipp=b',
  ])
    test(`a list refuses ${query}`, async () => {
      const answer = await bench.call('GET', `/documents?${query}`);
      assert.equal(answer.status, 400);
      assert.equal(ruleOf(answer), 'TDU-API-004');
    });

  const BY_ID: readonly (readonly ['GET' | 'POST', string, object?])[] = [
    ['GET', ''],
    ['GET', '/content?reason=essai'],
    ['GET', '/answers'],
    ['POST', '/ask-again'],
    ['POST', '/withdraw', { reason: 'essai' }],
  ];
  for (const [method, suffix, body] of BY_ID)
    test(`${method} /documents/{id}${suffix}: unknown 404, malformed identifier 404`, async () => {
      const sent = body === undefined ? {} : { body };
      const unknown = await bench.call(method, `/documents/${randomUUID()}${suffix}`, sent);
      assert.deepEqual([unknown.status, ruleOf(unknown)], [404, 'TDU-API-003']);
      const malformed = await bench.call(method, `/documents/279035121518989${suffix}`, sent);
      assert.deepEqual([malformed.status, ruleOf(malformed)], [404, 'TDU-API-003']);
      assert.doesNotMatch(malformed.bytes.toString(), /279035121518989/);
    });

  test('the content is given byte for byte with its type; forms that do not exist yet are 404', async () => {
    const id = await createDocument(bench);
    const original = await bench.call('GET', `/documents/${id}/content?reason=contr%C3%B4le`);
    assert.equal(original.status, 200);
    assert.match(original.type, /^text\/plain/);
    assert.equal(original.headers['content-disposition'], 'inline');
    assert.equal(original.bytes.toString('utf8'), TEXT);
    for (const form of ['prepared', 'cda']) {
      const answer = await bench.call('GET', `/documents/${id}/content?form=${form}&reason=essai`);
      assert.deepEqual([answer.status, ruleOf(answer)], [404, 'TDU-API-003']);
      assert.match(detailOf(answer), /pas encore préparé/);
    }
    assert.equal((await bench.call('GET', `/documents/${id}/content?form=autre`)).status, 400);
    assert.equal((await bench.call('GET', `/documents/${id}/content?reason=`)).status, 400);
  });

  test('once built, the CDA and the prepared form are given too', async () => {
    const id = await createDocument(bench);
    const cda = buildLevelOneCda(levelOneDocument());
    await putBuiltCda(bench.context.pool, id, cda);
    const sent = await bench.call('GET', `/documents/${id}/content?form=cda&reason=essai`);
    assert.match(sent.type, /^text\/xml/);
    assert.deepEqual(sent.bytes, cda);
    const prepared = await bench.call('GET', `/documents/${id}/content?form=prepared&reason=essai`);
    assert.deepEqual(prepared.bytes, Buffer.from(levelOneDocument().content));
  });

  test('a machine opens a content under the name of its token, without another reason', async () => {
    const id = await createDocument(bench);
    assert.equal((await bench.call('GET', `/documents/${id}/content`)).status, 200);
  });

  test('the business answers of a document are listed as ER7', async () => {
    const id = await createDocument(bench);
    const er7 = Buffer.from('MSH|^~\\&|TRAITDUNION\r');
    const { pool, now } = bench.context;
    await insertAnswer(pool, { id: randomUUID(), documentId: id, kind: 'ZAM^Z01', er7, state: 'pending', at: now() });
    const { items } = listOfAnswer(await bench.call('GET', `/documents/${id}/answers`));
    assert.partialDeepStrictEqual(items, [{ kind: 'ZAM^Z01', er7: er7.toString(), state: 'pending', attempts: 0 }]);
  });

  test('a waiting document is looked at again or withdrawn; a withdrawn one can no longer be withdrawn', async () => {
    const id = await createDocument(bench);
    const again = await bench.call('POST', `/documents/${id}/ask-again`);
    assert.equal(again.status, 202);
    const missing = await bench.call('POST', `/documents/${id}/withdraw`, { body: {} });
    assert.deepEqual([missing.status, detailOf(missing)], [400, 'reason : valeur obligatoire']);
    const withdrawn = await bench.call('POST', `/documents/${id}/withdraw`, { body: { reason: 'envoyé par erreur' } });
    assert.equal(fieldOf(withdrawn, 'state'), 'withdrawn');
    const twice = await bench.call('POST', `/documents/${id}/withdraw`, { body: { reason: 'encore' } });
    assert.match(ruleOf(twice), /^TDU-FEED-/);
  });
});
