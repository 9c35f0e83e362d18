import type { Rule } from './rule.ts';

/** Rules `TDU-SYS-nnn`. */
export const gatewayRules = {} satisfies Record<string, Rule>;
