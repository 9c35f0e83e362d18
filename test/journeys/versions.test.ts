/** Replacement and deletion over real wires: MLLP and REST in, the strict DMP out, its answers lost or late. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Document } from '../support/demonstration.ts';
import { until } from '../support/demonstration.ts';
import { type Feeding, startFeeding } from './feeding.fixture.ts';
import { otherPdf, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn } from './waiting.fixture.ts';

describe('versions of a document', () => {
  let feeding: Feeding;
  before(async () => {
    // Without TD0.2 the fault strikes the submission itself.
    feeding = await startFeeding({ checkExistence: false, timeoutMs: 1_200 });
  });
  after(() => feeding?.demonstration.stop());

  let count = 0;
  const number = (): string => {
    count += 1;
    return `V-${count}`;
  };

  async function send(kind: 'create' | 'replace' | 'delete', numbers: { number: string; parent?: string }) {
    const content = kind === 'create' ? {} : { content: await otherPdf(numbers.number) };
    const message = await pdfMessage(PAT_TROIS, { kind, ...numbers, ...content });
    assert.equal((await feeding.demonstration.send(message.bytes)).code, 'AA');
    return message.controlId;
  }

  const atDmp = async ({ uniqueId }: Pick<Document, 'uniqueId'>): Promise<string[]> =>
    (await feeding.demonstration.held({ uniqueId })).map(({ status }) => status);

  const documentById = async (id: string): Promise<Document> =>
    (await feeding.demonstration.api('GET', `/documents/${id}`)).body as Document;

  /** Once nothing more will happen to it. */
  const settledDocument = (controlId: string): Promise<Document> =>
    until(`${controlId} settled`, async () => {
      const documents = await feeding.demonstration.documents(controlId);
      return documents.find(({ state }) => ['withdrawn', 'replaced', 'deleted'].includes(state));
    });

  const answeredYes = (id: string): Promise<true> =>
    until('answered Y', async () => {
      const answers = await feeding.demonstration.answers(id);
      assert.ok(answers.length <= 1);
      return answers[0]?.state === 'delivered' && /\|Y\^/.test(answers[0].er7) ? true : undefined;
    });

  test('MDM^T10 replaces, MDM^T04 deletes, each answered', async () => {
    const [first, second] = [number(), number()];
    const created = await documentIn(feeding.demonstration, await send('create', { number: first }), 'accepted');
    const replacing = await send('replace', { number: second, parent: first });
    const replaced = await documentIn(feeding.demonstration, replacing, 'accepted');
    assert.deepEqual([await atDmp(created), await atDmp(replaced)], [['Deprecated'], ['Approved']]);
    const [held] = await feeding.demonstration.held({ uniqueId: replaced.uniqueId });
    assert.ok(held);
    const deleting = await documentIn(feeding.demonstration, await send('delete', { number: second }), 'deleted');
    assert.deepEqual([await atDmp(created), await atDmp(replaced)], [['Deprecated'], ['Deleted']]);
    for (const { id } of [created, replaced, deleting]) await answeredYes(id);
    const state = async (id: string) => (await documentById(id)).state;
    assert.deepEqual([await state(created.id), await state(replaced.id)], ['replaced', 'deleted']);
  });

  test('answers lost to a replacement and to a deletion: asked for, and done once', async () => {
    const [first, second] = [number(), number()];
    const created = await documentIn(feeding.demonstration, await send('create', { number: first }), 'accepted');
    // The question about the original is asked before anything is lost.
    await feeding.demonstration.dmp.set('lost-answer', { rate: 0.5 });
    const replacing = await send('replace', { number: second, parent: first });
    const replaced = await documentIn(feeding.demonstration, replacing, 'accepted');
    await documentIn(feeding.demonstration, await send('delete', { number: second }), 'deleted');
    await feeding.demonstration.dmp.clear();
    assert.deepEqual([await atDmp(created), await atDmp(replaced)], [['Deprecated'], ['Deleted']]);
    const { rows } = await feeding.demonstration.pool.query<{ destination: string }>(
      'select destination from ledger where document_id = any($1) or unique_id = $2 order by id',
      [[created.id, replaced.id], replaced.uniqueId],
    );
    assert.deepEqual(
      rows.map(({ destination }) => destination),
      ['DMP', `DMP replacement of ${created.uniqueId}`, 'DMP deletion'],
    );
  });

  test('what came while the DMP was down leaves in order: its last version is the one that lives', async () => {
    const [first, second, third, gone] = [number(), number(), number(), number()];
    await feeding.demonstration.dmp.set('down');
    const ids = [
      await send('create', { number: first }),
      await send('replace', { number: second, parent: first }),
      await send('replace', { number: third, parent: second }),
      await send('create', { number: gone }),
      await send('delete', { number: gone }),
    ];
    await documentIn(feeding.demonstration, ids[2] ?? '', 'ready');
    await feeding.demonstration.dmp.clear();
    const last = await documentIn(feeding.demonstration, ids[2] ?? '', 'accepted');
    await documentIn(feeding.demonstration, ids[4] ?? '', 'deleted');
    assert.deepEqual(await atDmp(last), ['Approved']);
    // Withdrawn before it was tried; one that was tried, for nothing, keeps its turn and is taken out by the next.
    for (const id of [ids[0], ids[1], ids[3]]) {
      const before = await settledDocument(id ?? '');
      const expected: Record<string, string[]> = { withdrawn: [], replaced: ['Deprecated'], deleted: ['Deleted'] };
      assert.deepEqual(await atDmp(before), expected[before.state], before.state);
    }
  });

  test('REST: a version by the id of the one before, then its deletion', async () => {
    const { api } = feeding.demonstration;
    const submit = async (text: string, replaces?: string) => {
      const answer = await api('POST', '/documents', {
        content: Buffer.from(text).toString('base64'),
        mimeType: 'text/plain',
        typeCode: '11490-0',
        title: 'Lettre de liaison',
        ipp: PAT_TROIS.ipp,
        ...(replaces === undefined ? {} : { replaces }),
      });
      assert.equal(answer.status, 202);
      const { id } = answer.body as { id: string };
      return until('accepted', async () => {
        const document = await documentById(id);
        return document.state === 'accepted' ? document : undefined;
      });
    };
    const first = await submit('Version une, fictive.');
    const second = await submit('Version deux, fictive.', first.id);
    assert.deepEqual([await atDmp(first), await atDmp(second)], [['Deprecated'], ['Approved']]);
    assert.equal((await api('POST', `/documents/${second.id}/deletion`, {})).status, 400);
    assert.equal((await api('POST', `/documents/${second.id}/deletion`, { reason: 'Erreur' })).status, 202);
    await until('deleted', async () => ((await atDmp(second))[0] === 'Deleted' ? true : undefined));
    const { body } = await api('GET', `/documents/${first.id}`);
    const { versions } = body as { versions: { action: string; versionNumber: number | null }[] };
    assert.deepEqual(
      versions.map(({ action, versionNumber }) => [action, versionNumber]),
      [
        ['create', 1],
        ['replace', 2],
        ['delete', null],
      ],
    );
  });
});
