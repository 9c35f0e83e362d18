/** How the simulator behaves where the published facts disagree (ins.md 4.8, check 7). */
import { z } from 'zod';

/**
 * `spec`: an unknown person is CR 01. `live`: as the test platform, fault insi_102 instead. `cnda`: the files of the
 * CNDA with their oddities. `prefix-shuffle` goes with any of them: namespace prefixes and the language of faults
 * change at random from one answer to the next. `verification` goes with any of them too: the platform has the operation
 * verifierInsAvecTraitsIdentite, which the published WSDL does not have.
 */
const MODES = ['spec', 'live', 'cnda', 'prefix-shuffle', 'verification'] as const;
export type Mode = (typeof MODES)[number];

export interface Behaviour {
  readonly base: 'spec' | 'live' | 'cnda';
  readonly shuffle: boolean;
  readonly verification?: boolean;
}

const BASES: readonly Mode[] = ['spec', 'live', 'cnda'];

const modeList = z
  .array(z.enum(MODES))
  .refine((modes) => new Set(modes.filter((mode) => BASES.includes(mode))).size <= 1, 'only one of spec, live, cnda');

/** Body of `POST {control}/mode`: `{ "mode": … }`, or `{ "modes": […] }` for a combination. */
export const modeOrder = z.union([
  z.strictObject({ mode: z.enum(MODES) }).transform((order): readonly Mode[] => [order.mode]),
  z.strictObject({ modes: modeList }).transform((order): readonly Mode[] => order.modes),
]);

/** `spec` where none of the three is named. */
export function behaviourOf(modes: readonly Mode[]): Behaviour {
  return {
    base: (['live', 'cnda'] as const).find((mode) => modes.includes(mode)) ?? 'spec',
    shuffle: modes.includes('prefix-shuffle'),
    verification: modes.includes('verification'),
  };
}
