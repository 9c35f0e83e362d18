/** A reliability case of hostile.md: its two sizes, and what it found against its thresholds. */

/** For example `{ documents: 10000 }`. */
export type Sizes = Readonly<Record<string, number>>;

export interface Finding {
  readonly what: string;
  readonly value: number | string;
  readonly threshold: string;
  readonly holds: boolean;
}

export interface HostileCase {
  /** `T-R3` */
  readonly id: string;
  readonly title: string;
  /** Inside `npm test`. */
  readonly ci: Sizes;
  /** For a dedicated machine: `npm run hostile -- T-R3`. */
  readonly full: Sizes;
  /** What this machine lacks to run it; undefined when nothing. */
  missing?(): Promise<string | undefined>;
  run(sizes: Sizes, say: (line: string) => void): Promise<readonly Finding[]>;
}

/** The size of that name; a case that lacks it is a mistake of ours. */
export function sizeOf(sizes: Sizes, name: string): number {
  const size = sizes[name];
  if (size === undefined) throw new Error(`no size ${name}`);
  return size;
}

export function none(what: string, value: number): Finding {
  return { what, value, threshold: '0', holds: value === 0 };
}

export function atMost(what: string, value: number, limit: number): Finding {
  return { what, value, threshold: `≤ ${limit}`, holds: value <= limit };
}

export function atLeast(what: string, value: number, limit: number): Finding {
  return { what, value, threshold: `≥ ${limit}`, holds: value >= limit };
}

/** Every line is something that was promised and is not so. */
export function noProblem(what: string, problems: readonly string[]): Finding {
  const shown = problems.slice(0, 20).join(' | ');
  return { what, value: problems.length === 0 ? 0 : shown, threshold: 'none', holds: problems.length === 0 };
}
