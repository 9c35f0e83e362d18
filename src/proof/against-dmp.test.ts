/** Our count of what lives in the DMP and the DMP's own are one: after lost answers, replacements and deletions too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { del, held, open, V1, V2 } from '../feed/versions.fixture.ts';
import { sealChain } from '../store/proofs.ts';
import { foldOnce } from './fold.ts';
import { proofCounts } from './index.ts';

const V3 = { kind: 'replace', number: 'L-3', parent: 'L-2', content: Buffer.from('Version trois\n') } as const;

test('documents alive at the strict DMP simulator are those that the ledger counts, at each step', async (t) => {
  const bench = await open(t);
  const compared: string[] = [];
  const compare = async (): Promise<void> => {
    while ((await sealChain(bench.context.pool, 'ledger')) > 0);
    await foldOnce(bench.context.pool);
    const rows = await proofCounts(bench.context.pool, {});
    const sum = (what: 'documents' | 'ended') => rows.reduce((all, row) => all + row[what], 0);
    const alive = held(bench).filter((each) => each.endsWith(' Approved')).length;
    assert.equal(sum('documents'), alive, held(bench).join());
    compared.push(`${alive}-${sum('ended')}`);
  };
  for (const document of [V1, V2]) {
    await bench.file(document);
    await bench.settle();
    await compare();
  }
  await bench.file({ ...V1, number: 'M-1', content: Buffer.from('Une autre lettre\n') });
  await bench.settle();
  await compare();
  bench.strict.line = (service) => (service === '/repository' ? 'lost' : 'up');
  await bench.file(V3);
  await bench.settle();
  bench.strict.line = () => 'up';
  await bench.run('reconcile');
  await bench.settle();
  await compare();
  await bench.file(del('L-3'));
  await bench.settle();
  await compare();
  assert.deepEqual(compared, ['1-0', '1-0', '2-0', '2-0', '1-1']);
});
