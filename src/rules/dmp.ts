import type { Rule } from './rule.ts';

/** Rules `TDU-DMP-nnn`. */
export const dmpRules = {} satisfies Record<string, Rule>;
