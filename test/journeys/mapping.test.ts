/** Codes of a software's own over real wires: the documents wait, the site maps, they leave under national terms. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { documentView } from '../../src/api/views.ts';
import { readCdaHeader } from '../../src/wire/cda/header.ts';
import { type Demonstration, startTestDemonstration } from '../support/demonstration.ts';
import { admission, letterPdf, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

const CARDIOLOGIST = {
  id: 'DR12',
  family: 'DURAND',
  given: 'ALICE',
  idType: 'EI',
  organisation: 'Hôpital des Essais',
  finess: '990000028',
};
const values = z.object({ items: z.array(z.object({ kind: z.string(), localValue: z.string(), sender: z.string() })) });

describe('local codes', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration();
    await demonstration.send(admission(PAT_TROIS).bytes);
    await qualified(demonstration, PAT_TROIS.ipp);
  });
  after(() => demonstration?.stop());

  async function put(kind: string, body: object): Promise<void> {
    const answer = await demonstration.api('PUT', `/mappings/${kind}`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }

  const waitingValues = async () =>
    values.parse((await demonstration.api('GET', '/mappings/unmapped')).body).items.map(({ localValue }) => localValue);

  test('a PDF with a local type and author is acknowledged, waits, and is accepted by the DMP once both are mapped', async () => {
    const sent = await pdfMessage(PAT_TROIS, {
      type: { code: 'CRCARDIO', label: 'Compte rendu de consultation' },
      sender: CARDIOLOGIST,
    });
    assert.equal((await demonstration.send(sent.bytes)).code, 'AA');
    await documentIn(demonstration, sent.controlId, 'waiting', 'TDU-MAP-001');
    assert.deepEqual((await waitingValues()).toSorted(), ['CRCARDIO', 'DR12']);
    await put('types', { localValue: 'CRCARDIO', target: { typeCode: '11488-4' } });
    await documentIn(demonstration, sent.controlId, 'waiting', 'TDU-MAP-003');
    await put('authors', {
      scope: 'source:DPI-TEST|CH-DEMO',
      localValue: 'DR12',
      target: { rpps: '99700218896', family: 'DURAND', given: 'ALICE', specialty: 'G15_10/SM04' },
    });
    const document = await documentIn(demonstration, sent.controlId, 'accepted');
    const [held] = await demonstration.held({ uniqueId: document.uniqueId });
    const cda = await demonstration.content(document.id, 'cda');
    assert.deepEqual([held?.typeCode, held?.hash], ['11488-4', createHash('sha1').update(cda).digest('hex')]);
    const header = readCdaHeader(cda);
    assert.ok(header.ok);
    const [author] = header.value.authors;
    assert.deepEqual([author?.ids[0]?.extension, author?.code?.code], ['899700218896', 'G15_10/SM04']);
    assert.deepEqual(await waitingValues(), []);
  });

  test('the next document of the same codes does not wait; one of a type never fed is answered and ends', async () => {
    const like = { type: { code: 'CRCARDIO', label: 'Compte rendu de consultation' }, sender: CARDIOLOGIST };
    const next = await pdfMessage(PAT_TROIS, like);
    await demonstration.send(next.bytes);
    const { timeline } = await documentIn(demonstration, next.controlId, 'accepted');
    assert.ok(!timeline.some(({ step }) => step === 'waiting'));
    await put('types', { localValue: 'NOTE', target: { neverFed: true } });
    const note = await pdfMessage(PAT_TROIS, { type: { code: 'NOTE', label: 'Note interne' } });
    await demonstration.send(note.bytes);
    const document = await documentIn(demonstration, note.controlId, 'withdrawn', 'TDU-MAP-010');
    const [answer] = await demonstration.answers(document.id);
    assert.match(answer?.er7 ?? '', /TDU-MAP-010/);
  });

  test('by REST the same: 202, waiting, then accepted', async () => {
    const answer = await demonstration.api('POST', '/documents', {
      content: Buffer.from(await letterPdf()).toString('base64'),
      mimeType: 'application/pdf',
      typeCode: 'LDL',
      title: 'Lettre de liaison',
      ipp: PAT_TROIS.ipp,
    });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    const { messageControlId } = documentView.parse(answer.body);
    await documentIn(demonstration, messageControlId, 'waiting', 'TDU-MAP-001');
    await put('types', { localValue: 'LDL', target: { typeCode: '11490-0' } });
    await documentIn(demonstration, messageControlId, 'accepted');
  });
});
