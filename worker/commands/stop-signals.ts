/**
 * The signals that stop a command which leaves the rest for another time.
 * @returns `stop` is aborted by the first SIGINT or SIGTERM; `overdue` resolves `graceMs` after that, or at the second one:
 * whoever asks twice does not want to wait for what is on its way
 */
export function stopSignals(graceMs: number): { stop: AbortSignal; overdue: Promise<void> } {
  const stop = new AbortController();
  const { promise: overdue, resolve } = Promise.withResolvers<void>();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) resolve();
      else setTimeout(resolve, graceMs).unref();
      stop.abort();
    });
  }
  return { stop: stop.signal, overdue };
}
