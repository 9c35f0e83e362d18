/** Says what a door has seen. No statement, no wait: counted in memory, written a little later. */
import type { UseCaseContext } from '../queue/context.ts';
import type { Observation } from '../store/observed.ts';

export function observe({ observer, now }: Pick<UseCaseContext, 'observer' | 'now'>, seen: Observation): void {
  observer?.see(seen, now());
}
