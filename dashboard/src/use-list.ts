import {
  type DocumentSnapshot,
  type FirestoreError,
  getDocsFromServer,
  limit,
  onSnapshot,
  type Query,
  type QueryDocumentSnapshot,
  query,
  startAfter,
} from "firebase/firestore";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Older, olderAfter, pageAfter } from "./older.ts";
import { addReads } from "./reads.ts";

/** The length of the live part of a list. Each new review in it costs one document read for every open page. */
export const LIST_LENGTH = 25;

/** The length of each page that is loaded on request. */
const PAGE_LENGTH = 50;

type Documents = readonly QueryDocumentSnapshot[];

export interface List {
  /**
   * The live documents, and after them the older ones that {@link showMore} has loaded. Absent until the server has answered.
   * While `busy`, they are of the query before.
   */
  documents: Documents | undefined;
  busy: boolean;
  /** Whether the live documents are those that Firestore has now. If not, the connection is lost. */
  connected: boolean;
  /** Firestore refused the query, and the listener has ended. */
  error: FirestoreError | undefined;
  /** Absent where there is nothing more. */
  showMore: (() => Promise<void>) | undefined;
  /** Why the last {@link showMore} failed. */
  moreError: unknown;
  /** Replaces a document among the older ones, which are not live; removes it if it no longer exists. */
  update(document: DocumentSnapshot): void;
}

interface State {
  /** Identifies the query that `live` and `older` are of. */
  key: string;
  live: Documents | undefined;
  older: Older<QueryDocumentSnapshot> | undefined;
  connected: boolean;
  error: FirestoreError | undefined;
  moreError: unknown;
}

const EMPTY: State = {
  key: "",
  live: undefined,
  older: undefined,
  connected: true,
  error: undefined,
  moreError: undefined,
};

/**
 * The documents of a query: the first page is live, the others are loaded on request and stay as they were.
 * @param key identifies the query
 * @param ready while false, a new query is not asked for, and the list stays busy
 * @param length of the live page
 */
export function useList(key: string, all: () => Query, ready = true, length = LIST_LENGTH): List {
  const [state, setState] = useState<State>(EMPTY);
  const asked = useRef<string>(undefined);
  if (ready) asked.current = key;
  // `all` is not a dependency: the key identifies it.
  useEffect(() => {
    const key = asked.current;
    if (key === undefined) return;
    let answered = false;
    return onSnapshot(
      query(all(), limit(length)),
      { includeMetadataChanges: true },
      (snapshot) => {
        const { docs, metadata } = snapshot;
        if (!metadata.fromCache) {
          const changed = snapshot.docChanges().filter(({ type }) => type !== "removed").length;
          // An answer without documents costs one read.
          addReads(answered ? changed : Math.max(1, docs.length));
          answered = true;
        }
        setState((before) => {
          const same = before.key === key;
          // Without a connection the client answers from its memory, which may lack what this query has.
          if (metadata.fromCache && !(same && before.live !== undefined)) return { ...before, connected: false };
          const older = same ? olderAfter(before.live ?? [], docs, before.older, length, pathOf) : undefined;
          return { ...EMPTY, key, live: docs, older, connected: !metadata.fromCache };
        });
      },
      (error) => setState({ ...EMPTY, key, error }),
    );
  }, [asked.current]);
  const { live, older, connected, error, moreError } = state;
  const documents = live && [...live, ...(older?.documents ?? [])];
  const showMore = async (): Promise<void> => {
    const above = older ?? { documents: [], last: live?.at(-1), complete: false };
    // From now on, what newcomers push out of the live page is kept.
    setState((before) => (before.live === live ? { ...before, older: before.older ?? above } : before));
    try {
      const { docs } = await getDocsFromServer(query(all(), startAfter(above.last), limit(PAGE_LENGTH)));
      addReads(Math.max(1, docs.length));
      setState((before) =>
        // If the older part has been forgotten meanwhile, there is a hole above this page.
        before.key === key && before.older !== undefined && before.older.last === above.last
          ? { ...before, older: pageAfter(before.older, docs, PAGE_LENGTH), moreError: undefined }
          : before,
      );
    } catch (reason) {
      setState((before) => ({ ...before, moreError: reason }));
    }
  };
  const more = older === undefined ? live?.length === length : !older.complete;
  return {
    documents,
    busy: state.key !== key,
    connected,
    error,
    showMore: more && state.key === key ? showMore : undefined,
    moreError,
    update: (document) => {
      if (older?.documents.some(({ ref }) => ref.path === document.ref.path))
        setState((before) => ({ ...before, older: before.older && withDocument(before.older, document) }));
    },
  };
}

function withDocument(older: Older<QueryDocumentSnapshot>, document: DocumentSnapshot): Older<QueryDocumentSnapshot> {
  const newer = document.exists() ? [document] : [];
  return {
    ...older,
    documents: older.documents.flatMap((one) => (one.ref.path === document.ref.path ? newer : [one])),
  };
}

function pathOf({ ref }: QueryDocumentSnapshot): string {
  return ref.path;
}
