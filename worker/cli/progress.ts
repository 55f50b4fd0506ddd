import { SingleBar } from "cli-progress";

/** How often the bar is drawn, in ms. The time left is estimated from the last of these steps: what comes in bursts evens out. */
const STEP_MS = 500;
const STEPS = 20;

/** A progress bar on a terminal, or only a count where the total is not known; nothing where output is no terminal or not wanted. */
export function progressBar(
  what: string,
  total: number | undefined,
  wanted = true,
): { update(done: number): void; stop(): void } {
  if (!wanted || !process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: total === undefined ? `${what} {value}` : `${what} {bar} {percentage}% {value}/{total} ETA {eta_formatted}`,
    hideCursor: true,
    etaBuffer: STEPS,
  });
  bar.start(total ?? 0, 0);
  let latest = 0;
  const steps = setInterval(() => bar.update(latest), STEP_MS).unref();
  return {
    update: (done) => {
      latest = done;
    },
    stop: () => {
      clearInterval(steps);
      bar.update(latest);
      bar.stop();
    },
  };
}
