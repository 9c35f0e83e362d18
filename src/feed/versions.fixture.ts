/** Versions of a document for PAT-TROIS, qualified, before the strict DMP. */
import type { TestContext } from 'node:test';
import { type StrictDmp, useStrictDmp } from '../../test/support/strict-dmp.ts';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import { many } from '../store/db.ts';

export interface Bench extends UseCaseBench {
  readonly strict: StrictDmp;
}

export async function open(t: TestContext, dmp: Partial<NonNullable<ConfigInput['dmp']>> = {}): Promise<Bench> {
  const bench = await openBench(t, (config) => ({ ...config, ...(config.dmp && { dmp: { ...config.dmp, ...dmp } }) }));
  const strict = await useStrictDmp(t, bench);
  await bench.admit();
  await bench.run('insi', 'release');
  return { ...bench, strict };
}

/** Every document, oldest first: action, state, rule. */
export async function states(bench: UseCaseBench): Promise<string[]> {
  const rows = await many<{ action: string; state: string; ruleId: string | null }>(
    bench.context.pool,
    'select action, state, rule_id as "ruleId" from document order by message_id',
  );
  return rows.map(({ action, state, ruleId }) => [action, state, ...(ruleId === null ? [] : [ruleId])].join(' '));
}

/** What the DMP holds, signatures apart: uniqueId and status, oldest first. */
export function held({ strict: { holdings } }: Bench): string[] {
  return holdings
    .documents()
    .filter(({ kind }) => kind === 'document')
    .map((document) => `${document.versionNumber ?? '?'} ${holdings.statusOf(document)}`);
}

/** The business answers: Y, or N with its rule. In no order: they are given at one instant here. */
export async function answers(bench: UseCaseBench): Promise<string[]> {
  const given = (await bench.answers()).map((er7) => {
    const [, yes = ''] = /ACK_RECEPTION_DMP[^|]*\|[^|]*\|([YN])\^/.exec(er7) ?? [];
    return [yes, ...(/TDU-[A-Z]+-\d+/.exec(er7) ?? [])].join(' ');
  });
  return given.sort();
}

export const V1 = { number: 'L-1' } as const;
export const V2 = { kind: 'replace', number: 'L-2', parent: 'L-1', content: Buffer.from('Version deux\n') } as const;
export const del = (number: string) => ({ kind: 'delete', number, content: Buffer.from('sans objet\n') }) as const;
