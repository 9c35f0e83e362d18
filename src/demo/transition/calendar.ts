/**
 * Fast time: within a wave of traffic the clock goes at its own pace, so that every delay is real; between two waves, when
 * nothing is on its way, it jumps to the next week. It never goes back.
 */
const DAY_MS = 86_400_000;
/** A month of four waves. */
export const WAVES_PER_MONTH = 4;

export interface Calendar {
  readonly waves: number;
  now(): Date;
  /** The same jump, from another clock of the same machine. */
  shifted(real: Date): Date;
  startWave(index: number): void;
  /** AAAA-MM of the wave. */
  monthOf(wave: number): string;
}

/** The last wave is today; the first one `months` ago, on the same day of the month. */
export function createCalendar(months: number, today: Date): Calendar {
  const waves = months * WAVES_PER_MONTH;
  const dates = Array.from({ length: waves }, (_, index) => dateOf(index, months, today));
  let shiftMs = (dates[0]?.getTime() ?? today.getTime()) - Date.now();
  return {
    waves,
    now: () => new Date(Date.now() + shiftMs),
    shifted: (real) => new Date(real.getTime() + shiftMs),
    startWave(index) {
      const date = dates[index];
      if (date !== undefined) shiftMs = Math.max(shiftMs, date.getTime() - Date.now());
    },
    monthOf: (wave) => (dates[wave] ?? today).toISOString().slice(0, 7),
  };
}

/** Inside its month, whatever the time zone: on the 3rd, 10th, 17th and 24th at noon; the last month ends a day before today. */
function dateOf(index: number, months: number, today: Date): Date {
  const month = Math.floor(index / WAVES_PER_MONTH);
  const first = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - months + month, 1, 12));
  return new Date(first.getTime() + (2 + 7 * (index % WAVES_PER_MONTH)) * DAY_MS);
}
