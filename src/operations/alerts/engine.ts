/** What is found becomes alerts: each starts once and ends once, whatever the number of processes and restarts. */
import type { AlertsConfig, Severity } from '../../config/operations-schema.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { addTask } from '../../queue/tasks.ts';
import { insertNotice, type NoticeChannel, type NoticeEvent } from '../../store/alert-notices.ts';
import {
  type AlertRecord,
  confirmAlert,
  endAlert,
  forsakenAlerts,
  insertAlert,
  lockScope,
  markClear,
  openAlerts,
} from '../../store/alerts.ts';
import { type Db, transaction } from '../../store/db.ts';
import type { Finding, Observation } from './finding.ts';

/** A machine that has not looked for so long is gone: its alerts end. */
const FORSAKEN_MS = 24 * 3_600_000;

export const SHARED_SCOPE = 'installation';

export function machineScope(machine: string): string {
  return `machine:${machine}`;
}

/** Looks and settles, unless another process does so for this scope at this moment. */
export async function settleScope(
  context: UseCaseContext,
  scope: string,
  look: () => Promise<Observation>,
): Promise<void> {
  await transaction(context.pool, async (tx) => {
    if (!(await lockScope(tx, scope))) return;
    const { findings, undetermined } = await look();
    const open = await openAlerts(tx, scope);
    const untold = new Set(open);
    for (const finding of findings) {
      const known = open.find(({ ruleId, subject }) => ruleId === finding.rule.id && subject === finding.subject);
      if (known === undefined) await start(tx, context, scope, finding);
      else {
        untold.delete(known);
        await confirm(tx, context, known, finding);
      }
    }
    for (const alert of untold)
      if (!undetermined.some(({ id }) => id === alert.ruleId)) await clear(tx, context, alert);
    if (scope === SHARED_SCOPE) await endForsaken(tx, context);
  });
}

async function start(tx: Db, context: UseCaseContext, scope: string, finding: Finding): Promise<void> {
  const { rule, subject, severity, detail } = finding;
  const eg = finding.eg ?? null;
  const id = await insertAlert(tx, {
    ruleId: rule.id,
    subject,
    scope,
    eg,
    severity,
    detail,
    step: finding.step ?? null,
    startedAt: context.now(),
    endedAt: null,
  });
  if (id !== undefined) await owe(tx, context, { id, severity, eg, step: finding.step ?? null }, 'start');
}

async function confirm(tx: Db, context: UseCaseContext, alert: AlertRecord, finding: Finding): Promise<void> {
  const step = finding.step ?? null;
  const { severity, detail } = finding;
  await confirmAlert(tx, alert.id, { severity, detail, step, at: context.now() });
  if (step !== alert.step) await owe(tx, context, { ...alert, severity, step }, 'reminder');
}

/** It ends once it has been gone long enough: what comes and goes is told once. */
async function clear(tx: Db, context: UseCaseContext, alert: AlertRecord): Promise<void> {
  const at = context.now();
  const gone = alert.clearSince === null ? 0 : at.getTime() - alert.clearSince.getTime();
  if (alert.clearSince === null) await markClear(tx, alert.id, at);
  if (gone < context.config.alerts.endAfterMs) return;
  await endAlert(tx, alert.id, at);
  await owe(tx, context, alert, 'end');
}

async function endForsaken(tx: Db, context: UseCaseContext): Promise<void> {
  const at = context.now();
  for (const alert of await forsakenAlerts(tx, new Date(at.getTime() - FORSAKEN_MS))) {
    await endAlert(tx, alert.id, at);
    await owe(tx, context, alert, 'end');
  }
}

type Told = Pick<AlertRecord, 'id' | 'severity' | 'eg' | 'step'>;

/** One message to each recipient that this alert concerns, in the order in which things happened. */
export async function owe(tx: Db, context: UseCaseContext, alert: Told, event: NoticeEvent): Promise<void> {
  for (const { channel, target } of audienceOf(context.config.alerts, alert)) {
    const notice = { id: context.newUuid(), alertId: alert.id, event, channel, target, at: context.now() };
    // Its threshold may have been raised meanwhile: each step is told once, the end once.
    const step = event === 'end' ? '' : (alert.step ?? '');
    if (await insertNotice(tx, { ...notice, step, state: 'pending' }))
      await addTask(tx, { kind: 'notice', subject: notice.id, orderKey: `notice:${channel}:${target}` });
  }
}

export interface Target {
  readonly channel: NoticeChannel;
  readonly target: string;
}

export function audienceOf({ recipients, webhooks }: AlertsConfig, alert: Pick<Told, 'severity' | 'eg'>): Target[] {
  const concerned = (audience: { minimumSeverity: Severity; establishments?: string[] | undefined }): boolean =>
    (alert.severity === 'critical' || audience.minimumSeverity === 'warning') &&
    (audience.establishments === undefined || (alert.eg !== null && audience.establishments.includes(alert.eg)));
  return [
    ...recipients.filter(concerned).map(({ address }) => ({ channel: 'mail', target: address }) as const),
    ...webhooks.filter(concerned).map(({ name }) => ({ channel: 'webhook', target: name }) as const),
  ];
}
