import type { Rule } from './rule.ts';

/** Rules `TDU-HL7-nnn`. */
export const hl7Rules = {} satisfies Record<string, Rule>;
