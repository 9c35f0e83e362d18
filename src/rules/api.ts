import type { Rule } from './rule.ts';

/** Rules `TDU-API-nnn`. */
export const apiRules = {} satisfies Record<string, Rule>;
