/** Work that is done now and then, by a clock of this process. */

export interface Repeated {
  /** Looks no more, and lets what is in progress end. */
  stop(): Promise<void>;
}

/** At once, then every `everyMs`, never two at a time: what is still at work when its time comes is left to end. */
export function every(everyMs: number, work: () => Promise<unknown>, failed: (error: unknown) => void): Repeated {
  let running: Promise<unknown> | undefined;
  const look = () => {
    running ??= work()
      .catch(failed)
      .finally(() => {
        running = undefined;
      });
  };
  look();
  const timer = setInterval(look, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
