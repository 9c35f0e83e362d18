/** Our verdicts beside the expected ones, in the worker thread that the gateway uses. */
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { EntryReport, RulePack, SchemaFault } from '../../src/wire/schematron/check.ts';
import type { Checker } from '../../src/wire/schematron/isolated-check.ts';
import type { Schematrons } from './places.ts';

export interface ExpectedDocument {
  readonly xsdValid: boolean;
  readonly schematron: Readonly<Record<string, { readonly firedRules: number; readonly failedAsserts: number }>>;
}

export interface Places {
  readonly schematrons: Schematrons;
  readonly document: (name: string) => string | undefined;
  readonly schema: string | undefined;
}

export interface Comparison {
  /** File × schematron. */
  readonly pairs: number;
  readonly equalCounts: number;
  readonly documents: number;
  readonly equalVerdicts: number;
  /** What differs or is missing, one line each. */
  readonly differences: readonly string[];
  /** Which schematron is the header check. */
  readonly header: string | undefined;
  readonly seen: readonly { readonly bytes: Buffer }[];
}

/** All that was found out of one document. */
interface Seen {
  readonly name: string;
  readonly bytes: Buffer;
  readonly expected: ExpectedDocument;
  schema?: readonly SchemaFault[];
  readonly reports: Map<string, EntryReport>;
}

export async function compare(
  expected: Readonly<Record<string, ExpectedDocument>>,
  places: Places,
  checker: Checker,
): Promise<Comparison> {
  const differences: string[] = [];
  const seen: Seen[] = [];
  for (const [name, of] of Object.entries(expected)) {
    const file = places.document(name);
    if (file === undefined) differences.push(`${name} : document absent`);
    else seen.push({ name, bytes: readFileSync(file), expected: of, reports: new Map() });
  }
  if (places.schema === undefined) differences.push('schéma CDA_extended.xsd absent : verdicts sans lui');
  else await checkSchemas(seen, places.schema, checker, differences);
  const names = [...new Set(seen.flatMap((one) => Object.keys(one.expected.schematron)))];
  // One schematron after the other: a thread keeps few of them.
  for (const name of names) await checkEntry(seen, name, places.schematrons, checker, differences);
  const pairs = seen.flatMap((one) => Object.entries(one.expected.schematron).map(([name, of]) => ({ one, name, of })));
  const different = pairs.filter(({ one, name, of }) => {
    const ours = one.reports.get(name);
    if (ours?.firedRules === of.firedRules && ours.failedAsserts === of.failedAsserts) return false;
    differences.push(
      `${one.name} × ${name} : ${ours?.firedRules ?? '?'} règles et ${ours?.failedAsserts ?? '?'} échecs, attendu ${of.firedRules} et ${of.failedAsserts}`,
    );
    return true;
  });
  const otherVerdicts = seen.filter((one) => {
    if (verdictOf(one) === expectedVerdict(one)) return false;
    differences.push(`${one.name} : verdict ${verdictOf(one) ?? 'absent'}, attendu ${expectedVerdict(one)}`);
    return true;
  });
  return {
    pairs: pairs.length,
    equalCounts: pairs.length - different.length,
    documents: seen.length,
    equalVerdicts: seen.length - otherVerdicts.length,
    differences,
    header: headerOf(names, seen),
    seen,
  };
}

async function checkSchemas(seen: readonly Seen[], schema: string, checker: Checker, differences: string[]) {
  const pack: RulePack = { folder: dirname(schema), hash: '', entries: [], xsd: basename(schema) };
  for (const one of seen) {
    const verdict = await checker.check(pack, one.bytes);
    if (verdict.kind === 'judged' && verdict.schema !== undefined) one.schema = verdict.schema;
    else differences.push(`${one.name} : schéma XML non vérifié (${verdict.kind})`);
  }
}

async function checkEntry(
  seen: readonly Seen[],
  name: string,
  schematrons: Schematrons,
  checker: Checker,
  differences: string[],
): Promise<void> {
  const pack = packOf(name, schematrons);
  if (pack === undefined) {
    differences.push(`${name} : schématron absent`);
    return;
  }
  for (const one of seen.filter(({ expected }) => name in expected.schematron)) {
    const verdict = await checker.check(pack, one.bytes);
    const report = verdict.kind === 'judged' ? verdict.schematrons[0] : undefined;
    if (report === undefined) {
      differences.push(`${one.name} × ${name} : ${verdict.kind} ${'why' in verdict ? verdict.why : ''}`);
      continue;
    }
    one.reports.set(name, report);
    for (const fault of report.faults) differences.push(`${one.name} × ${name} : expression non évaluée, ${fault}`);
  }
}

function packOf(name: string, { root, entry }: Schematrons): RulePack | undefined {
  const path = entry(name);
  return path === undefined ? undefined : { folder: root, hash: '', entries: [{ path, templates: [] }] };
}

function verdictOf({ schema, reports, expected }: Seen): boolean | undefined {
  const all = Object.keys(expected.schematron).map((name) => reports.get(name));
  if (all.some((report) => report === undefined)) return undefined;
  return (schema ?? []).length === 0 && all.every((report) => report?.failedAsserts === 0);
}

function expectedVerdict({ expected: { xsdValid, schematron } }: Seen): boolean {
  return xsdValid && Object.values(schematron).every(({ failedAsserts }) => failedAsserts === 0);
}

/** Structuration minimale by its name; else the schematron that looks at most of every document. */
function headerOf(names: readonly string[], seen: readonly Seen[]): string | undefined {
  const fired = (name: string): number =>
    seen.reduce((sum, { reports }) => sum + (reports.get(name)?.firedRules ?? 0), 0);
  return names.find((name) => /struc\w*[-_ ]?min/i.test(name)) ?? [...names].sort((a, b) => fired(b) - fired(a))[0];
}

/**
 * Median time of one schematron over documents, milliseconds: from the thread being given the document to its answer. A first
 * round warms the thread, and is not counted.
 */
export async function medianOf(
  name: string,
  { seen }: Comparison,
  schematrons: Schematrons,
  checker: Checker,
): Promise<number> {
  const pack = packOf(name, schematrons);
  if (pack === undefined) return 0;
  const times: number[] = [];
  for (const counted of [false, true])
    for (const { bytes } of seen) {
      const start = performance.now();
      await checker.check(pack, bytes);
      if (counted) times.push(performance.now() - start);
    }
  times.sort((a, b) => a - b);
  return Math.round((times[Math.floor(times.length / 2)] ?? 0) * 10) / 10;
}
