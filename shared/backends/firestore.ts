import google, {
  type BulkWriter,
  FieldPath,
  FieldValue,
  Firestore,
  type Query,
  type QueryDocumentSnapshot,
  type Settings,
  Timestamp,
} from "@google-cloud/firestore";
import { PassThroughClient } from "google-auth-library";
import { RESULT_KEYS, type Result } from "../result.ts";
import { isExact, isResultIndexed, isSelected, type Selection } from "../selection.ts";
import {
  type Count,
  type Page,
  type ResultWrite,
  type ReviewStore,
  type SaveOutcome,
  type StoredReview,
  StoreError,
} from "../store.ts";
import type { FieldNames } from "./memory.ts";

export interface FirestoreOptions extends FieldNames {
  /** @default the credentials' project */
  projectId?: string | undefined;
  /** @default "(default)" */
  databaseId?: string | undefined;
  /** `host:port` of an emulator. @default FIRESTORE_EMULATOR_HOST, else Google Cloud */
  emulatorHost?: string | undefined;
}

export class FirestoreStore implements ReviewStore {
  /** For what goes beyond the worker's needs: listeners, queries, tests. */
  readonly firestore: Firestore;
  /**
   * For pages alone: as a number, an integer beyond 2^53 is another one, and going on behind that reads the same page again.
   * It gives every integer as a BigInt, which the rest of the program has no use for.
   */
  readonly #exact: Firestore;
  readonly #resultField: string;
  readonly #resultPath: FieldPath;
  readonly #textPath: FieldPath;
  readonly #fieldMask: FieldPath[];
  readonly #throttling: boolean;

  constructor({
    projectId,
    databaseId,
    emulatorHost = process.env.FIRESTORE_EMULATOR_HOST || undefined,
    textField,
    resultField,
  }: FirestoreOptions) {
    const settings: Settings = {
      ...(projectId !== undefined && { projectId }),
      ...(databaseId !== undefined && { databaseId }),
      ...(emulatorHost !== undefined && {
        host: emulatorHost,
        ssl: false,
        // An emulator asks for no credentials; without these the client would look for some, over the network.
        authClient: new PassThroughClient(),
      }),
    };
    this.firestore = new Firestore(settings);
    this.#exact = new Firestore({ ...settings, useBigInt: true });
    // Google asks that bulk traffic to a cold collection starts at 500 writes/s; an emulator has no such need.
    this.#throttling = emulatorHost === undefined;
    this.#textPath = fieldPath(textField);
    this.#resultField = resultField;
    this.#resultPath = new FieldPath(resultField);
    // Only what decides whether there is work: a review's document may hold far more, up to 1 MiB.
    this.#fieldMask = [this.#textPath, ...LOADED_KEYS.map((key) => new FieldPath(resultField, key))];
  }

  async load(paths: readonly string[]): Promise<(StoredReview | undefined)[]> {
    const references = paths.map((path) => this.firestore.doc(path));
    const late = unanswered(ANSWER_TIMEOUT_MS);
    // Raced for the same reason as in save: the client's own patience is longer than a message can wait.
    const reading = this.firestore.getAll(...references, { fieldMask: this.#fieldMask }).catch(storeError);
    const snapshots = await Promise.race([reading, late.error]);
    late.cancel();
    if (snapshots instanceof StoreError) throw snapshots;
    return snapshots.map((snapshot) =>
      snapshot.exists
        ? {
            path: snapshot.ref.path,
            text: snapshot.get(this.#textPath),
            result: snapshot.get(this.#resultPath),
            version: snapshot.updateTime,
          }
        : undefined,
    );
  }

  async save(writes: readonly ResultWrite[]): Promise<SaveOutcome[]> {
    // A BulkWriter of its own for each call: nothing of another call is in its queue, and closing it sends what is left.
    // Retries are the pipeline's, which knows how long it may go on; the writer's own would wait up to a minute.
    const writer = this.firestore.bulkWriter({ throttling: false });
    writer.onWriteError(() => false);
    const outcomes = writes.map(({ path, result, version }) => this.#write(writer, path, result, version as Timestamp));
    // While the server cannot be reached the client goes on trying for ten minutes, and there is no way to call it off. What
    // it may still send after that does no harm: a write that comes too late is refused, or writes the same.
    const late = unanswered(ANSWER_TIMEOUT_MS);
    void writer.close();
    const answers = await Promise.all(outcomes.map((outcome) => Promise.race([outcome, late.error])));
    late.cancel();
    return answers;
  }

  async put(reviews: readonly { path: string; fields: Record<string, unknown> }[]): Promise<void> {
    const writer = this.firestore.bulkWriter({ throttling: this.#throttling });
    const writes = reviews.map(({ path, fields }) => writer.set(this.firestore.doc(path), fields, { merge: true }));
    const late = unanswered(PUT_TIMEOUT_MS);
    void writer.close();
    const results = await Promise.race([Promise.allSettled(writes), late.error]);
    late.cancel();
    if (results instanceof StoreError) throw results;
    const failed = results.find((r) => r.status === "rejected");
    if (failed !== undefined) throw storeError(failed.reason);
  }

  async page(selection: Selection, { after, limit }: { after?: string | undefined; limit: number }): Promise<Page> {
    const { query, order } = this.#query(this.#exact, selection, after);
    const mask = new Set([...order, ...PAGE_KEYS.map((key) => `${this.#resultField}.${key}`)]);
    const { docs, readTime } = await inTime(
      query
        .limit(limit)
        .select(...[...mask].map(fieldPath))
        .get(),
    );
    const positionOf = (document: QueryDocumentSnapshot): string =>
      JSON.stringify([...order.map((field) => encodeValue(document.get(fieldPath(field)))), document.ref.path]);
    const last = docs.length < limit ? undefined : docs.at(-1);
    return {
      reviews: docs.flatMap((document, index) => {
        const { path } = document.ref;
        const result = withNumbers(document.get(this.#resultPath));
        return selection.reviewsPath.problem(path) === undefined &&
          isSelected(selection, { result, updateTime: document.updateTime.toDate() })
          ? [{ path, result, position: positionOf(document), read: index + 1 }]
          : [];
      }),
      read: docs.length,
      position: last && positionOf(last),
      at: readTime.toDate(),
    };
  }

  async count(selection: Selection, { after }: { after?: string | undefined } = {}): Promise<Count> {
    const { query } = this.#query(this.firestore, selection, after);
    const counted = await inTime(query.count().get());
    return { documents: counted.data().count, exact: isExact(selection) };
  }

  async get(path: string): Promise<Record<string, unknown> | undefined> {
    return (await this.firestore.doc(path).get()).data();
  }

  async delete(path: string): Promise<void> {
    await this.firestore.doc(path).delete();
  }

  async close(): Promise<void> {
    await Promise.all([this.firestore.terminate(), this.#exact.terminate()]);
  }

  /**
   * What of a selection the server can answer by an index that it has by itself; the rest is looked at in what was read.
   * @returns `order` has the fields by which the query is sorted before it is by path
   */
  #query(firestore: Firestore, selection: Selection, after: string | undefined): { query: Query; order: string[] } {
    const { reviewsPath, where, failed, otherModel } = selection;
    const { collection } = reviewsPath;
    if (collection === undefined) throw new Error(`no collection can be read of the path ${reviewsPath.source}`);
    let query: Query =
      "group" in collection ? firestore.collectionGroup(collection.group) : firestore.collection(collection.path);
    for (const { field, comparison, value } of where) query = query.where(fieldPath(field), comparison, value);
    const order = new Set(where.flatMap(({ field, comparison }) => (comparison === "==" ? [] : [field])));
    if (isResultIndexed(selection)) {
      const field = `${this.#resultField}.${failed ? "error.code" : "model"}`;
      // Strings only, as is what the worker writes.
      query = query.where(fieldPath(field), ">=", "");
      if (otherModel !== undefined) query = query.where(fieldPath(field), "!=", otherModel);
      order.add(field);
    }
    for (const field of order) query = query.orderBy(fieldPath(field));
    query = query.orderBy(FieldPath.documentId());
    if (after !== undefined) query = query.startAfter(...cursorOf(firestore, after));
    return { query, order: [...order] };
  }

  async #write(writer: BulkWriter, path: string, result: Result, version: Timestamp): Promise<SaveOutcome> {
    try {
      await writer.update(
        this.firestore.doc(path),
        this.#resultPath,
        { ...result, classifiedAt: FieldValue.serverTimestamp() },
        { lastUpdateTime: version },
      );
      return "saved";
    } catch (error) {
      const refused = storeError(error);
      return refused.code === "FAILED_PRECONDITION" || refused.code === "NOT_FOUND" ? "changed" : refused;
    }
  }
}

/** @param field dotted */
function fieldPath(field: string): FieldPath {
  return new FieldPath(...field.split("."));
}

/** The parts of a result that decide whether it is current. */
const LOADED_KEYS = RESULT_KEYS.filter((key) => key !== "classifiedAt");

/** The parts of a result that select a review or that a report of changed labels compares. */
const PAGE_KEYS = RESULT_KEYS.filter((key) => key !== "scores").map((key) => (key === "error" ? "error.code" : key));

/** The values of a position, as `startAfter` takes them. */
function cursorOf(firestore: Firestore, position: string): unknown[] {
  const values = JSON.parse(position) as unknown[];
  return [...values.slice(0, -1).map(decodeValue), firestore.doc(values.at(-1) as string)];
}

/** A result whose score, where it is 0 or 1, is no BigInt. */
function withNumbers(result: unknown): unknown {
  const score = Object(result).score;
  return typeof score === "bigint" ? { ...(result as object), score: Number(score) } : result;
}

/** A value by which an index is sorted, as JSON that loses nothing of it. Those of ranges have the type of their bound. */
function encodeValue(value: unknown): unknown {
  if (value instanceof Timestamp) return { seconds: value.seconds, nanoseconds: value.nanoseconds };
  if (typeof value === "number") return { number: String(value) };
  if (typeof value === "bigint") return { integer: String(value) };
  return value;
}

function decodeValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { number, integer, seconds, nanoseconds } = value as Record<string, unknown>;
  if (integer !== undefined) return BigInt(integer as string);
  return number === undefined ? new Timestamp(seconds as number, nanoseconds as number) : Number(number);
}

/** Of a request for a batch, which takes milliseconds when all is well. */
const ANSWER_TIMEOUT_MS = 10_000;
const PUT_TIMEOUT_MS = 60_000;
const QUERY_TIMEOUT_MS = 60_000;

/** The answer of a query. @throws {StoreError} */
async function inTime<T>(query: Promise<T>): Promise<T> {
  const late = unanswered(QUERY_TIMEOUT_MS);
  const answer = await Promise.race([query.catch(storeError), late.error]);
  late.cancel();
  if (answer instanceof StoreError) throw answer;
  return answer;
}

/** Resolves, not rejects, with an error after `ms`, so that it can be raced without being handled. */
function unanswered(ms: number): { error: Promise<StoreError>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<StoreError>();
  const timer = setTimeout(
    () => resolve(new StoreError(`Firestore: no answer within ${ms / 1000} s`, "DEADLINE_EXCEEDED", true)),
    ms,
  );
  return { error: promise, cancel: () => clearTimeout(timer) };
}

// Defined in a way that a named import does not find.
const { GrpcStatus } = google;

const TRANSIENT = new Set<number>([
  GrpcStatus.CANCELLED,
  GrpcStatus.UNKNOWN,
  GrpcStatus.DEADLINE_EXCEEDED,
  GrpcStatus.RESOURCE_EXHAUSTED,
  GrpcStatus.ABORTED,
  GrpcStatus.INTERNAL,
  GrpcStatus.UNAVAILABLE,
  // Of a metadata server that hiccups, too. Wrong credentials are told when the retries are over.
  GrpcStatus.UNAUTHENTICATED,
]);

/** The client's error by its gRPC status. One without a status never reached the server: it may do so later. */
function storeError(cause: unknown): StoreError {
  const { code, message } = cause as { code?: unknown; message?: string };
  const known = typeof code === "number" && GrpcStatus[code] !== undefined;
  return new StoreError(
    `Firestore: ${message ?? String(cause)}`,
    known ? (GrpcStatus[code as number] as string) : "UNREACHABLE",
    !known || TRANSIENT.has(code as number),
    { cause },
  );
}
