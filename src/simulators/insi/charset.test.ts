import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBirthDate, isBirthName, isCog, isGivenNames } from './charset.ts';

test('a birth name', () => {
  const good = ["D'ARTAGNAN DE L'HERAULT", 'PAT-TROIS', 'A--B', "'T HOOFT", 'X', 'A'.repeat(100)];
  const bad = [
    '',
    ' A',
    '-A',
    'A ',
    'A  B',
    "A''B",
    "A' B",
    "A 'B",
    'A---B',
    'Dupont',
    'É',
    'CŒUR',
    'A1',
    'A_B',
    'A.B',
    'A’B',
    'A'.repeat(101),
    'A\n',
  ];
  for (const name of good) assert.equal(isBirthName(name), true, name);
  for (const name of bad) assert.equal(isBirthName(name), false, name);
});

test('given names', () => {
  const good = ['PIERRE-ALAIN MURIEL FLORIANT', "N'GOLO", 'ANNE SOPHIE', 'A'.repeat(100)];
  const bad = ['A--B', 'ANNE-', "ANNE'", 'ANNE- SOPHIE', "ANNE' SOPHIE", '', '-ANNE', 'ANNE  SOPHIE', 'Anne'];
  for (const names of good) assert.equal(isGivenNames(names), true, names);
  for (const names of bad) assert.equal(isGivenNames(names), false, names);
});

test('a birth date may be lunar but has its ten characters', () => {
  for (const date of ['1979-03-28', '1950-00-00', '1950-13-40']) assert.equal(isBirthDate(date), true, date);
  for (const date of ['28-03-1979', '1979-3-28', '1981 - 01 - 01', '19790328', '1979-03-28\n', '']) {
    assert.equal(isBirthDate(date), false, date);
  }
});

test('a place is a commune, Corsica included, or a country', () => {
  for (const cog of ['63220', '2A020', '2B020', '99327', '97105']) assert.equal(isCog(cog), true, cog);
  for (const cog of ['6322', '632200', '2C020', '2a020', 'PARIS', '']) assert.equal(isCog(cog), false, cog);
});
