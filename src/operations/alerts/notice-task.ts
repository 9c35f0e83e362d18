/** Handler of the `notice` tasks: one message of an alert to one recipient, tried again, a bounded number of times. */
import type { UseCaseContext } from '../../queue/context.ts';
import { completeTask, postponeTask, retryDelayMs, type Task } from '../../queue/tasks.ts';
import { noticeById, recordNoticeAttempt } from '../../store/alert-notices.ts';
import { alertById } from '../../store/alerts.ts';
import { transaction } from '../../store/db.ts';
import type { Channels } from './channels.ts';

export function noticeTaskHandler(context: UseCaseContext, channels: Channels): (task: Task) => Promise<void> {
  const { pool, config, now, log } = context;
  // Delivered, and not recorded yet: a database that cannot write must not make a flood of mails.
  const delivered = new Set<string>();
  return async (task) => {
    const notice = await noticeById(pool, task.subject);
    if (notice === undefined || notice.state !== 'pending') return transaction(pool, (tx) => completeTask(tx, task));
    const alert = await alertById(pool, notice.alertId);
    const { id, event } = notice;
    const message = { id, event, alert, installation: config.software.instance, at: now() } as const;
    const error = delivered.has(id) ? undefined : await channels.send(notice, message);
    if (error === undefined) delivered.add(id);
    const { attempts, ...pauses } = config.alerts.delivery;
    const givenUp = error !== undefined && notice.attempts + 1 >= attempts;
    if (givenUp) log.error({ rule: alert.ruleId, channel: notice.channel, error }, 'alert not delivered, given up');
    await transaction(pool, async (tx) => {
      const state = error === undefined ? 'sent' : givenUp ? 'failed' : 'pending';
      await recordNoticeAttempt(tx, id, { state, error: error ?? null, at: now() });
      if (state === 'pending') await postponeTask(tx, task, retryDelayMs(task, pauses));
      else await completeTask(tx, task);
    });
    delivered.delete(id);
  };
}
