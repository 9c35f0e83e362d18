import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearingWords, birthDateVariants, letters, nameWords, phoneticKey } from './name-keys.ts';

test('names that French says alike have one phonetic key', () => {
  const alike = [
    ['ROUSSEAU', 'ROUSSAUD', 'ROUSSAUX', 'ROUSSEAUX', 'ROUSSO'],
    ['THIBAULT', 'TIBAUD', 'THIBAUD', 'TIBAUT'],
    ['PHILIPPE', 'FILIPE', 'PHILIPE'],
    ['LEFÈVRE', 'LEFEVRE', 'LE FEVRE'],
    ['GAUTHIER', 'GAUTIER', 'GOTIER'],
    ['MARTINEAU', 'MARTINOT', 'MARTINAUD'],
    ['LECOMTE', 'LE COMTE'],
    ['CATHERINE', 'KATERINE', 'CATERINE'],
    ['NICOLAS', 'NIKOLA', 'NICOLA'],
    ['SCHMITT', 'SHMIT'],
    ['HENRY', 'ENRI'],
    ['YVES', 'IVES'],
  ];
  for (const names of alike) assert.equal(new Set(names.map(phoneticKey)).size, 1, names.map(phoneticKey).join(' '));
});

test('names that differ to the ear keep apart', () => {
  for (const [one = '', other = ''] of [
    ['MARTIN', 'MORIN'],
    ['DURAND', 'DUPOND'],
    ['LAMBERT', 'LOMBARD'],
    ['PETIT', 'PETRI'],
    ['MARIE', 'MARC'],
  ])
    assert.notEqual(phoneticKey(one), phoneticKey(other), `${one} ${other}`);
});

test('accents, hyphens, apostrophes and particles', () => {
  assert.deepEqual(nameWords("d'Hautefeuille-Né"), ['D', 'HAUTEFEUILLE', 'NE']);
  assert.equal(letters('Le Goff'), letters('LE-GOFF'));
  assert.deepEqual(bearingWords('DE LA TOUR'), ['TOUR']);
  assert.deepEqual(bearingWords('LE'), ['LE'], 'a name is never left without a word');
  assert.equal(phoneticKey(''), '');
});

test('the other ways in which a birth date gets written', () => {
  assert.deepEqual(birthDateVariants('1979-03-28'), [
    '1979-03-28',
    '1979-03-01',
    '1979-01-28',
    '1979-01-01',
    '1979-12-31',
  ]);
  assert.ok(birthDateVariants('1979-03-08').includes('1979-08-03'));
});
