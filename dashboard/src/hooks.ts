import { type FirestoreError, onSnapshot, type Query, type QueryDocumentSnapshot } from "firebase/firestore";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Counted } from "./counts.ts";
import { Recount } from "./recount.ts";

export interface Live {
  /** Of the last answer; not there before the first. While `busy` they are of the query before. */
  documents: readonly QueryDocumentSnapshot[] | undefined;
  busy: boolean;
  /** Whether the documents are those that Firestore has now; if not, the connection is lost. */
  connected: boolean;
  /** Firestore refused, and does not go on. */
  error: FirestoreError | undefined;
}

/** Listens to a query. @param key another one makes the query anew */
export function useLive(key: string, query: () => Query): Live {
  const [live, setLive] = useState<Omit<Live, "busy"> & { key: string }>({
    key: "",
    documents: undefined,
    connected: true,
    error: undefined,
  });
  // The key stands for the query.
  useEffect(
    () =>
      onSnapshot(
        query(),
        { includeMetadataChanges: true },
        ({ docs, metadata }) => setLive({ key, documents: docs, connected: !metadata.fromCache, error: undefined }),
        (error) => setLive({ key, documents: undefined, connected: true, error }),
      ),
    [key],
  );
  return { ...live, busy: live.key !== key };
}

export interface Recounted<T> {
  /** The last count that succeeded; not there before the first. While `busy` it is of what was counted before. */
  value: T | undefined;
  busy: boolean;
  /** Why the last count failed, if it did. */
  error: unknown;
}

/**
 * Counts at once, and again whenever `trigger` changes.
 * @param key another one means that something else is counted
 * @param active if not, nothing is counted until it is
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
  // The key stands for what is counted.
  useEffect(() => {
    recount.current = new Recount(count, (value, error) =>
      setState((before) => ({ key, value: value ?? (before.key === key ? before.value : undefined), error })),
    );
    return () => recount.current?.stop();
  }, [key]);
  // Each change of these is a request.
  useEffect(() => (active ? recount.current?.request() : recount.current?.pause()), [key, trigger, active]);
  return { value: state.value, error: state.error, busy: state.key !== key };
}

export interface Clock {
  /** Stands still while nobody sees the page. */
  now: Date;
  /** Whether somebody can see the page. */
  seen: boolean;
}

/** The time, every `ms` and when the page comes back into sight. */
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

/** `value`, once it has been so for `ms`: what comes and goes within that time is not shown. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** Whether a media query holds, now and after each change. */
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
