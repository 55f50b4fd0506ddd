import { SingleBar } from "cli-progress";
import { formatBytes, formatCount, formatSeconds, lineWidth } from "./terminal.ts";

/** How often the bar is drawn, in ms. */
const STEP_MS = 500;
/** The time left is estimated from the last steps: ten seconds even out bursts. */
const STEPS = 20;
const BAR_WIDTH = 24;

export interface Progress {
  update(done: number): void;
  stop(): void;
}

/**
 * A progress bar on a terminal, or only a count where the total is not known. Prints nothing where standard error is no terminal.
 * @param unit what is counted; a word for things, such as `reviews`
 */
export function progressBar(what: string, total: number | undefined, wanted = true, unit = ""): Progress {
  if (!wanted || !process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const format = (_: unknown, { value, eta, progress }: { value: number; eta: number; progress: number }): string =>
    progressLine(what, { done: value, total, share: progress, secondsLeft: eta, unit }).slice(
      0,
      lineWidth(process.stderr) - 1,
    );
  const bar = new SingleBar({ format: format as never, hideCursor: true, etaBuffer: STEPS });
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

/** The line that the bar shows. */
export function progressLine(
  what: string,
  at: { done: number; total: number | undefined; share: number; secondsLeft: number; unit: string },
): string {
  const { done, total, share, secondsLeft, unit } = at;
  const amount = (count: number): string => (unit === "bytes" ? formatBytes(count) : formatCount(count));
  const noun = unit === "bytes" || unit === "" ? "" : ` ${unit}`;
  if (total === undefined) return `${what} ${amount(done)}${noun}`;
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  const left =
    done >= total ? "" : Number.isFinite(secondsLeft) && done > 0 ? `, ${formatSeconds(secondsLeft)} left` : "";
  return `${what} ${bar} ${Math.floor(share * 100)} % ${amount(done)} of ${amount(total)}${noun}${left}`;
}
