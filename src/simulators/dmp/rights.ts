/**
 * Which transaction is open to whom: authentication mode, role and mode of access (F526 v1.8 and F606 v1.3). The server
 * enforces it; whose documents a caller may touch is in access.ts. Source: dmp.md 1.6.
 */
import type { Fault } from './problem.ts';
import type { Caller } from './vihf-rules.ts';

const COLUMNS = ['INDIRECTE', 'AIR PS', 'AIR non PS', 'DIRECTE', 'DIRECTE CPE'] as const;
export type Column = (typeof COLUMNS)[number];

/** `normal`: in normal access only. `regulation`: by the SAMU only (centre_15). */
export type Right = 'yes' | 'no' | 'normal' | 'regulation';

/**
 * The column of the CPE card is not in what we could read: it has what the same staff has in AIR, and TD2.2, which exists
 * for it (dmp.md 1.1).
 */
const RIGHTS = {
  // Before the INSi teleservice, whoever could call (dmp.md 1.4).
  'TD0.0': row('yes', 'yes', 'yes', 'yes', 'yes'),
  'TD0.2': row('yes', 'yes', 'yes', 'yes', 'yes'),
  'TD0.3': row('no', 'normal', 'yes', 'yes', 'yes'),
  'TD0.4': row('yes', 'yes', 'yes', 'yes', 'yes'),
  'TD0.5': row('regulation', 'regulation', 'no', 'regulation', 'no'),
  'TD1.3a': row('yes', 'yes', 'yes', 'yes', 'yes'),
  'TD1.6': row('no', 'yes', 'no', 'yes', 'no'),
  'TD2.1': row('yes', 'no', 'no', 'yes', 'no'),
  'TD2.2': row('no', 'no', 'no', 'no', 'yes'),
  'TD3.1a': row('no', 'yes', 'no', 'yes', 'no'),
  'TD3.1b': row('yes', 'yes', 'yes', 'yes', 'yes'),
  'TD3.2': row('no', 'yes', 'no', 'yes', 'no'),
  'TD3.3a': row('no', 'normal', 'no', 'yes', 'no'),
  'TD3.3b': row('no', 'normal', 'no', 'yes', 'no'),
  'TD3.3c': row('yes', 'yes', 'yes', 'yes', 'yes'),
  'TD3.3d': row('no', 'normal', 'no', 'yes', 'no'),
} as const satisfies Readonly<Record<string, Readonly<Record<Column, Right>>>>;

export type Transaction = keyof typeof RIGHTS;
export const TRANSACTIONS = Object.keys(RIGHTS) as readonly Transaction[];

function row(...cells: [Right, Right, Right, Right, Right]): Readonly<Record<Column, Right>> {
  const [indirect, professional, staff, direct, employee] = cells;
  return {
    INDIRECTE: indirect,
    'AIR PS': professional,
    'AIR non PS': staff,
    DIRECTE: direct,
    'DIRECTE CPE': employee,
  };
}

export function columnOf({ mode, professional }: Caller): Column {
  if (mode === 'INDIRECTE') return mode;
  if (mode === 'DIRECTE') return professional ? 'DIRECTE' : 'DIRECTE CPE';
  return professional ? 'AIR PS' : 'AIR non PS';
}

export function rightsFault(transaction: Transaction, caller: Caller): Fault | undefined {
  const right: Right = RIGHTS[transaction][columnOf(caller)];
  const open =
    right === 'yes' ||
    (right === 'normal' && caller.purpose === 'normal') ||
    (right === 'regulation' && caller.purpose === 'centre_15');
  if (open) return undefined;
  const access = right === 'no' ? '' : `, ni à l’accès ${caller.purpose}`;
  const staff = caller.professional ? '' : ' d’un non-professionnel de santé';
  return {
    code: 'Sender',
    reason: `Transaction ${transaction} non ouverte au mode d’authentification ${caller.mode}${staff}${access}.`,
  };
}
