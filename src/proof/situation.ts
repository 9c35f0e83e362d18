/** Where each formula stands over a period: what is counted, the threshold that the site entered, the landing at the window's end. */
import type { Db } from '../store/db.ts';
import { countsByDay, type DayCount, type TypeCount } from '../store/proof-counts.ts';
import { foldedTo } from '../store/proof-lines.ts';
import { listThresholds, listWindows, type ProofThreshold, type ProofWindow } from '../store/proof-windows.ts';
import { parisDayOf } from './calendar.ts';
import { proofCounts } from './counts.ts';
import { type Forecast, forecast } from './forecast.ts';
import { counts, type Figure, FORMULAS, type Formula, figuresOf } from './formulas.ts';

export interface AskedSituation {
  readonly ej: string | undefined;
  readonly eg: string | undefined;
  readonly from: Date;
  /** Excluded. */
  readonly to: Date;
  /** The period is that of this window: its thresholds and its landing are looked at. */
  readonly window: ProofWindow | undefined;
  readonly now: Date;
}

export interface Standing {
  readonly formula: Formula;
  readonly documents: number;
  /** Entered by the site, for this window. */
  readonly threshold: ProofThreshold | undefined;
  /** Undefined where nothing was entered to hold it against. */
  readonly reached: boolean | undefined;
  /** Undefined outside a window. */
  readonly forecast: Forecast | undefined;
}

export interface Situation {
  readonly standings: readonly Standing[];
  readonly figures: readonly Figure[];
  readonly cells: readonly TypeCount[];
  /** Last link that is counted, and last one of the chain. */
  readonly counted: { readonly position: number; readonly sealed: number };
}

const DAY_MS = 86_400_000;
const WEEKS = 8;

export async function situation(db: Db, asked: AskedSituation): Promise<Situation> {
  const { ej, eg, from, to, window, now } = asked;
  const seen =
    window === undefined ? [] : await countsByDay(db, { ej, eg, from: weeksBefore(now, WEEKS + 1), to: now });
  const thresholds = window === undefined ? [] : await listThresholds(db);
  const cells = await proofCounts(db, { ej, eg, from, to });
  const figures = figuresOf(cells);
  const standings = FORMULAS.filter(({ programme }) => window === undefined || programme === window.programme).map(
    (formula): Standing => {
      const documents = figures
        .filter((figure) => figure.formula === formula.id)
        .reduce((sum, figure) => sum + figure.documents, 0);
      // One establishment is not held against what its legal entity must reach.
      const threshold =
        eg === undefined
          ? thresholds.find(({ windowId, formula: of }) => windowId === window?.id && of === formula.id)
          : undefined;
      const weeks = weeksOf(
        seen.filter((day) => counts(formula, day)),
        now,
      );
      return {
        formula,
        documents,
        threshold,
        reached: threshold === undefined ? undefined : documents >= threshold.documents,
        forecast: window === undefined ? undefined : forecast({ weeks, soFar: documents, start: from, end: to, now }),
      };
    },
  );
  return { standings, figures, cells, counted: await foldedTo(db) };
}

function weeksBefore(now: Date, weeks: number): Date {
  return new Date(now.getTime() - weeks * 7 * DAY_MS);
}

/** The last complete weeks, which end yesterday; from the first one that holds a document. */
function weeksOf(days: readonly DayCount[], now: Date): number[] {
  const today = Date.parse(`${parisDayOf(now)}T12:00:00Z`);
  const weeks = Array.from({ length: WEEKS }, () => 0);
  for (const { day, documents } of days) {
    const daysAgo = Math.round((today - Date.parse(`${day}T12:00:00Z`)) / DAY_MS);
    const index = WEEKS - 1 - Math.floor((daysAgo - 1) / 7);
    if (daysAgo > 0 && index >= 0) weeks[index] = (weeks[index] ?? 0) + documents;
  }
  const first = weeks.findIndex((documents) => documents > 0);
  return first === -1 ? [] : weeks.slice(first);
}

/** Windows that an actor of this establishment, or of all, may look at. */
export async function windowsOf(db: Db, ejs: readonly string[]): Promise<ProofWindow[]> {
  return (await listWindows(db)).filter(({ ej }) => ejs.includes(ej));
}
