import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { replaceCommuneChanges } from '../store/communes.ts';
import { discrepanciesOf } from '../store/discrepancies.ts';

/** 63901 became part of 63902. */
async function merger(bench: UseCaseBench): Promise<void> {
  await replaceCommuneChanges(bench.context.pool, [{ from: '63901', to: '63902', on: '2016-01-01', kind: '32' }]);
}

test('born in a vanished commune: INSi gives the code of the time of birth, the application that of today', async (t) => {
  const bench = await openBench(t);
  await merger(bench);
  bench.insi.answer = () => found({ birthPlace: '63901' });
  await bench.admit({ patient: { birthPlace: '63902' } });
  await bench.run('insi');
  const identity = await bench.identity();
  assert.deepEqual([identity.status, identity.birthPlace], ['QUAL', '63901']);
  await bench.admit({ event: 'A31', patient: { birthPlace: '63902' } });
  assert.equal((await bench.identity()).birthPlace, '63901');
  assert.deepEqual(await discrepanciesOf(bench.context.pool, identity.id), []);
});

test('without the table, or for another commune, the codes differ and a person looks', async (t) => {
  const bench = await openBench(t);
  bench.insi.answer = () => found({ birthPlace: '63901' });
  await bench.admit({ patient: { birthPlace: '63902' } });
  await bench.run('insi');
  assert.equal((await bench.identity()).insiState, 'discrepancy');
});

test('the current code of the same commune does not take the check of a device away', async (t) => {
  const bench = await openBench(t);
  await merger(bench);
  await bench.admit({ patient: { birthPlace: '63901' }, proof: { deviceType: 'CN' } });
  await bench.admit({ event: 'A31', patient: { birthPlace: '63902' } });
  const identity = await bench.identity();
  assert.deepEqual([identity.status, identity.deviceType, identity.birthPlace], ['VALI', 'CN', '63901']);
});

test('born abroad and in Corsica: the codes go through as they are, with the tolerance of 1976 only', async (t) => {
  const bench = await openBench(t);
  const cases = [
    { ipp: 'P1', here: '99327', there: '99327', status: 'QUAL', kept: '99327' },
    { ipp: 'P2', here: '20020', there: '2A020', status: 'QUAL', kept: '2A020' },
    { ipp: 'P3', here: '2B020', there: '2A020', status: 'VALI', kept: '2B020' },
    { ipp: 'P4', here: '99999', there: '99352', status: 'QUAL', kept: '99352' },
    { ipp: 'P5', here: '99327', there: '99352', status: 'VALI', kept: '99327' },
  ];
  for (const [index, { ipp, here, there, status, kept }] of cases.entries()) {
    const birthName = `PAT-${'ABCDE'[index]}`;
    bench.insi.answer = () => found({ birthName, birthPlace: there }, `27903512151${89 + index}`.slice(0, 13));
    await bench.admit({ patient: { ipp, birthName, birthPlace: here } });
    await bench.run('insi');
    const identity = await bench.identity(ipp);
    assert.deepEqual([identity.status, identity.birthPlace], [status, kept], `${here} ${there}`);
  }
});
