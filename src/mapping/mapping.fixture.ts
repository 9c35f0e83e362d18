/** A qualified patient, a row of the mappings, and what left for the DMP. */
import assert from 'node:assert/strict';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { readCdaHeader } from '../wire/cda/header.ts';
import { type MappingActor, saveMapping, type TypedMapping } from './desk.ts';

export const CLAIRE: MappingActor = { name: 'user:claire', role: 'interop', eg: null };
export const SOURCE = 'source:DPI|CH-DEMO';
export const LOCAL_TYPE = { code: 'CRH', label: 'CR hospitalier' };
export const AUTHOR = { rpps: '01234567897', family: 'MARTIN', given: 'CLAIRE', specialty: 'G15_10/SM26' };

export async function qualifiedBench(...parts: Parameters<typeof openBench>): Promise<UseCaseBench> {
  const bench = await openBench(...parts);
  await bench.admit();
  await bench.settle();
  return bench;
}

export function rowOf(parts: Partial<TypedMapping> & Pick<TypedMapping, 'target'>): TypedMapping {
  return { kind: 'types', scope: SOURCE, localValue: 'CRH', ...parts };
}

export async function save(
  bench: UseCaseBench,
  parts: Partial<TypedMapping> & Pick<TypedMapping, 'target'>,
  actor = CLAIRE,
) {
  const saved = await saveMapping(bench.context, rowOf(parts), actor);
  assert.ok(saved.ok, saved.ok ? '' : `${saved.refusal.rule.id} ${saved.refusal.detail}`);
  return saved.value;
}

export async function stateOf(bench: UseCaseBench): Promise<[string, string | null]> {
  const { state, ruleId } = await bench.document();
  return [state, ruleId];
}

/** What the DMP was sent last, read from its CDA. */
export function sentCda(bench: UseCaseBench) {
  const bytes = bench.dmp.submitted.at(-1)?.documents[0]?.bytes;
  assert.ok(bytes);
  const header = readCdaHeader(Buffer.from(bytes));
  assert.ok(header.ok);
  return header.value;
}

/** The author by a number of the house, wherever the sample names it. */
export const localAuthor = (text: string) => text.replaceAll('801234567897^MARTIN^CLAIRE', 'DR12^DURAND^Aliçe');
