import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMatricule, matriculeAlerts, matriculeKey, parseMatricule } from './matricule.ts';
import type { Matricule } from './types.ts';

const GOOD = [
  '297022A02077878',
  '160012B02077713',
  '180032B02040123',
  '109076322083489',
  '209076322083439',
  '209066322012355',
  '109076322088835',
  '275126322074974',
  '110086322083060',
  '236066322083656',
  '101066322075460',
  '181016322075140',
  '279035121518989',
  '277076322082910',
  '274075176079430',
  '260058815400233',
  '277010115400329',
];

/** Published by official test material with a wrong key (ins.md, traps 1 and 2): computed keys beside them. */
const BAD_KEYS: readonly [string, number][] = [
  ['181036322045660', 76],
  ['281036322045610', 26],
  ['276037510669380', 26],
];

function matricule(text: string): Matricule {
  const parsed = parseMatricule(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

test('the published matricules have a valid key and nothing unusual', () => {
  for (const text of GOOD) {
    assert.equal(!matriculeAlerts(matricule(text)).includes('key-mismatch'), true, text);
    assert.deepEqual(matriculeAlerts(matricule(text)), [], text);
  }
});

test('a wrong key raises an alert and is not a refusal', () => {
  for (const [text, key] of BAD_KEYS) {
    assert.equal(matriculeKey(text.slice(0, 13)), key);
    assert.deepEqual(matriculeAlerts(matricule(text)), ['key-mismatch']);
  }
});

test('any single wrong digit is caught by the key', () => {
  for (let i = 0; i < 15; i += 1) {
    const digit = '279035121518989'[i] ?? '';
    const wrong = `279035121518989`.slice(0, i) + ((Number(digit) + 1) % 10) + '279035121518989'.slice(i + 1);
    assert.equal(!matriculeAlerts(matricule(wrong)).includes('key-mismatch'), false, wrong);
  }
});

test('spaces, slash and lower case are accepted on input; display groups round-trip', () => {
  assert.equal(matricule(' 2 97 02 2a 020 778 / 78 '), '297022A02077878');
  assert.equal(formatMatricule(matricule('279035121518989')), '2 79 03 51 215 189 / 89');
  for (const text of GOOD) assert.equal(matricule(formatMatricule(matricule(text))), text);
});

test('other shapes are refused without repeating the number', () => {
  for (const text of [
    '',
    '27903512151898',
    '2790351215189890',
    '279035A21518989',
    '297022C02077878',
    'A79035121518989',
  ]) {
    const parsed = parseMatricule(text);
    assert.ok(!parsed.ok, text);
    assert.equal(parsed.refusal.rule.id, 'TDU-ID-001');
    assert.equal(parsed.refusal.detail, undefined);
  }
});

test('unusual months and first digits are only alerts', () => {
  assert.ok(matriculeAlerts(matricule('979005121518989')).includes('unusual-first-digit'));
  assert.ok(matriculeAlerts(matricule('279005121518989')).includes('unusual-month'));
  assert.ok(!matriculeAlerts(matricule('279205121518989')).includes('unusual-month'));
});
