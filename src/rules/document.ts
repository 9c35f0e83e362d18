import type { Rule } from './rule.ts';

/** Rules `TDU-DOC-nnn`. */
export const documentRules = {} satisfies Record<string, Rule>;
