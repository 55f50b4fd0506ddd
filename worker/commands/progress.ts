import { SingleBar } from "cli-progress";

/** A progress bar on a terminal; nothing where output is no terminal or not wanted. */
export function progressBar(what: string, total: number, wanted = true): { update(done: number): void; stop(): void } {
  if (!wanted || !process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `${what} {bar} {percentage}% {value}/{total} ETA {eta_formatted}`,
    hideCursor: true,
  });
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
