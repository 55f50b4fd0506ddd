/** The part of a list below its live page. */
export interface Older<T> {
  documents: readonly T[];
  /** Where the next page begins: the last document as the query has returned it, which may have changed since. */
  last: T | undefined;
  /** Whether there is nothing below. */
  complete: boolean;
}

/** The older part with one more page of `length` at its end. */
export function pageAfter<T>(older: Older<T>, page: readonly T[], length: number): Older<T> {
  return {
    documents: [...older.documents, ...page],
    last: page.at(-1) ?? older.last,
    complete: page.length < length,
  };
}

/**
 * The older part once the live page has changed from `before` to `live`. Newcomers push documents out of the live page: these
 * are now the first of the older ones. A document that has moved up into the live page is no longer among the older ones.
 * @returns `undefined` while nothing older has been asked for, and where there may be a hole between the live page and the older part
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
  const last = live.length < length ? undefined : live.at(-1);
  const isLast = (one: T): boolean => last !== undefined && idOf(one) === idOf(last);
  const place = before.findIndex(isLast);
  // If the last live document was live before, whatever came after it has been pushed out. If a deletion has let it move up, what is
  // missing from the live page is gone. Otherwise newcomers may have filled the live page and more.
  const hasMovedUp = older.documents.some(isLast) && before.some((one) => ids.has(idOf(one)));
  if (last !== undefined && place === -1 && !hasMovedUp) return undefined;
  const pushedOut = place === -1 ? [] : before.slice(place + 1);
  return { ...older, documents: [...pushedOut, ...older.documents].filter((one) => !ids.has(idOf(one))) };
}
