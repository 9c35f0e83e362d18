/** How the simulator behaves where the published facts disagree (ins.md 4.8, check 7). */
import { z } from 'zod';

/**
 * `spec`: an unknown person is CR 01. `live`: as the test platform, fault insi_102 instead. `cnda`: the files of the
 * CNDA with their oddities. `prefix-shuffle` goes with any of them: namespace prefixes and the language of faults
 * change at random from one answer to the next.
 */
const MODES = ['spec', 'live', 'cnda', 'prefix-shuffle'] as const;
export type Mode = (typeof MODES)[number];

export interface Behaviour {
  readonly base: 'spec' | 'live' | 'cnda';
  readonly shuffle: boolean;
}

const modeList = z
  .array(z.enum(MODES))
  .refine(
    (modes) => new Set(modes.filter((mode) => mode !== 'prefix-shuffle')).size <= 1,
    'only one of spec, live, cnda',
  );

/** Body of `POST {control}/mode`: `{ "mode": … }`, or `{ "modes": […] }` for a combination. */
export const modeOrder = z.union([
  z.strictObject({ mode: z.enum(MODES) }).transform((order): readonly Mode[] => [order.mode]),
  z.strictObject({ modes: modeList }).transform((order): readonly Mode[] => order.modes),
]);

/** `spec` where none of the three is named. */
export function behaviourOf(modes: readonly Mode[]): Behaviour {
  return {
    base: modes.find((mode) => mode !== 'prefix-shuffle') ?? 'spec',
    shuffle: modes.includes('prefix-shuffle'),
  };
}
