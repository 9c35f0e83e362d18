import type { Rule } from './rule.ts';

/** Rules `TDU-INSI-nnn`. */
export const insiRules = {} satisfies Record<string, Rule>;
