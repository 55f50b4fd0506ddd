/** A Ctrl-C reaches a command of npm's twice, from the terminal and from npm: what comes within so many ms is one. */
const ONE_SIGNAL_MS = 500;

/**
 * Listens for SIGTERM and SIGINT.
 * @param again for each signal after the first: whoever asks twice does not want to wait
 */
export function onStopSignals(first: (name: NodeJS.Signals) => void, again: () => void): void {
  let told: number | undefined;
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      if (told === undefined) {
        told = performance.now();
        first(name);
      } else if (performance.now() - told > ONE_SIGNAL_MS) again();
    });
  }
}

/**
 * The signals that stop a command which leaves the rest for another time.
 * @returns `stop` is aborted by the first of them; `overdue` resolves `graceMs` after that, or at the second one
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
