/** The flows that the configuration declares are there from the start, before their first document: people see and move them. */
import type { UseCaseContext } from '../queue/context.ts';
import { insertFlow } from '../store/lanes.ts';
import { flowOf } from './decide.ts';

const WAYS = { V1: 'xds-v1', V2: 'xds-v2' } as const;

/** One statement for each source that declares its migration; nothing is changed of a flow that is known. */
export async function declareFlows(context: UseCaseContext): Promise<void> {
  for (const source of context.config.sources) {
    if (source.migration === undefined) continue;
    const flow = flowOf(source, source.legacy === undefined ? 'hl7' : WAYS[source.legacy.api]);
    await insertFlow(context.pool, flow, { id: context.newUuid(), lane: flow.startsIn, at: context.now() });
  }
}
