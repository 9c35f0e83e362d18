import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityRules } from './identity.ts';
import { insiRules } from './insi.ts';
import type { Rule } from './rule.ts';

const AREAS: readonly [string, Readonly<Record<string, Rule>>][] = [
  ['TDU-ID-', identityRules],
  ['TDU-INSI-', insiRules],
];

for (const [prefix, rules] of AREAS)
  test(`${prefix}nnn: stable unique ids and complete French sentences`, () => {
    const ids = Object.values(rules).map((rule) => rule.id);
    assert.equal(new Set(ids).size, ids.length);
    for (const [name, rule] of Object.entries(rules)) {
      assert.match(rule.id, new RegExp(`^${prefix}\\d{3}$`), name);
      assert.match(rule.title, /^\p{Lu}.*[^.]$/u, `${name}: ${rule.title}`);
      for (const text of [rule.cause, rule.remedy]) assert.match(text, /^\p{Lu}.*[.)]$/u, `${name}: ${text}`);
      assert.doesNotMatch(rule.cause + rule.remedy + rule.title, /\d{13}/, name);
      assert.ok(rule.http >= 400 && rule.http <= 599, name);
    }
  });

test('what INSi retries alone asks nothing of a person, and the reverse', () => {
  for (const [name, rule] of Object.entries(insiRules)) {
    const automatic = /relancé automatiquement/.test(rule.remedy);
    assert.equal(rule.retry === 'automatic', automatic, name);
  }
});
