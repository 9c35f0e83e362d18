/** When two sides say the same of a person, whatever the form in which each of them writes it. */
import { completeDate, parseCivilDate } from '../../ins/civil-date.ts';
import { comparisonForm } from '../../ins/traits.ts';
import type { QualifiedName } from '../cda/nodes.ts';

/** Names are compared without case, accents, hyphens or apostrophes; an absent one equals nothing. */
export function sameName(one: string, other: string): boolean {
  const form = comparisonForm(one);
  return form !== '' && form === comparisonForm(other);
}

/** A lunar date equals its completed form (EXI ID 11 and 12): each side may carry either. `ours`: AAAA-MM-JJ. */
export function sameBirthDate(received: string, ours: string): boolean {
  const completed = completedDate(received, 'AAAAMMJJ');
  return completed !== undefined && completed === completedDate(ours, 'AAAA-MM-JJ');
}

function completedDate(text: string, form: 'AAAAMMJJ' | 'AAAA-MM-JJ'): string | undefined {
  const parsed = parseCivilDate(text, form);
  if (!parsed.ok) return undefined;
  const completed = completeDate(parsed.value);
  return completed.ok ? completed.value.date : parsed.value;
}

/** The name of birth of a CDA. Two of them are none: nobody can tell which one is right. */
export function birthNameOf(names: readonly QualifiedName[]): string {
  const found = names.filter((name) => name.qualifier === 'BR');
  return found.length === 1 ? (found[0]?.value ?? '') : '';
}
