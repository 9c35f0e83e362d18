/**
 * The persistence boundaries of a run, counted as they pass on the wire, and the one at which the gateway is killed.
 * A boundary is a commit, a request to a national service or a message, each with the moment before it leaves and the
 * moment after it had its effect, when the gateway has not heard of it.
 */
export type Phase = 'before' | 'after';

export interface Boundary {
  /** `commit insert document + insert task`, `DMP ProvideAndRegisterDocumentSet-b`, `intake` … */
  readonly label: string;
  /** The first of its label in the scenario is 1. */
  readonly ordinal: number;
  readonly phase: Phase;
}

export interface Guillotine {
  /** Told by the taps. True when the gateway was killed there: nothing more of this exchange may pass. */
  reach(label: string, phase: Phase): Promise<boolean>;
  /** Begins a run: nothing passed yet, and the gateway dies at `target`. */
  arm(target: Boundary | undefined): void;
  /** What passed since then, each once. */
  passed(): readonly Boundary[];
  /** Since then, the gateway was killed. */
  fell(): boolean;
}

export function createGuillotine(kill: () => Promise<void>): Guillotine {
  let target: Boundary | undefined;
  let counts = new Map<string, number>();
  let passed: Boundary[] = [];
  let fell = false;
  return {
    async reach(label, phase) {
      const key = `${phase} ${label}`;
      const ordinal = (counts.get(key) ?? 0) + 1;
      counts.set(key, ordinal);
      passed.push({ label, ordinal, phase });
      if (fell || target?.label !== label || target.phase !== phase || target.ordinal !== ordinal) return false;
      fell = true;
      await kill();
      return true;
    },
    arm(next) {
      target = next;
      counts = new Map();
      passed = [];
      fell = false;
    },
    passed: () => passed,
    fell: () => fell,
  };
}

export function nameOf({ label, ordinal, phase }: Boundary): string {
  return `${phase} ${label} #${ordinal}`;
}
