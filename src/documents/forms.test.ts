import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import { apiRules } from '../rules/api.ts';
import { buildLevelOneCda } from '../wire/cda/build-level-one.ts';
import { headerOf, levelOneDocument } from '../wire/cda/cda.fixture.ts';
import { availableForms, type DocumentForm, formOf, submittedCda } from './forms.ts';
import { submitDocument } from './submit.ts';

test('a raw document: the original at once, prepared and CDA once it was built', async (t) => {
  const bench = await openBench(t);
  const { pool } = bench.context;
  await bench.admit({ patient: { status: 'PROV' } });
  await bench.file();
  await bench.settle();
  const waiting = await bench.document();
  assert.deepEqual(await availableForms(pool, waiting), ['original']);
  for (const form of ['prepared', 'cda'] as const) {
    const result = await formOf(pool, waiting, form);
    assert.equal(result.ok ? undefined : result.refusal.rule, apiRules.notFound);
  }
  assert.equal((await submittedCda(pool, waiting)).ok, false);
  await bench.admit({ event: 'A31' });
  await bench.settle();
  const built = await bench.document();
  assert.equal(built.state, 'accepted');
  assert.deepEqual(await availableForms(pool, built), ['original', 'prepared', 'cda']);
  const text = async (form: DocumentForm) => {
    const result = await formOf(pool, built, form);
    assert.ok(result.ok);
    return [result.value.mimeType, result.value.bytes.toString('utf8')] as const;
  };
  assert.deepEqual(await text('original'), ['text/plain', 'Chère consœur,\n']);
  assert.deepEqual(await text('prepared'), ['text/plain', 'Chère consœur,\n']);
  const [mimeType, cda] = await text('cda');
  assert.equal(mimeType, 'text/xml');
  assert.equal(headerOf(Buffer.from(cda)).patient.ids[0]?.extension, PAT_TROIS_INS.matricule);
});

test('a received CDA has no prepared form: it goes through byte-identical', async (t) => {
  const bench = await openBench(t);
  const { pool } = bench.context;
  const bytes = buildLevelOneCda(levelOneDocument());
  await bench.file({ content: bytes, mime: ['text', 'XML'] });
  const document = await bench.document();
  assert.deepEqual(await availableForms(pool, document), ['original', 'cda']);
  for (const form of ['original', 'cda'] as const) {
    const result = await formOf(pool, document, form);
    assert.ok(result.ok && result.value.bytes.equals(bytes));
  }
  assert.equal((await formOf(pool, document, 'prepared')).ok, false);
  const submitted = await submittedCda(pool, document);
  assert.ok(submitted.ok && submitted.value.bytes.equals(bytes));
});

test('a document deposited by REST is read back from its request', async (t) => {
  const bench = await openBench(t);
  const content = Buffer.from('{\\rtf1 essai}');
  const given = {
    content: content.toString('base64'),
    mimeType: 'text/rtf',
    typeCode: '11490-0',
    title: 'T',
    ipp: 'P1',
  };
  assert.ok((await submitDocument(bench.context, given, 'token:x')).ok);
  const result = await formOf(bench.context.pool, await bench.document(), 'original');
  assert.ok(result.ok);
  assert.deepEqual([result.value.mimeType, result.value.bytes.equals(content)], ['text/rtf', true]);
});
