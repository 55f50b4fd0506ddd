/** With npm, one Ctrl-C reaches a command twice, from the terminal and from npm. Signals within this time count as one. */
const ONE_SIGNAL_MS = 500;

/**
 * Listens for SIGTERM and SIGINT.
 * @param again called for each further signal: a person who asks twice does not want to wait
 */
export function onStopSignals(first: (name: NodeJS.Signals) => void, again: () => void): void {
  let firstAt: number | undefined;
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        first(name);
      } else if (performance.now() - firstAt > ONE_SIGNAL_MS) again();
    });
  }
}

/**
 * Signals for a command that can be continued later.
 * @returns the first signal aborts `stop`; `overdue` resolves `graceMs` later, or at the second signal
 */
export function stopSignals(graceMs: number): { stop: AbortSignal; overdue: Promise<void> } {
  const stop = new AbortController();
  const { promise: overdue, resolve } = Promise.withResolvers<void>();
  onStopSignals(() => {
    setTimeout(resolve, graceMs).unref();
    stop.abort();
  }, resolve);
  return { stop: stop.signal, overdue };
}
