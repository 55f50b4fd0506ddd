/**
 * The contract for stores. There are two: `backends/firestore.ts` (Google Cloud and its emulator) and `backends/memory.ts`.
 */
import { ExplainedError } from "./explained-error.ts";
import type { PathTemplate, ReviewPath } from "./path.ts";
import type { Result } from "./result.ts";
import type { Selection } from "./selection.ts";

/** A review as it was when it was read. */
export interface StoredReview {
  readonly path: ReviewPath;
  /** The value of the text field, of any type; `undefined` if the document has none. */
  readonly text: unknown;
  /** The value of the result field, of any type. */
  readonly result: unknown;
  /** Identifies this state of the document. Only `save` understands it. */
  readonly version: unknown;
}

export interface ResultWrite {
  readonly path: ReviewPath;
  readonly result: Result;
  /** The version of the review that was classified. */
  readonly version: unknown;
}

/** `changed`: the document was edited or deleted after it was read, and nothing was written. */
export type SaveOutcome = "saved" | "changed" | StoreError;

/** A review that a selection includes. */
export interface SelectedReview {
  readonly path: ReviewPath;
  /** The value of the result field, of any type. */
  readonly result: unknown;
  /** Where to continue after this review. */
  readonly position: string;
  /** Number of documents read for the page, up to and including this one. */
  readonly read: number;
}

export interface Page {
  reviews: SelectedReview[];
  /** Number of documents read, whether selected or not. */
  read: number;
  /** Where to continue after this page; `undefined` after the last one. */
  position: string | undefined;
  /** When the page was read, by the store's clock. */
  at: Date;
}

export interface PageOptions {
  /** Where to continue. @default at the first review */
  after?: string | undefined;
  /** Maximum number of documents to read. */
  limit: number;
  /** Number of selected reviews that are needed: fewer documents are read if that is enough. */
  needed?: number;
}

export interface Count {
  /** Number of documents that the remaining pages read together. */
  documents: number;
  /** Whether all of them are selected, not only some. */
  exact: boolean;
}

/** The fields of a review that the store works with. */
export interface FieldNames {
  /** Dotted path of the text. */
  textField: string;
  /** Name of the map field that the worker owns. */
  resultField: string;
}

export interface ReviewStore {
  /**
   * Reads the text and result fields of several reviews in one request.
   * @param paths distinct
   * @returns in the order of `paths`; `undefined` for a document that does not exist
   * @throws {StoreError}
   */
  load(paths: readonly ReviewPath[]): Promise<(StoredReview | undefined)[]>;
  /**
   * Writes the result field, and nothing else, of several reviews: each write is independent, and applies only if its document
   * is unchanged.
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
   * Reads one page of stored reviews, in an order that does not change while workers write results: continuing after a position
   * neither skips nor repeats a review.
   * @throws {StoreError} with the code `index-missing` if the selection needs an index that does not exist
   */
  page(selection: Selection, options: PageOptions): Promise<Page>;
  /**
   * Counts the documents that a selection reads, without reading them.
   * @param options `after` is where to start
   * @throws {StoreError} as `page`
   */
  count(selection: Selection, options?: { after?: string | undefined }): Promise<Count>;
  /**
   * Divides all reviews of a template into parts of about equal size.
   * @returns the paths at which a new part begins, in order: fewer than `parts - 1` if there are few reviews; `undefined` if the
   * store cannot divide
   * @throws {StoreError}
   */
  partition(reviewsPath: PathTemplate, parts: number): Promise<string[] | undefined>;
  /**
   * Resolves when the server has answered a request.
   * @throws {StoreError} if it does not answer within seconds, or refuses every request of this program
   */
  reach(): Promise<void>;
  /** The current time by the server's clock, as far as the store knows it. The clock of this machine may be wrong. */
  now(): Date;
}

export type StoreErrorCode =
  /** The store could not be reached, or is overloaded: the same request may succeed later. */
  | "unavailable"
  /** Something in the request makes it invalid, possibly one item of many. */
  | "request-invalid"
  /** The request needs an index that does not exist. The message says which. */
  | "index-missing"
  /** The caller lacks a permission. A new grant takes effect after minutes. */
  | "no-permission"
  /** No such database, or anything else that no repetition changes. */
  | "refused";

/** The store refused a request, or could not be reached. */
export class StoreError extends ExplainedError {
  override readonly name = "StoreError";
  override readonly exitCode = 1;
  readonly code: StoreErrorCode;

  constructor(message: string, code: StoreErrorCode, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether the same request may succeed later. */
  get transient(): boolean {
    return this.code === "unavailable";
  }

  get lacksPermission(): boolean {
    return this.code === "no-permission";
  }
}
