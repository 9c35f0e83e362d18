/**
 * The one alert that cannot live in the database: the database is away, or writes nothing any more. Its state is a small
 * file of the data folder, so that the processes of a machine, and a restart, tell it once; a folder that cannot be
 * written either leaves it in memory. Once the database is back the alert is written there, started and ended.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { UseCaseContext } from '../../queue/context.ts';
import { alertRules } from '../../rules/alerts.ts';
import { insertNotice } from '../../store/alert-notices.ts';
import { insertAlert } from '../../store/alerts.ts';
import { transaction } from '../../store/db.ts';
import type { Channels } from './channels.ts';
import { audienceOf, machineScope, owe, type Target } from './engine.ts';

const FILE = 'alerte-base.json';
const stateFile = z.object({ since: z.coerce.date() });

export interface LocalAlarm {
  /** The database cannot be written, for this reason (a code). */
  away(reason: string): Promise<void>;
  /** The database was just written. */
  back(): Promise<void>;
  /** Since when the database has been away, for as long as it is. */
  since(): Date | undefined;
}

export function createLocalAlarm(context: UseCaseContext, channels: Channels, machine: string): LocalAlarm {
  const { config, now, log } = context;
  const path = join(config.data, FILE);
  let firstFailure: Date | undefined;
  let told: { since: Date; unsent: Target[]; attempts: number; reason: string; own: boolean } | undefined;

  const alertOf = (since: Date, reason: string | null, endedAt: Date | null) => ({
    ruleId: alertRules.databaseAway.id,
    subject: `Machine ${machine}`,
    severity: 'critical' as const,
    detail: reason === null ? null : `base inaccessible ou écriture refusée (${reason})`,
    eg: null,
    startedAt: since,
    endedAt,
  });

  /** What could not be sent is tried again at the next look, as often as any alert. */
  const send = async (): Promise<void> => {
    if (told === undefined || told.unsent.length === 0 || told.attempts >= config.alerts.delivery.attempts) return;
    told.attempts += 1;
    const { since, reason } = told;
    const left: Target[] = [];
    for (const target of told.unsent) {
      const id = `${alertRules.databaseAway.id}-${since.getTime()}-${target.channel}-${machine}`.toLowerCase();
      const alert = alertOf(since, reason, null);
      const message = { id, event: 'start', alert, installation: config.software.instance, at: now() } as const;
      const error = await channels.send(target, message);
      if (error === undefined) continue;
      left.push(target);
      log.warn({ channel: target.channel, error }, 'alert not delivered yet');
    }
    told.unsent = left;
  };

  return {
    since: () => firstFailure,
    async away(reason) {
      firstFailure ??= now();
      if (now().getTime() - firstFailure.getTime() < config.alerts.thresholds.databaseAwayMs) return;
      if (told === undefined) {
        const own = await claim(path, firstFailure);
        log.error({ rule: alertRules.databaseAway.id, reason }, 'the database is away or writes nothing');
        const unsent = own ? audienceOf(config.alerts, { severity: 'critical', eg: null }) : [];
        told = { since: firstFailure, unsent, attempts: 0, reason, own };
      }
      await send();
    },
    async back() {
      firstFailure = undefined;
      const since = await release(path, told);
      const reason = told?.reason ?? null;
      told = undefined;
      if (since === undefined) return;
      await transaction(context.pool, async (tx) => {
        const alert = alertOf(since, reason, now());
        const id = await insertAlert(tx, { ...alert, scope: machineScope(machine), step: null });
        if (id === undefined) return;
        for (const target of audienceOf(config.alerts, alert))
          await insertNotice(tx, {
            ...target,
            id: context.newUuid(),
            alertId: id,
            event: 'start',
            step: '',
            state: 'sent',
            at: now(),
          });
        await owe(tx, context, { ...alert, id, step: null }, 'end');
      });
      log.info({ rule: alertRules.databaseAway.id }, 'the database is back');
    },
  };
}

/** True for the process that tells: the one that made the file, or any when no file can be made. */
async function claim(path: string, since: Date): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify({ since }), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EEXIST');
  }
}

/** When the alert that ends now began, for the one process that takes its state away. */
async function release(path: string, told: { since: Date; own: boolean } | undefined): Promise<Date | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return told?.own === true ? told.since : undefined;
  try {
    await rm(path);
  } catch {
    return undefined;
  }
  // A disk that was full left an empty file.
  const read = stateFile.safeParse(text === '' ? {} : JSON.parse(text));
  return read.success ? read.data.since : told?.since;
}
