import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasker } from './mask.ts';

const masker = createMasker({
  names: ['ŒILLET-GARCÍA', 'Zoé Aïda', 'LI'],
  birthDates: ['19790328'],
  numbers: ['279035121518989', 'IPP-4512', '63220'],
  phones: ['06 12 34 56 78'],
  places: ['12 rue des Églantines', 'Saint-Étienne', 'zoe@exemple.fr'],
});

describe('The masker', () => {
  for (const text of [
    'ŒILLET-GARCÍA',
    'oeillet garcia',
    'Œillet',
    'GARCI\u0301A',
    'zoé',
    'ZOE^AIDA',
    'AÏDA',
    'AÃ¯DA',
    'ＧＡＲＣＩＡ',
    'Li',
    '1979-03-28',
    '19790328',
    '28/03/1979',
    '28.3.1979',
    '28/03/79',
    '28 mars 1979',
    '28031979',
    '279035121518989',
    '2790351215189',
    '2 79 03 51 215 189 89',
    'ipp-4512',
    '63220',
    '0612345678',
    '+33 6 12 34 56 78',
    '06.12.34.56.78',
    '12 RUE DES EGLANTINES',
    'églantines',
    'SAINT ETIENNE',
    'ZOE@EXEMPLE.FR',
  ])
    it(`leaves nothing of « ${text} »`, () => {
      const shown = masker.text(`refus (${text}) du lot`);
      assert.match(shown, /^refus \([^)]*\[(?:masqué|matricule)\][^)]*\) du lot$/);
      const left = shown.replace(/\[(?:masqué|matricule)\]/g, '').slice('refus ('.length, -') du lot'.length);
      assert.doesNotMatch(left, /[\p{L}]{4}|\d{3}/u, shown);
    });

  it('keeps what is not of the patient, to the letter', () => {
    const said =
      'XDSRegistryMetadataError : la publication 1.2.250.1.213.1.4.10 de l’élève réalisée le 2026-11-23 (19790327)';
    assert.equal(masker.text(said), said);
  });

  it('hides what is shaped like a matricule in a text, and keeps a time of 13 digits in an identifier', () => {
    assert.equal(masker.text('184127645108946'), '[matricule]');
    assert.equal(masker.identifier('1764000000000'), '1764000000000');
    assert.equal(masker.identifier('DOC-279035121518989'), 'DOC-[masqué]');
  });

  it('without any trait changes nothing but matricules', () => {
    const none = createMasker({ names: [], birthDates: [], numbers: [], phones: [], places: [] });
    assert.equal(none.text('GARCIA 184127645108946'), 'GARCIA [matricule]');
  });
});
