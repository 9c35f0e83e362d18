import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { z } from 'zod';
import { letter } from '../wire/pdf/pdf.fixture.ts';
import { startApi } from './api.fixture.ts';
import { createDocument, createPatient } from './samples.fixture.ts';

const bench = await startApi();
after(() => bench.close());
const report = z.object({ findings: z.array(z.object({ clause: z.string() })), declared: z.string().nullable() });
const answer = z.object({ original: report.nullable(), prepared: z.unknown(), comparison: z.unknown() });

test('the PDF of a document is told clause by clause; a text has none', async () => {
  await createPatient(bench, 'IPP-PDFA');
  const content = Buffer.from(await letter()).toString('base64');
  const pdf = await createDocument(bench, { ipp: 'IPP-PDFA', content, mimeType: 'application/pdf' });
  const { original, prepared } = answer.parse((await bench.call('GET', `/documents/${pdf}/pdfa`)).body);
  assert.deepEqual([original?.declared, prepared], [null, null]);
  assert.ok(original?.findings.some(({ clause }) => clause === '6.7.2'));
  const text = await createDocument(bench, { ipp: 'IPP-PDFA', title: 'Un texte' });
  const none = await bench.call('GET', `/documents/${text}/pdfa`);
  assert.deepEqual(answer.parse(none.body), { original: null, prepared: null, comparison: null });
});
