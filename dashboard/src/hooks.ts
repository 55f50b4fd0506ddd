import { useEffect, useRef, useState } from "preact/hooks";
import type { Counted } from "./counts.ts";
import { Recount } from "./recount.ts";

export interface Recounted<T> {
  /** The last successful count; absent before the first. While `busy`, it is the count for the key before. */
  value: T | undefined;
  busy: boolean;
  /** Why the last count failed; `undefined` if it succeeded. */
  error: unknown;
}

/**
 * Counts at once, and again whenever `trigger` changes.
 * @param key identifies what is counted
 * @param active while false, nothing is counted
 */
export function useCount<T>(
  key: string,
  trigger: string,
  active: boolean,
  count: () => Promise<Counted<T>>,
): Recounted<T> {
  const [state, setState] = useState<{ key: string; value: T | undefined; error: unknown }>({
    key: "",
    value: undefined,
    error: undefined,
  });
  const recount = useRef<Recount<T>>(undefined);
  // `count` is not a dependency: the key identifies it.
  useEffect(() => {
    recount.current = new Recount(count, (value, error) =>
      setState((before) => ({ key, value: value ?? (before.key === key ? before.value : undefined), error })),
    );
    return () => recount.current?.stop();
  }, [key]);
  // Each change of a dependency requests a count.
  useEffect(() => (active ? recount.current?.request() : recount.current?.pause()), [key, trigger, active]);
  return { value: state.value, error: state.error, busy: state.key !== key };
}

export interface Clock {
  /** Stops while the page is hidden. */
  now: Date;
  /** Whether the page is visible. */
  seen: boolean;
}

/** The time, updated every `ms` and when the page becomes visible. */
export function useClock(ms: number): Clock {
  const [clock, setClock] = useState<Clock>(() => ({ now: new Date(), seen: !document.hidden }));
  useEffect(() => {
    const tick = (): void =>
      setClock((before) => {
        if (!document.hidden) return { now: new Date(), seen: true };
        return before.seen ? { ...before, seen: false } : before;
      });
    const timer = setInterval(tick, ms);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [ms]);
  return clock;
}

/** `value`, once it has not changed for `ms`: shorter changes are not shown. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** Whether `done` is true and the browser has drawn the page with it: what follows does not delay what is to be seen. */
export function useDrawn(done: boolean): boolean {
  const [drawn, setDrawn] = useState(false);
  useEffect(() => {
    setDrawn(false);
    if (!done) return;
    // The second frame begins once the first is drawn. A hidden page has none.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => setDrawn(true));
    });
    return () => cancelAnimationFrame(frame);
  }, [done]);
  return done && drawn;
}

/** Whether a media query matches, now and after each change. */
export function useMedia(media: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(media).matches);
  useEffect(() => {
    const list = matchMedia(media);
    const update = (): void => setMatches(list.matches);
    list.addEventListener("change", update);
    return () => list.removeEventListener("change", update);
  }, [media]);
  return matches;
}
