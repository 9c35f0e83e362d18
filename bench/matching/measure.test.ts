import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawPopulation } from '../population/records.ts';
import { candidatesOf } from './candidates.ts';
import { measure } from './measure.ts';

test('a population is the same for the same seed, and labelled', () => {
  const { people, records } = drawPopulation(1_000, 7);
  assert.deepEqual(drawPopulation(1_000, 7).records, records);
  assert.notDeepEqual(drawPopulation(1_000, 8).records, records);
  assert.equal(records.length, 1_000);
  assert.equal(new Set(people.map(({ matricule }) => matricule)).size, people.length);
  assert.ok(records.every(({ person }) => people[person] !== undefined));
});

test('precision, recall and blocks hold on people whom the weights have not seen', () => {
  const { records } = drawPopulation(6_000, 11);
  const candidates = candidatesOf(records);
  const measured = measure(records.length, candidates, 0.5);
  assert.ok(measured.truePairs > 1_000, `${measured.truePairs} pairs to find`);
  assert.ok(measured.blockRecall >= 0.96, `block recall ${measured.blockRecall}`);
  assert.ok(measured.precision >= 0.95, `precision ${measured.precision}`);
  assert.ok(measured.recall >= 0.93, `recall ${measured.recall}`);
  // All pairs would be 18 millions.
  assert.ok(measured.candidates < 20_000, `${measured.candidates} candidates`);
  const strict = measure(records.length, candidates, 0.95);
  assert.ok(strict.precision > measured.precision && strict.recall < measured.recall);
});
