/**
 * Who may call which transaction (dmp.md 1.6, sheets F526 v1.8 and F606 v1.3). The matrix is informative and the server
 * stays the authority; knowing it here says no in plain words before anything leaves.
 */
import { dmpRules } from '../../rules/dmp.ts';
import type { Refusal } from '../../rules/rule.ts';
import { type Acting, modeOf } from '../vihf/acting.ts';

export type Transaction =
  | 'TD0.2'
  | 'TD0.3'
  | 'TD0.4'
  | 'TD0.5'
  | 'TD1.3a'
  | 'TD1.6'
  | 'TD2.1'
  | 'TD3.1a'
  | 'TD3.1b'
  | 'TD3.2'
  | 'TD3.3a'
  | 'TD3.3b'
  | 'TD3.3c'
  | 'TD3.3d';

/** Columns of the matrix. A professional in training counts as one. */
type Caller = 'indirect' | 'reinforced-professional' | 'reinforced-staff' | 'direct';

type Permission =
  | 'yes'
  | 'no'
  /** Not for emergency access nor regulation. */
  | 'normal'
  /** Medical regulation only. */
  | 'regulation';

const MATRIX: Readonly<Record<Transaction, Readonly<Record<Caller, Permission>>>> = {
  'TD0.2': row('yes', 'yes', 'yes', 'yes'),
  'TD0.3': row('no', 'normal', 'yes', 'yes'),
  'TD0.4': row('yes', 'yes', 'yes', 'yes'),
  'TD0.5': row('regulation', 'regulation', 'no', 'regulation'),
  'TD1.3a': row('yes', 'yes', 'yes', 'yes'),
  'TD1.6': row('no', 'yes', 'no', 'yes'),
  'TD2.1': row('yes', 'no', 'no', 'yes'),
  'TD3.1a': row('no', 'yes', 'no', 'yes'),
  'TD3.1b': row('yes', 'yes', 'yes', 'yes'),
  'TD3.2': row('no', 'yes', 'no', 'yes'),
  'TD3.3a': row('no', 'normal', 'no', 'yes'),
  'TD3.3b': row('no', 'normal', 'no', 'yes'),
  'TD3.3c': row('yes', 'yes', 'yes', 'yes'),
  'TD3.3d': row('no', 'normal', 'no', 'yes'),
};

function row(indirect: Permission, professional: Permission, staff: Permission, direct: Permission) {
  return { indirect, 'reinforced-professional': professional, 'reinforced-staff': staff, direct };
}

/** Professions of health, in exercise (G15) and in training (G16). Anybody else holds a role of 1.2.250.1.213.1.1.4.6. */
const PROFESSIONS = ['1.2.250.1.71.1.2.7', '1.2.250.1.71.1.2.8'];

function callerOf(acting: Acting): Caller {
  const mode = modeOf(acting);
  if (mode === 'INDIRECTE') return 'indirect';
  if (mode === 'DIRECTE') return 'direct';
  return PROFESSIONS.includes(acting.roles?.[0].system ?? '') ? 'reinforced-professional' : 'reinforced-staff';
}

/** What each caller is called in a refusal. */
const CALLERS: Readonly<Record<Caller, string>> = {
  indirect: 'authentification indirecte de l’établissement',
  'reinforced-professional': 'authentification indirecte renforcée d’un professionnel de santé',
  'reinforced-staff': 'authentification indirecte renforcée d’un personnel non professionnel de santé',
  direct: 'authentification directe par carte',
};

/** Why this call would be refused; undefined when the matrix lets it through. */
export function refusalOf(transaction: Transaction, acting: Acting): Refusal | undefined {
  const caller = callerOf(acting);
  const permission = MATRIX[transaction][caller];
  const purpose = acting.purpose?.code ?? 'normal';
  const detail = `${transaction}, ${CALLERS[caller]}`;
  if (permission === 'no') return { rule: dmpRules.notPermitted, detail };
  if (permission === 'normal' && purpose !== 'normal') return { rule: dmpRules.notInThisAccess, detail };
  if (permission === 'regulation' && purpose !== 'centre_15') return { rule: dmpRules.notInThisAccess, detail };
  return rolesRefusal(acting);
}

/** Physicians and pharmacists need their specialty or section too: what the server says first when it misses (dmp.md 2.3). */
const NEED_A_SECOND_ROLE = ['10', '21'];

function rolesRefusal({ roles, session }: Acting): Refusal | undefined {
  if (session !== undefined && session.mode !== 'INDIRECTE' && roles === undefined)
    return { rule: dmpRules.roleMissing };
  const [profession, ...others] = roles ?? [];
  const needed = profession !== undefined && PROFESSIONS.includes(profession.system);
  return needed && NEED_A_SECOND_ROLE.includes(profession.code) && others.length === 0
    ? { rule: dmpRules.roleMissing, detail: `profession ${profession.code}` }
    : undefined;
}
