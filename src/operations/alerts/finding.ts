/** What a look at the installation finds. */
import type { Rule } from '../../rules/rule.ts';
import type { AlertSeverity } from '../../store/alerts.ts';

export interface Finding {
  readonly rule: Rule;
  /** What it is about, in French, the same at each look: with the rule it makes the alert. Never a patient. */
  readonly subject: string;
  readonly severity: AlertSeverity;
  /** French; may change from one look to the next. */
  readonly detail: string;
  readonly eg?: string;
  /** A change of it is told again, once for each. */
  readonly step?: string;
}

export interface Observation {
  readonly findings: readonly Finding[];
  /** Rules that this look says nothing of yet: their alerts stay as they are. */
  readonly undetermined: readonly Rule[];
}

export const CHAIN_NAMES = { ledger: 'Registre des preuves', audit: 'Journal des accès' } as const;

const MINUTE_MS = 60_000;

export function minutesBefore(now: Date, minutes: number): Date {
  return new Date(now.getTime() - minutes * MINUTE_MS);
}

/** `12 minutes`, `3 heures`, `9 jours`. */
export function lasting(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE_MS));
  if (minutes < 120) return `${minutes} minute${minutes > 1 ? 's' : ''}`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} heures` : `${Math.round(hours / 24)} jours`;
}
