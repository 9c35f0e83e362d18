/** The period and the establishment that a page of figures is asked for, in its address. */
import { establishmentChoices } from './establishments.ts';
import { nextDay, parisDay } from './period.ts';
import type { Visit } from './visit.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;

export interface AskedPeriod {
  readonly from: Date;
  /** Excluded. */
  readonly to: Date;
  /** FINESS of the one that is asked for; null for all that this person sees. */
  readonly eg: string | null;
}

/** Undefined for a period that is none, is longer than a year, or an establishment that is not this person's. */
export function askedPeriod(
  { query, actor, now, gateway }: Visit,
  { byDefaultDays }: { readonly byDefaultDays: number },
): AskedPeriod | undefined {
  const last = query('au') === '' ? now : parisDay(query('au'));
  const to = last && nextDay(last);
  const from = query('du') === '' ? to && new Date(to.getTime() - byDefaultDays * DAY_MS) : parisDay(query('du'));
  const eg = query('etablissement');
  const known = eg === '' || establishmentChoices(gateway.config, actor.eg).some(({ value }) => value === eg);
  if (from === undefined || to === undefined || !known) return undefined;
  if (to <= from || to.getTime() - from.getTime() > MOST_DAYS * DAY_MS) return undefined;
  return { from, to, eg: eg === '' ? actor.eg : eg };
}
