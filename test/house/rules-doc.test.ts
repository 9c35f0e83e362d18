import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { allRules } from '../../src/rules/catalogue.ts';
import type { Rule } from '../../src/rules/rule.ts';
import { RULES_DOC, renderRules } from '../../tools/rules-doc.ts';

const RULE: Rule = {
  id: 'TDU-HL7-999',
  title: 'Champ <vide>.',
  cause: 'Une cause.',
  owner: 'exploitation',
  remedy: 'Un remède.',
  retry: 'after-correction',
  safeToResend: true,
  http: 422,
  hl7: { ack: 'AE', err3: '101', err5: '905' },
};

test('the published rule catalogue says what the rules say', () => {
  const published = readFileSync(join(import.meta.dirname, '../..', RULES_DOC), 'utf8');
  assert.equal(published, renderRules(allRules()), 'run: node bin/run.mjs tools/rules-doc.ts');
});

test('a rule shows all that a reader needs, and its text cannot become markup', () => {
  const page = renderRules([RULE]);
  for (const line of [
    '### TDU-HL7-999 : Champ \\<vide\\>',
    '- **Qui agit** : exploitation',
    '- **Comment corriger** : Un remède.',
    '- **Suite** : après correction ; renvoi sans risque : oui',
    '- **Codes** : HTTP 422 · MSA-1 AE · ERR-3 101 · ERR-5 905',
  ])
    assert.ok(page.includes(`${line}\n`), line);
});

test('a rule of an unknown family is not left out in silence', () => {
  assert.throws(() => renderRules([{ ...RULE, id: 'TDU-NEW-001' }]), /TDU-NEW-001/);
});
