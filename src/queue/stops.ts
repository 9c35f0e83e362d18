/** What has been started, to be stopped in the reverse order: at the end, or when a later step of a start fails. */

export interface Stops {
  add(stop: () => Promise<unknown> | unknown): void;
  /** Stops everything once, the last started first. One failure does not keep the others from stopping. */
  run(): Promise<void>;
}

export function createStops(onError: (error: unknown) => void): Stops {
  const stops: (() => Promise<unknown> | unknown)[] = [];
  return {
    add: (stop) => {
      stops.push(stop);
    },
    run: async () => {
      for (let last = stops.pop(); last !== undefined; last = stops.pop()) {
        try {
          await last();
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
