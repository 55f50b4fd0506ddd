/** A freeze counts as one step at most. */
const STEPS = 10;

/**
 * As `setTimeout`, but counts only the time for which the process runs. Cloud Run takes the CPU away from an instance without
 * requests. When the process wakes, a timer that is due fires before anything is read: a deadline would end a call whose answer has
 * long arrived.
 * @returns a function that cancels it
 */
export function setRunningTimeout(callback: () => void, ms: number): () => void {
  let timer: NodeJS.Timeout;
  const step = (left: number): void => {
    timer = setTimeout(() => (left > 1 ? step(left - 1) : callback()), ms / STEPS);
  };
  step(STEPS);
  return () => clearTimeout(timer);
}
