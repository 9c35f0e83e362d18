/** A document deposited by REST goes the same way as one that comes by HL7. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { documentView } from '../../src/api/views.ts';
import { type ApiAnswer, type Demonstration, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission, cdaOf, letterPdf, newUniqueId, otherPdf } from './messages.fixture.ts';
import { PAT_TROIS, person } from './people.fixture.ts';
import { documentIn, qualified, untouchable } from './waiting.fixture.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const problem = z.object({
  type: z.string(),
  title: z.string().min(1),
  status: z.number(),
  rule: z.string(),
  cause: z.string().min(1),
  owner: z.string().min(1),
  remedy: z.string().min(1),
  safeToResend: z.boolean(),
});

describe('documents by REST', () => {
  let demonstration: Demonstration;
  let letter: object;
  before(async () => {
    demonstration = await startTestDemonstration();
    await demonstration.send(admission(PAT_TROIS).bytes);
    await qualified(demonstration, PAT_TROIS.ipp);
    letter = {
      content: base64(await letterPdf()),
      mimeType: 'application/pdf',
      typeCode: '11490-0',
      title: 'Lettre de liaison à la sortie',
      ipp: PAT_TROIS.ipp,
      createdAt: new Date(Date.now() - 3_600_000).toISOString(),
    };
  });
  after(() => demonstration?.stop());

  const post = (body: object): Promise<ApiAnswer> => demonstration.api('POST', '/documents', body);

  async function refused(answer: ApiAnswer, status: number, rule: string): Promise<void> {
    assert.deepEqual([answer.status, answer.type.split(';')[0]], [status, 'application/problem+json']);
    const said = problem.parse(answer.body);
    assert.deepEqual([said.status, said.rule, said.type], [status, rule, `urn:traitdunion:rule:${rule}`]);
  }

  test('202, then accepted, with its three forms', async () => {
    const answer = await post(letter);
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    const { messageControlId, ipp } = documentView.parse(answer.body);
    assert.equal(ipp, PAT_TROIS.ipp);
    const document = await documentIn(demonstration, messageControlId, 'accepted');
    assert.deepEqual(document.forms, ['original', 'prepared', 'cda']);
    const original = await demonstration.content(document.id, 'original');
    const prepared = await demonstration.content(document.id, 'prepared');
    const cda = await demonstration.content(document.id, 'cda');
    assert.ok(original.equals(await letterPdf()));
    assert.ok(prepared.subarray(0, 5).equals(Buffer.from('%PDF-')) && !prepared.equals(original));
    assert.ok(cda.includes(base64(prepared)));
    const [held] = await demonstration.held({ uniqueId: document.uniqueId });
    assert.equal(held?.hash, createHash('sha1').update(cda).digest('hex'));
    assert.deepEqual(await demonstration.answers(document.id), [], 'a REST caller reads its document instead');
  });

  test('the same requestId and content is the same document, whenever it comes again', async () => {
    const request = { ...letter, requestId: 'lettre-42', title: 'Lettre 42' };
    const [first, second] = await Promise.all([post(request), post(request)]);
    assert.deepEqual([first.status, second.status], [202, 202]);
    const { id, messageControlId, uniqueId } = documentView.parse(first.body);
    assert.equal(documentView.parse(second.body).id, id);
    await documentIn(demonstration, messageControlId, 'accepted');
    const third = await post(request);
    assert.deepEqual([third.status, documentView.parse(third.body).id], [202, id]);
    assert.equal((await demonstration.held({ uniqueId })).length, 1);
  });

  test('the same requestId with another content is another document', async () => {
    const first = documentView.parse((await post({ ...letter, requestId: 'lettre-43' })).body);
    const other = { ...letter, requestId: 'lettre-43', content: base64(await otherPdf()) };
    const second = documentView.parse((await post(other)).body);
    assert.notEqual(second.id, first.id);
    await until('both accepted', async () => {
      const documents = await demonstration.documents('lettre-43');
      return documents.length === 2 && documents.every(({ state }) => state === 'accepted') ? true : undefined;
    });
  });

  test('a CDA goes through byte for byte', async () => {
    const uniqueId = newUniqueId();
    const cda = cdaOf(PAT_TROIS, uniqueId);
    const answer = await post({ ...letter, content: base64(cda), mimeType: 'text/xml' });
    const document = documentView.parse(answer.body);
    assert.equal(document.uniqueId, uniqueId);
    await documentIn(demonstration, document.messageControlId, 'accepted');
    const [held] = await demonstration.held({ uniqueId });
    assert.equal(held?.hash, createHash('sha1').update(cda).digest('hex'));
  });

  test('a plain text is wrapped in a CDA and accepted', async () => {
    const content = base64(Buffer.from('Compte rendu de consultation.\nRien à signaler : été, Noël, œdème.\n'));
    const answer = await post({ ...letter, content, mimeType: 'text/plain', typeCode: '11488-4' });
    await documentIn(demonstration, documentView.parse(answer.body).messageControlId, 'accepted');
  });

  test('the document of a patient who is not here yet is taken, and waits', async () => {
    const answer = await post({ ...letter, ipp: person(1).ipp });
    assert.equal(answer.status, 202);
    const { messageControlId } = documentView.parse(answer.body);
    await documentIn(demonstration, messageControlId, 'waiting', 'TDU-ID-046');
    const { id } = documentView.parse(answer.body);
    const withdrawn = await demonstration.api('POST', `/documents/${id}/withdraw`, { reason: 'essai' });
    assert.equal(withdrawn.status, 200, JSON.stringify(withdrawn.body));
    assert.equal(documentView.parse(withdrawn.body).state, 'withdrawn');
  });

  test('what is wrong is a problem with our rule, and leaves nothing behind', async () => {
    const before = await untouchable(demonstration);
    const count = async (): Promise<unknown> =>
      (await demonstration.pool.query('select count(*) as documents from document')).rows[0];
    const documents = await count();
    await refused(await post({ ...letter, content: 'AAAAA' }), 400, 'TDU-API-006');
    await refused(await post({ ...letter, content: undefined }), 400, 'TDU-API-004');
    await refused(await post({ ...letter, mimeType: 'application/zip' }), 400, 'TDU-API-004');
    await refused(await post({ ...letter, mimeType: 'text/xml', typeCode: 'LOCAL-1' }), 422, 'TDU-FEED-041');
    await refused(await post({ ...letter, establishment: '999999999' }), 400, 'TDU-API-004');
    await refused(await demonstration.api('GET', `/documents/${crypto.randomUUID()}`), 404, 'TDU-API-003');
    assert.deepEqual(await count(), documents);
    assert.deepEqual(await untouchable(demonstration), before);
  });

  test('without a token, or with a wrong one: 401, and the body is not read', async () => {
    for (const authorization of [
      undefined,
      'Bearer tdu_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      'Basic ZGVtbzpkZW1v',
    ]) {
      const response = await fetch(`${demonstration.runtime.api}/documents`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
        body: '{ this is not JSON',
      });
      const answer = {
        status: response.status,
        type: response.headers.get('content-type') ?? '',
        body: await response.json(),
      };
      await refused(answer, 401, 'TDU-API-001');
    }
  });
});
