/** Which transaction is open to which authentication mode (F526 v1.8 and F606 v1.3 matrices). Source: dmp.md 1.6. */
import type { Fault } from './problem.ts';
import type { Caller, Mode } from './vihf-rules.ts';

export type Transaction = 'TD0.2' | 'TD2.1' | 'TD3.1a' | 'TD3.1b' | 'TD3.3c';

const MATRIX: Readonly<Record<Transaction, Readonly<Record<Mode | 'AIR non-PS', boolean>>>> = {
  'TD0.2': { INDIRECTE: true, INDIRECTE_RENFORCEE: true, 'AIR non-PS': true, DIRECTE: true },
  'TD2.1': { INDIRECTE: true, INDIRECTE_RENFORCEE: false, 'AIR non-PS': false, DIRECTE: true },
  'TD3.1a': { INDIRECTE: false, INDIRECTE_RENFORCEE: true, 'AIR non-PS': false, DIRECTE: true },
  'TD3.1b': { INDIRECTE: true, INDIRECTE_RENFORCEE: true, 'AIR non-PS': true, DIRECTE: true },
  'TD3.3c': { INDIRECTE: true, INDIRECTE_RENFORCEE: true, 'AIR non-PS': true, DIRECTE: true },
};

export function rightsFault(transaction: Transaction, caller: Caller): Fault | undefined {
  const column = caller.mode === 'INDIRECTE_RENFORCEE' && !caller.professional ? 'AIR non-PS' : caller.mode;
  if (MATRIX[transaction][column]) return undefined;
  return {
    code: 'Sender',
    reason: `Transaction ${transaction} non ouverte au mode d’authentification ${caller.mode}.`,
  };
}
