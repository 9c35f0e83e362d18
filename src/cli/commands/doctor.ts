/** `doctor`: what is wrong, or soon will be, with an installation or a running demonstration. */
import type { Check } from '../doctor/check.ts';
import { checkDemonstration } from '../doctor/demonstration.ts';
import { checkInstallation } from '../doctor/installation.ts';
import type { Outcome } from '../outcome.ts';
import { table } from '../table.ts';

export interface DoctorOptions {
  /** Folder of a demonstration, used when no configuration is given. */
  readonly data: string;
  readonly config?: string;
}

const STATES = { ok: 'bon', alert: 'alerte', fault: 'DÉFAUT', none: '-' } as const;

export async function doctor(
  { data, config }: DoctorOptions,
  env: Readonly<Record<string, string | undefined>>,
  databaseUrl: string | undefined,
): Promise<Outcome> {
  const now = (): Date => new Date();
  const checks =
    config === undefined ? await checkDemonstration(data, databaseUrl, now) : await checkInstallation(config, env, now);
  const count = (state: Check['state']): number => checks.filter((check) => check.state === state).length;
  return {
    code: count('fault') === 0 ? 0 : 1,
    lines: [
      ...table(
        ['État', 'Sujet', 'Constat'],
        checks.map(({ state, subject, detail }) => [STATES[state], subject, detail]),
      ),
      '',
      `${count('fault')} défaut(s), ${count('alert')} alerte(s).`,
    ],
    result: { faults: count('fault'), alerts: count('alert'), checks },
  };
}
