/**
 * `npm run conformance -- --schematrons DIR --documents DIR --expected FILE [--xsd FILE] [--json]`: our engine beside the
 * results of a reference one, file by schematron.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createChecker } from '../../src/wire/schematron/isolated-check.ts';
import { conformanceDir } from '../../test/support/tools.ts';
import { compare, medianOf } from './compare.ts';
import { findDocuments, findSchema, findSchematrons } from './places.ts';

const { values } = parseArgs({
  options: {
    schematrons: { type: 'string' },
    documents: { type: 'string' },
    expected: { type: 'string' },
    xsd: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const USAGE = 'usage: npm run conformance -- --schematrons DIR --documents DIR --expected FILE [--xsd FILE] [--json]';
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const shared = conformanceDir();
const given = {
  schematrons: values.schematrons ?? (shared && join(shared, 'cda/ans/schematrons')),
  documents: values.documents ?? (shared && join(shared, 'cda')),
  expected: values.expected ?? (shared && join(shared, 'cda/expected/validation-expected.json')),
};
const { schematrons, documents, expected } = given;
if (schematrons === undefined || documents === undefined || expected === undefined) throw new Error(USAGE);

const count = z.number().int().min(0);
const expectedSchema = z.record(
  z.string(),
  z.object({
    xsdValid: z.boolean(),
    schematron: z.record(z.string(), z.object({ firedRules: count, failedAsserts: count })),
  }),
);
const results = expectedSchema.parse(JSON.parse(readFileSync(expected, 'utf8')));
const names = [...new Set(Object.values(results).flatMap(({ schematron }) => Object.keys(schematron)))];
const places = {
  schematrons: findSchematrons(schematrons, names),
  document: findDocuments(documents),
  schema:
    values.xsd ?? findSchema([schematrons, documents, dirname(expected), ...(shared === undefined ? [] : [shared])]),
};
const checker = createChecker();
const comparison = await compare(results, places, checker);
const { differences, header, pairs, equalCounts, documents: compared, equalVerdicts } = comparison;
const medianMs = header === undefined ? 0 : await medianOf(header, comparison, places.schematrons, checker);
await checker.close();

for (const difference of differences) console.log(difference);
console.log(
  `${equalCounts}/${pairs} couples et ${equalVerdicts}/${compared} verdicts identiques ; ${header ?? 'en-tête'} : ${medianMs} ms`,
);
if (values.json) console.log(JSON.stringify({ pairs, equalCounts, documents: compared, equalVerdicts, medianMs }));
process.exitCode = differences.length === 0 ? 0 : 1;
