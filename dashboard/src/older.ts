/** The part of a list below its live page. */
export interface Older<T> {
  documents: readonly T[];
  /** Whether there is nothing below. */
  complete: boolean;
}

/** The older part with one more page of `length` at its end. */
export function pageAfter<T>(older: Older<T> | undefined, page: readonly T[], length: number): Older<T> {
  return { documents: [...(older?.documents ?? []), ...page], complete: page.length < length };
}

/**
 * The older part once the live page has changed from `before` to `live`. Newcomers push documents out of the live page: these
 * are now the first of the older ones. A document that has moved up into the live page is no longer among the older ones.
 * @returns `undefined` while nothing older has been loaded
 */
export function olderAfter<T>(
  before: readonly T[],
  live: readonly T[],
  older: Older<T> | undefined,
  length: number,
  idOf: (document: T) => string,
): Older<T> | undefined {
  if (older === undefined) return undefined;
  const ids = new Set(live.map(idOf));
  // If the last live document was live before, whatever came after it has been pushed out. If it was not, a deletion has let it
  // move up, and what is missing from the live page is gone.
  const last = live.at(-1);
  const place = live.length < length || last === undefined ? -1 : before.findIndex((one) => idOf(one) === idOf(last));
  const pushedOut = place === -1 ? [] : before.slice(place + 1);
  return {
    documents: [...pushedOut, ...older.documents].filter((one) => !ids.has(idOf(one))),
    complete: older.complete,
  };
}
