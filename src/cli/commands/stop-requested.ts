/** `on`, not `once`: a second Ctrl-C must not kill a stop in progress. */
export function stopRequested(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => done());
  });
}
