/**
 * Where reviews live. Two of these exist: `backends/firestore.ts` (Google Cloud and its emulator) and
 * `backends/memory.ts`.
 */
import type { Result } from "./result.ts";
import type { Selection } from "./selection.ts";

/** A review as it was when read. */
export interface StoredReview {
  readonly path: string;
  /** The text field, whatever it holds; `undefined` where the document has none. */
  readonly text: unknown;
  /** The result field, whatever it holds. */
  readonly result: unknown;
  /** Identifies this state of the document to `save`, and means nothing else. */
  readonly version: unknown;
}

export interface ResultWrite {
  readonly path: string;
  readonly result: Result;
  /** Of the review that the result is about. */
  readonly version: unknown;
}

/** `changed`: the document is no longer the one that was read (edited or deleted), and nothing was written. */
export type SaveOutcome = "saved" | "changed" | StoreError;

/** A review that a selection takes. */
export interface SelectedReview {
  readonly path: string;
  /** The result field, whatever it holds. */
  readonly result: unknown;
  /** To go on after this review. */
  readonly position: string;
  /** How many documents have been read for the page, up to this one. */
  readonly read: number;
}

export interface Page {
  reviews: SelectedReview[];
  /** Documents, also those that were not selected. */
  read: number;
  /** To go on after this page; `undefined` after the last one. */
  position: string | undefined;
  /** When it was read, by the store's clock. */
  at: Date;
}

export interface Count {
  /** Documents that all pages together, from there on, read. */
  documents: number;
  /** Whether all of these are selected, or else only some. */
  exact: boolean;
}

export interface ReviewStore {
  /**
   * Reads the text and result fields of several reviews in one request.
   * @param paths distinct
   * @returns in the order of `paths`; `undefined` for a document that does not exist
   * @throws {StoreError}
   */
  load(paths: readonly string[]): Promise<(StoredReview | undefined)[]>;
  /**
   * Writes the result field, and nothing else, of several reviews: each by itself, each only if its document is unchanged.
   * @param writes of distinct paths
   * @returns in the order of `writes`; never rejects
   */
  save(writes: readonly ResultWrite[]): Promise<SaveOutcome[]>;
  /**
   * Stores reviews as an application would: creates the documents or merges the fields into them.
   * @throws {StoreError}
   */
  put(reviews: readonly { path: string; fields: Record<string, unknown> }[]): Promise<void>;
  /**
   * Reads stored reviews, some at a time, in an order that stays as it is while workers write results: going on after a
   * position neither skips nor repeats a review.
   * @param options `after` is where to go on, `limit` the most documents to read
   * @throws {StoreError} with the code FAILED_PRECONDITION if the selection needs an index that does not exist
   */
  page(selection: Selection, options: { after?: string | undefined; limit: number }): Promise<Page>;
  /**
   * Counts what a selection reads, without reading it.
   * @param options `after` is where to begin
   * @throws {StoreError} as `page`
   */
  count(selection: Selection, options?: { after?: string | undefined }): Promise<Count>;
}

/** The store refused or could not be reached. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /** The gRPC status name, such as UNAVAILABLE. */
  readonly code: string;
  /** Whether the same request may succeed later. */
  readonly transient: boolean;

  constructor(message: string, code: string, transient: boolean, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.transient = transient;
  }
}
