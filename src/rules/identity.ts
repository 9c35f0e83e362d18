import type { Rule } from './rule.ts';

/** Rules `TDU-ID-nnn`. */
export const identityRules = {} satisfies Record<string, Rule>;
