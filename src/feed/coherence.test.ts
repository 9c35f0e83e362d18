import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recompose } from '../../test/support/fake-services.ts';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { many } from '../store/db.ts';
import type { Leaving } from '../wire/coherence/leaving.ts';

/** A document that is ready to leave, and what it becomes on the wire. */
async function leavingAs(
  t: Parameters<typeof openBench>[0],
  change: (leaving: Leaving) => Leaving,
): Promise<UseCaseBench> {
  const bench = await openBench(t);
  await bench.admit();
  await bench.run('insi');
  await bench.file();
  await bench.run('release', 'document');
  recompose(bench.dmp, ({ leaving, send }) => ({ leaving: change(leaving), send }));
  await bench.run('deliver');
  return bench;
}

const inMetadata = (from: RegExp, to: string) => (leaving: Leaving) => {
  const metadata = leaving.metadata.replace(from, to);
  assert.notEqual(metadata, leaving.metadata);
  return { ...leaving, metadata };
};

test('a document that says another INS in its set does not leave, and its sender is told why', async (t) => {
  const bench = await leavingAs(t, inMetadata(/(registryObject="SubmissionSet01" value=")\d{15}/, '$1277076322082910'));
  const { state, ruleId, detail } = await bench.document();
  assert.deepEqual([state, ruleId, bench.dmp.submitted.length], ['refused', 'TDU-COH-001', 0]);
  assert.equal(detail, 'identité qualifiée : ••• ; lot de soumission : •••');
  const answers = await many<{ er7: string }>(bench.context.pool, 'select er7 from answer', []);
  assert.match(answers.map(({ er7 }) => er7).join(), /TDU-COH-001/);
});

test('every difference that stops it is told at once', async (t) => {
  const change = (leaving: Leaving) =>
    inMetadata(
      /(<Slot name="languageCode"><ValueList><Value>)[^<]*/,
      '$1en-US',
    )(inMetadata(/(<Slot name="creationTime"><ValueList><Value>)[^<]*/, '$120200101000000')(leaving));
  const { ruleId, detail } = await (await leavingAs(t, change)).document();
  assert.equal(ruleId, 'TDU-COH-020');
  assert.match(
    detail ?? '',
    /^CDA : fr-FR ; fiche XDS : en-US · TDU-COH-013 CDA : .*Z ; fiche XDS : 2020-01-01T00:00:00.000Z$/,
  );
});

test('what does not stop it is in its timeline once it has left', async (t) => {
  const bench = await leavingAs(t, (leaving) => ({
    ...leaving,
    assertion: leaving.assertion.replace('<NameID>', '<Issuer>CN=CACHET,OU=1750000001</Issuer><NameID>'),
  }));
  const { id, state } = await bench.document();
  assert.equal(state, 'accepted');
  const steps = await many<{ ruleId: string | null }>(
    bench.context.pool,
    `select rule_id as "ruleId" from document_event where document_id = $1 and step = 'warning'`,
    [id],
  );
  assert.deepEqual(steps, [{ ruleId: 'TDU-COH-012' }]);
});
