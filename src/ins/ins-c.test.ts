import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computeInsC, isInsC } from './ins-c.ts';

test('the published vector', () => {
  const seed = { firstGivenName: 'Jean', birthDate: '1950-08-01', nir: '1500815051040' };
  assert.equal(computeInsC(seed), '1541187387477485562488');
});

test('the key of the card, accents, case, hyphens and what follows ten letters change nothing', () => {
  const of = (firstGivenName: string, nir = '2790351215189') =>
    computeInsC({ firstGivenName, birthDate: '1979-03-28', nir });
  assert.equal(of('JEAN-FRANÇOIS'), of('Jean francoise'));
  assert.equal(of('DOMINIQUE', '279035121518989'), of('DOMINIQUE'));
  assert.notEqual(of('DOMINIQUE'), of('DOMINIQUEE'));
});

test('an INS-C is 22 digits with their key', () => {
  assert.equal(isInsC('1541187387477485562488'), true);
  for (const wrong of [
    '1541187387477485562489',
    '154118738747748556248',
    '279035121518989',
    '15411873874774855624A8',
  ]) {
    assert.equal(isInsC(wrong), false, wrong);
  }
});
