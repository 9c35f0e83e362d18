import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adoptInsiTraits } from './insi-traits.ts';
import { comparisonForm, firstGivenNameOf, givenNamesConsistent, isNormalised, normaliseName } from './traits.ts';

test('names are stored in upper case, without diacritics, signs kept', () => {
  const cases: readonly [string, 'family' | 'given', string][] = [
    ['d’Æion', 'family', "D'AEION"],
    ['Cœur', 'given', 'COEUR'],
    ['Ñúñez  García', 'family', 'NUNEZ GARCIA'],
    ['ŠØÐÞŽÇŸ', 'family', 'SODTHZCY'],
    ['Weiß', 'family', 'WEISS'],
    ["D'ARTAGNAN DE L'HERAULT", 'family', "D'ARTAGNAN DE L'HERAULT"],
    ['Durand--Martin', 'family', 'DURAND--MARTIN'],
    ["'T KINT", 'family', "'T KINT"],
    ['Pierre-Alain', 'given', 'PIERRE-ALAIN'],
    ['e\u0301lodie', 'given', 'ELODIE'],
  ];
  for (const [text, kind, expected] of cases)
    assert.deepEqual(normaliseName(text, kind), { ok: true, value: expected }, text);
});

test('what the character set excludes is an error, never dropped', () => {
  const cases: readonly [string, 'family' | 'given', string][] = [
    ['DUPONT 2', 'family', 'TDU-ID-011'],
    ['DUPONT_MARTIN', 'family', 'TDU-ID-011'],
    ['A/B', 'given', 'TDU-ID-011'],
    ['ИВАН', 'given', 'TDU-ID-011'],
    ['', 'family', 'TDU-ID-010'],
    ['   ', 'given', 'TDU-ID-010'],
    ['-DUPONT', 'family', 'TDU-ID-012'],
    ["D' ARTAGNAN", 'family', 'TDU-ID-012'],
    ["D''ARTAGNAN", 'family', 'TDU-ID-012'],
    ['A---B', 'family', 'TDU-ID-012'],
    ["'", 'family', 'TDU-ID-012'],
    ['JEAN--PAUL', 'given', 'TDU-ID-012'],
    ['JEAN-', 'given', 'TDU-ID-012'],
    ["JEAN'", 'given', 'TDU-ID-012'],
    ['A'.repeat(101), 'family', 'TDU-ID-013'],
  ];
  for (const [text, kind, rule] of cases) {
    const result = normaliseName(text, kind);
    assert.equal(result.ok ? 'accepted' : result.refusal.rule.id, rule, text);
  }
  assert.equal(isNormalised('A'.repeat(100), 'family'), true);
  assert.equal(isNormalised('Dupont', 'family'), false);
});

test('comparison ignores case, accents, hyphens and apostrophes', () => {
  assert.equal(comparisonForm('d’Æion--Le Gall'), comparisonForm('D AEION LE-GALL'));
  assert.notEqual(comparisonForm('LEGALL'), comparisonForm('LE GALL'));
});

test('EXI ID 10: the first given name is a prefix of the list, whole name by whole name', () => {
  const list = 'JEAN CHRISTOPHE PIERRE';
  const accepted = ['JEAN', 'JEAN CHRISTOPHE', 'JEAN-CHRISTOPHE', 'JEAN-CHRISTOPHE-PIERRE', 'JEAN CHRISTOPHE-PIERRE'];
  for (const first of accepted) assert.equal(givenNamesConsistent(first, list), true, first);
  for (const first of ['CHRISTOPHE', 'PIERRE', 'JE', '', 'JEAN CHRIS'])
    assert.equal(givenNamesConsistent(first, list), false, first);
  assert.equal(givenNamesConsistent('ADA LOUISE', 'ADA'), false);
});

test('the first given name comes from the list unless a person recorded a compound one', () => {
  assert.equal(firstGivenNameOf('ANNE SOPHIE MARIE'), 'ANNE');
  assert.equal(firstGivenNameOf('ANNE SOPHIE MARIE', 'ANNE SOPHIE'), 'ANNE SOPHIE');
  assert.equal(firstGivenNameOf('ANNE SOPHIE MARIE', 'SOPHIE'), 'ANNE');
});

test('an INSi answer becomes strict traits; a lunar date is completed and flagged', () => {
  const answer = { birthName: 'CORSE', givenNames: 'ANTHONY', sex: 'M', birthDate: '1980-00-00', birthPlace: '2B020' };
  assert.deepEqual(adoptInsiTraits(answer, 'ANTHONY'), {
    ok: true,
    value: {
      traits: {
        birthName: 'CORSE',
        firstGivenName: 'ANTHONY',
        birthGivenNames: 'ANTHONY',
        sex: 'M',
        birthDate: '1980-12-31',
        birthPlace: '2B020',
      },
      dateInterpreted: true,
      dateAsGiven: '1980-00-00',
    },
  });
  const refusals: readonly [object, string | undefined, string][] = [
    [{ givenNames: undefined }, undefined, 'TDU-INSI-021'],
    [{ sex: 'X' }, undefined, 'TDU-INSI-021'],
    [{ birthDate: '1980-13-01' }, undefined, 'TDU-INSI-021'],
    [{ birthName: '' }, undefined, 'TDU-INSI-021'],
    [{}, 'OLA', 'TDU-ID-014'],
  ];
  for (const [change, recorded, rule] of refusals) {
    const adopted = adoptInsiTraits({ ...answer, ...change }, recorded);
    assert.equal(adopted.ok ? 'adopted' : adopted.refusal.rule.id, rule, JSON.stringify(change));
  }
});
