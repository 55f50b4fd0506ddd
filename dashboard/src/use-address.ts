import { useEffect, useRef, useState } from "preact/hooks";
import { type Filters, readFilters, withValidSort, writeFilters } from "./filters.ts";

/** What the page's address says: everything that a link to the page has to show again. */
export interface Address {
  filters: Filters;
  /** The path of the open review. */
  opened: string | undefined;
}

export interface Navigation extends Address {
  setFilters(filters: Filters): void;
  /** Sets filters that the reader has not chosen, so that "back" does not lead to the ones before. */
  replaceFilters(filters: Filters): void;
  /** Opens a review. While one is open, the other takes its place in the browser's history. */
  open(path: string): void;
  close(): void;
}

/** Keeps filters and open review in the page's address. @param negative the label that "worst" is about */
export function useAddress(negative: string): Navigation {
  const read = (): Address => readAddress(new URLSearchParams(location.search), negative);
  const [address, setAddress] = useState(read);
  // `history.back()` returns before the browser has gone back. What changes the history until then has to wait for it.
  const waiting = useRef<(() => void)[]>(undefined);
  useEffect(() => {
    const update = (): void => {
      const changes = waiting.current ?? [];
      waiting.current = undefined;
      for (const change of changes) change();
      setAddress(read());
    };
    addEventListener("popstate", update);
    return () => removeEventListener("popstate", update);
  }, []);
  /** @param state of a new entry of the history; an entry that stays keeps its state */
  const go = (next: Address, method: "pushState" | "replaceState", state?: unknown): void => {
    const search = writeAddress(next).toString();
    const url = search === "" ? location.pathname : `?${search}`;
    const change = (): void => history[method](method === "pushState" ? state : history.state, "", url);
    if (waiting.current === undefined) change();
    else waiting.current.push(change);
    setAddress(next);
  };
  return {
    ...address,
    setFilters: (filters) => {
      const next = { ...address, filters: withValidSort(filters, negative) };
      // A text that is being typed is no step that "back" has to undo.
      if (differOnlyInText(next.filters, address.filters)) go(next, "replaceState");
      else go(next, "pushState");
    },
    replaceFilters: (filters) => go({ ...address, filters }, "replaceState"),
    open: (path) =>
      go({ ...address, opened: path }, address.opened === undefined ? "pushState" : "replaceState", OPENED_HERE),
    close: () => {
      const closed = { ...address, opened: undefined };
      if (waiting.current !== undefined || !history.state?.openedHere) return go(closed, "replaceState");
      waiting.current = [];
      history.back();
      setAddress(closed);
    },
  };
}

function differOnlyInText(some: Filters, others: Filters): boolean {
  return some.find !== others.find && JSON.stringify({ ...some, find: "" }) === JSON.stringify({ ...others, find: "" });
}

/** Marks an entry of the history whose predecessor is the same page without the review. */
const OPENED_HERE = { openedHere: true };

export function readAddress(query: URLSearchParams, negative: string): Address {
  return { filters: withValidSort(readFilters(query), negative), opened: readPath(query.get("review")) };
}

export function writeAddress({ filters, opened }: Address): URLSearchParams {
  const query = writeFilters(filters);
  if (opened !== undefined) query.set("review", opened);
  return query;
}

/** A document's path, or `undefined` for anything else. */
function readPath(text: string | null): string | undefined {
  const segments = text?.split("/") ?? [];
  return text && segments.length % 2 === 0 && segments.every((segment) => segment !== "") ? text : undefined;
}
