/** The accuracy judge: every pair that a reference implementation has judged, judged by us in our worker thread. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { cdaConformance, NO_CONFORMANCE } from '../../src/wire/cda/cda.fixture.ts';
import { createChecker } from '../../src/wire/schematron/isolated-check.ts';
import { type Comparison, compare, type ExpectedDocument } from './compare.ts';
import { findDocuments, findSchema, findSchematrons } from './places.ts';

const folder = cdaConformance();
const checker = createChecker();
after(() => checker.close());

function expectedOf(cda: string): Record<string, ExpectedDocument> {
  return JSON.parse(readFileSync(join(cda, 'expected/validation-expected.json'), 'utf8'));
}

async function compared(cda: string, expected: Record<string, ExpectedDocument>): Promise<Comparison> {
  const names = [...new Set(Object.values(expected).flatMap(({ schematron }) => Object.keys(schematron)))];
  const places = {
    // From the folder above: the entry points are found by their names.
    schematrons: findSchematrons(join(cda, 'ans'), names),
    document: findDocuments(cda),
    schema: findSchema([cda]),
  };
  return compare(expected, places, checker);
}

describe('The conformance engine beside the reference implementation', {
  skip: folder ? false : NO_CONFORMANCE,
}, () => {
  test('fires the same rules and fails the same asserts, and gives every document the same verdict', async () => {
    const expected = expectedOf(folder ?? '');
    const { differences, pairs, equalCounts, documents, equalVerdicts, header } = await compared(
      folder ?? '',
      expected,
    );
    assert.deepEqual(differences, []);
    assert.equal(equalCounts, pairs);
    assert.equal(equalVerdicts, documents);
    assert.ok(pairs >= 140 && documents >= 32, `${pairs} pairs, ${documents} documents`);
    assert.equal(header, 'profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch');
  });

  test('is a judge that can say no: other expectations, documents and schematrons are told', async () => {
    const [[name, document] = ['', undefined]] = Object.entries(expectedOf(folder ?? ''));
    assert.ok(document !== undefined);
    const [[entry, counts] = ['', undefined]] = Object.entries(document.schematron);
    assert.ok(counts !== undefined);
    const planted = {
      [name]: {
        xsdValid: false,
        schematron: { [entry]: { ...counts, firedRules: counts.firedRules + 1 }, 'absent.sch': counts },
      },
      'absent.xml': document,
    };
    const { differences, pairs, equalCounts, documents, equalVerdicts } = await compared(folder ?? '', planted);
    assert.deepEqual([pairs, equalCounts, documents, equalVerdicts], [2, 0, 1, 0]);
    assert.equal(differences.length, 5, differences.join('\n'));
  });
});
