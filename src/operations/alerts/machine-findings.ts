/** What only this machine sees: its disk, its certificates, its clock, its door. */
import type { UseCaseContext } from '../../queue/context.ts';
import { alertRules } from '../../rules/alerts.ts';
import { type CertificateState, configuredCertificates, frenchDate, inspectCertificate } from '../certificates.ts';
import { diskState, unwritable } from '../disk.ts';
import { type Finding, lasting } from './finding.ts';

/** Messages that the door of this process refused because they could not be stored. */
export interface DoorWatch {
  /** Told at each refusal. */
  refused(): void;
  /** Refusals of the last minutes, and forgets the older ones. */
  recent(now: Date): number;
  /** Since this process started. */
  total(): number;
}

const DOOR_MEMORY_MS = 2 * 60_000;

export function createDoorWatch(now: () => Date): DoorWatch {
  let refusals: number[] = [];
  let total = 0;
  return {
    total: () => total,
    refused: () => {
      total += 1;
      refusals.push(now().getTime());
      // A storm of refusals says no more than a thousand of them.
      if (refusals.length > 1_000) refusals = refusals.slice(-1_000);
    },
    recent: (at) => {
      refusals = refusals.filter((time) => at.getTime() - time < DOOR_MEMORY_MS);
      return refusals.length;
    },
  };
}

export async function machineFindings(
  context: UseCaseContext,
  machine: string,
  seen: { door: DoorWatch; databaseClock: Date; localClock: Date },
): Promise<Finding[]> {
  const groups = await Promise.all([disk(context, machine), certificates(context, machine)]);
  return [...groups.flat(), ...door(context, machine, seen.door), ...clock(context, machine, seen)];
}

async function disk({ config }: UseCaseContext, machine: string): Promise<Finding[]> {
  const { diskFreeBytes, inodesFreePercent } = config.alerts.thresholds;
  const subject = `Machine ${machine} · ${config.data}`;
  const reason = await unwritable(config.data);
  if (reason !== undefined)
    return [{ rule: alertRules.diskUnwritable, subject, severity: 'critical', detail: `écriture refusée (${reason})` }];
  const state = await diskState(config.data);
  const room = `${gibibytes(state.freeBytes)} Gio libres sur ${gibibytes(state.totalBytes)}`;
  const severity = state.freeBytes < diskFreeBytes / 4 ? 'critical' : 'warning';
  if (state.freeBytes < diskFreeBytes) return [{ rule: alertRules.diskNearlyFull, subject, severity, detail: room }];
  if (state.inodesFreePercent === undefined || state.inodesFreePercent >= inodesFreePercent) return [];
  const detail = `${state.inodesFreePercent.toFixed(1).replace('.', ',')} % des inodes libres`;
  return [{ rule: alertRules.diskNearlyFull, subject, severity: 'warning', detail }];
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1).replace('.', ',');
}

async function certificates({ config, now }: UseCaseContext, machine: string): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { name, files, expectation } of configuredCertificates(config)) {
    const state = await inspectCertificate(files, expectation, now());
    const subject = `${name} · machine ${machine}`;
    for (const reason of state.faults.slice(0, 1))
      found.push({ rule: alertRules.certificateUnfit, subject, severity: 'critical', detail: reason });
    found.push(...expiring(subject, state, config.alerts.thresholds.certificateDays));
  }
  return found;
}

/** At 30, 15, 7 and 1 days: the same alert, told again at each step. */
function expiring(subject: string, state: CertificateState, steps: readonly number[]): Finding[] {
  const ends = [
    { what: '', days: state.daysLeft },
    { what: ' (autorité)', days: state.authorityDaysLeft },
  ];
  return ends.flatMap(({ what, days }): Finding[] => {
    if (days === undefined || days < 0) return [];
    const step = steps.toSorted((a, b) => a - b).find((limit) => days <= limit);
    if (step === undefined) return [];
    const until = what === '' && state.validTo !== undefined ? `, jusqu'au ${frenchDate(state.validTo)}` : '';
    return [
      {
        rule: alertRules.certificateExpiring,
        subject: `${subject}${what}`,
        severity: days <= 7 ? 'critical' : 'warning',
        detail: `encore ${days} jour${days > 1 ? 's' : ''}${until}`,
        step: String(step),
      },
    ];
  });
}

function door({ now }: UseCaseContext, machine: string, watch: DoorWatch): Finding[] {
  const refused = watch.recent(now());
  if (refused === 0) return [];
  const detail = `${refused} refus depuis ${lasting(DOOR_MEMORY_MS)}`;
  return [{ rule: alertRules.intakeRefusing, subject: `Machine ${machine}`, severity: 'critical', detail }];
}

function clock(
  { config }: UseCaseContext,
  machine: string,
  { databaseClock, localClock }: { databaseClock: Date; localClock: Date },
): Finding[] {
  const drift = databaseClock.getTime() - localClock.getTime();
  if (Math.abs(drift) <= config.alerts.thresholds.clockDriftMs) return [];
  const detail = `${Math.round(Math.abs(drift) / 1_000)} s d'écart`;
  return [{ rule: alertRules.clockDrift, subject: `Machine ${machine}`, severity: 'warning', detail }];
}
