/**
 * When the readiness would reach everything, were it to go on as it has: a straight line by least squares through the
 * photographs of the last days, with what its scatter leaves open. It says "no forecast" rather than a date that the data
 * does not carry. The bounds below are choices of this program, not official ones.
 */

export interface Point {
  /** AAAA-MM-JJ. */
  readonly day: string;
  /** 0 to 100. */
  readonly value: number;
}

export type Forecast =
  | {
      readonly kind: 'date';
      /** AAAA-MM-JJ: on the line, and at its steepest and flattest within twice its standard error. */
      readonly day: string;
      readonly earliest: string;
      /** Null: within its error the line does not rise. */
      readonly latest: string | null;
      /** Points a week. */
      readonly perWeek: number;
      readonly points: number;
    }
  | { readonly kind: 'reached' }
  | { readonly kind: 'none'; readonly why: string };

/** Days looked back at. */
export const FORECAST_DAYS = 90;
const FEWEST_POINTS = 8;
const SHORTEST_DAYS = 14;
const FARTHEST_DAYS = 3_650;
const DAY_MS = 86_400_000;

export function forecast(points: readonly Point[], goal = 100): Forecast {
  const last = points.at(-1);
  if (last === undefined) return { kind: 'none', why: 'aucun historique' };
  if (last.value >= goal) return { kind: 'reached' };
  const origin = dayNumber(last.day);
  const xs = points.map(({ day }) => dayNumber(day) - origin);
  const first = xs[0] ?? 0;
  if (points.length < FEWEST_POINTS || -first < SHORTEST_DAYS)
    return { kind: 'none', why: `moins de ${FEWEST_POINTS} relevés sur ${SHORTEST_DAYS} jours` };
  const ys = points.map(({ value }) => value);
  const { slope, error } = line(xs, ys);
  if (slope <= 0) return { kind: 'none', why: 'la préparation ne progresse pas' };
  if (slope <= 2 * error) return { kind: 'none', why: 'la progression ne se distingue pas de ses variations' };
  // From the last reading, not from the line: what was reached is reached.
  const after = (rise: number): number => Math.ceil((goal - last.value) / rise);
  if (after(slope) > FARTHEST_DAYS) return { kind: 'none', why: 'à ce rythme, dans plus de dix ans' };
  const slow = after(slope - 2 * error);
  return {
    kind: 'date',
    day: dayOf(origin + after(slope)),
    earliest: dayOf(origin + after(slope + 2 * error)),
    latest: slow > FARTHEST_DAYS ? null : dayOf(origin + slow),
    perWeek: Math.round(slope * 70) / 10,
    points: points.length,
  };
}

/** Slope by least squares, and its standard error. */
function line(xs: readonly number[], ys: readonly number[]): { slope: number; error: number } {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const square = xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
  const slope = xs.reduce((sum, x, i) => sum + (x - mx) * ((ys[i] ?? 0) - my), 0) / square;
  const residue = xs.reduce((sum, x, i) => sum + ((ys[i] ?? 0) - my - slope * (x - mx)) ** 2, 0);
  return { slope, error: Math.sqrt(residue / (xs.length - 2) / square) };
}

function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
}

function dayOf(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}
