/** Every refusal of the product is complete, unique, in readable French, and in the catalogue. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { allRules, ruleById } from '../../src/rules/catalogue.ts';
import { nirShaped } from './detectors.fixture.ts';

const FOLDER = join(import.meta.dirname, '../../src/rules');
const sentence = z
  .string()
  .min(10)
  .regex(/^[^\s].*[^\s]$/s);
const rule = z.strictObject({
  id: z.string().regex(/^TDU-[A-Z][A-Z0-9]{1,5}-\d{3}$/),
  title: sentence.max(120),
  cause: sentence,
  owner: z.enum([
    'bureau des entrées',
    'identitovigilance',
    'éditeur du logiciel émetteur',
    'éditeur du DPI',
    'exploitation',
    'interopérabilité',
    'médecin auteur',
    'professionnel de santé',
    'CNAM',
    'aucun',
  ]),
  remedy: sentence,
  retry: z.enum(['automatic', 'after-correction', 'never']),
  safeToResend: z.boolean(),
  http: z.int().min(400).max(599),
  hl7: z
    .strictObject({
      ack: z.enum(['AE', 'AR']),
      // Table 0357, and 198 of the CI-SIS.
      err3: z.enum(['100', '101', '102', '103', '104', '198', '200', '201', '202', '203', '204', '205', '206', '207']),
      err5: z.string().optional(),
    })
    .optional(),
  source: z.string().optional(),
});

/** Words of these texts that French writes with an accent. */
const UNACCENTED =
  /\b(deja|meme|identite|etablissement|medecin|numero|donnees?|qualite|verifier|verifiez|recu|recue|envoye|refuse[es]? par|systeme|delai|requete|reponse|etat|etre|apres|tres|premiere|derniere|securite|sante|prenoms?|errone[es]?|caractere|methode|operation impossible a)\b/i;
const MOJIBAKE = /Ã.|Â.|â€|ï¿½|\ufffd|&[a-z]+;|\\u[0-9a-f]{4}/;

describe('The rule catalogue', () => {
  const rules = allRules();
  const texts = rules.flatMap(({ id, title, cause, remedy }) => [title, cause, remedy].map((text) => ({ id, text })));

  test('every rule is complete', () => {
    const faults = rules.flatMap((one) => {
      const read = rule.safeParse(one);
      return read.success ? [] : [`${one.id}: ${z.prettifyError(read.error)}`];
    });
    assert.deepEqual(faults, []);
  });

  test('an identifier names one rule, and is found by it', () => {
    const ids = rules.map(({ id }) => id);
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    );
    for (const one of rules) assert.equal(ruleById(one.id), one);
  });

  test('no rule stands outside the catalogue', async () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    const missing: string[] = [];
    for (const file of files) {
      const exported: Record<string, unknown> = await import(join(FOLDER, file));
      for (const value of Object.values(exported)) {
        if (typeof value !== 'object' || value === null) continue;
        for (const one of Object.values(value))
          if (rule.safeParse(one).success && !rules.includes(one))
            missing.push(`${file} ${JSON.stringify(one).slice(0, 60)}`);
      }
    }
    assert.deepEqual(missing, []);
  });

  test('texts are French, with their accents, composed and correctly encoded', () => {
    const faults = texts.flatMap(({ id, text }) => {
      const plain = text.replace(/«[^»]*»|\([^)]*\)|\b[A-Z_]{3,}\b/g, '');
      const wrong = [
        plain.match(UNACCENTED)?.[0],
        text.match(MOJIBAKE)?.[0],
        text === text.normalize('NFC') ? undefined : 'NFC',
      ];
      return wrong.filter((one) => one !== undefined).map((one) => `${id} « ${one} »: ${text}`);
    });
    assert.deepEqual(faults, []);
    const accented = texts.filter(({ text }) => /[éèêàâùûôîïç]/.test(text));
    assert.ok(accented.length > texts.length / 2);
  });

  test('titles begin with a capital; causes and remedies are sentences', () => {
    const faults = rules.flatMap(({ id, title, cause, remedy }) => [
      ...(/^[A-ZÀ-ÖØ-Þ«]/.test(title) ? [] : [`${id} title begins`]),
      ...(/[.»)]$/.test(cause) ? [] : [`${id} cause`]),
      ...(/[.»)]$/.test(remedy) ? [] : [`${id} remedy`]),
    ]);
    assert.deepEqual(faults, []);
  });

  test('no text holds something shaped like a NIR', () => {
    for (const { id, text } of texts) assert.deepEqual(nirShaped(text), [], id);
  });
});
