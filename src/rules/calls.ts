/** Whom to call, in this order, when what a rule says lies beyond the gateway and beyond the hospital's own staff. */
import type { Owner, Rule } from './rule.ts';

/** `vendor`: whoever maintains the sending software; `gie`: GIE SESAM-Vitale; `operator`: the MSSanté operator. */
export type Party = 'vendor' | 'gie' | 'operator';

/** What the hospital settles by itself: calling anybody else would lose time. */
const INSIDE: readonly Owner[] = [
  'bureau des entrées',
  'identitovigilance',
  'médecin auteur',
  'professionnel de santé',
];
const VENDORS: readonly Owner[] = ['éditeur du logiciel émetteur', 'éditeur du DPI'];
/** DMP and INSi: the national services that GIE SESAM-Vitale supports. */
const NATIONAL = /^TDU-(?:DMP|INSI)-/;
const MAIL = /^TDU-MSS-/;

/** Nobody, where the rule is settled inside. */
export function callsFor(rule: Pick<Rule, 'id' | 'owner'>): readonly Party[] {
  if (INSIDE.includes(rule.owner)) return [];
  if (NATIONAL.test(rule.id)) return ['vendor', 'gie'];
  if (VENDORS.includes(rule.owner)) return ['vendor'];
  return MAIL.test(rule.id) ? ['operator'] : [];
}
