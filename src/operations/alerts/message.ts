/** What an alert says, as a mail and as JSON. No patient data: rules, subjects and counts only. */

import { ruleById } from '../../rules/catalogue.ts';
import type { NoticeEvent } from '../../store/alert-notices.ts';
import type { AlertRecord } from '../../store/alerts.ts';

export interface AlertMessage {
  /** Stable for an event and a recipient: a message that was delivered twice can be recognised. */
  readonly id: string;
  readonly event: NoticeEvent | 'test';
  readonly alert: Pick<AlertRecord, 'ruleId' | 'subject' | 'severity' | 'detail' | 'eg' | 'startedAt' | 'endedAt'>;
  readonly installation: string;
  readonly at: Date;
}

const EVENTS = { start: 'Alerte', reminder: 'Rappel', end: "Fin d'alerte", test: 'Essai' } as const;
const SEVERITIES = { warning: 'à surveiller', critical: 'urgent' } as const;

const PARIS = new Intl.DateTimeFormat('fr-FR', { timeZone: 'Europe/Paris', dateStyle: 'short', timeStyle: 'medium' });

/** A mail is read by people, at night: the hour of their clock, as in the console. The JSON keeps that of machines. */
function frenchTime(at: Date): string {
  return `${PARIS.format(at)} (heure de Paris)`;
}

export function mailOf({ event, alert, installation }: AlertMessage): { subject: string; text: string } {
  const rule = ruleById(alert.ruleId);
  const title = rule?.title ?? alert.ruleId;
  const lines = [
    `${EVENTS[event]} : ${title}`,
    '',
    `Sujet : ${alert.subject}`,
    ...(alert.detail === null ? [] : [`Constat : ${alert.detail}`]),
    `Gravité : ${SEVERITIES[alert.severity]}`,
    ...(alert.eg === null ? [] : [`Établissement : ${alert.eg}`]),
    `Début : ${frenchTime(alert.startedAt)}`,
    ...(alert.endedAt === null ? [] : [`Fin : ${frenchTime(alert.endedAt)}`]),
    '',
    ...(rule === undefined || event === 'end'
      ? []
      : [`Cause : ${rule.cause}`, `Qui agit : ${rule.owner}`, `Que faire : ${rule.remedy}`, '']),
    `Règle ${alert.ruleId} · installation ${installation}`,
  ];
  return { subject: `[Trait d'Union] ${EVENTS[event]} : ${title} · ${alert.subject}`, text: lines.join('\n') };
}

export function jsonOf({ id, event, alert, installation, at }: AlertMessage): object {
  const rule = ruleById(alert.ruleId);
  return {
    id,
    event,
    installation,
    sentAt: at.toISOString(),
    alert: {
      rule: alert.ruleId,
      title: rule?.title ?? alert.ruleId,
      cause: rule?.cause ?? null,
      owner: rule?.owner ?? null,
      remedy: rule?.remedy ?? null,
      severity: alert.severity,
      subject: alert.subject,
      detail: alert.detail,
      establishment: alert.eg,
      startedAt: alert.startedAt.toISOString(),
      endedAt: alert.endedAt?.toISOString() ?? null,
    },
  };
}
