import {
  type BulkWriter,
  type DocumentReference,
  FieldPath,
  FieldValue,
  Firestore,
  type Query,
  type QueryDocumentSnapshot,
  type Settings,
  Timestamp,
} from "@google-cloud/firestore";
import { PassThroughClient } from "google-auth-library";
import { everyNth } from "../every-nth.ts";
import { FineTime } from "../fine-time.ts";
import type { PathTemplate, ReviewPath } from "../path.ts";
import { RESULT_KEYS, type Result } from "../result.ts";
import { isSelected, type Selection } from "../selection.ts";
import {
  type Count,
  type FieldNames,
  type Page,
  type PageOptions,
  type ResultWrite,
  type ReviewStore,
  type SaveOutcome,
  type SelectedReview,
  type StoredReview,
  StoreError,
  type StoreErrorCode,
} from "../store.ts";
import { channelOptions, isAboutProject, isTransient, originOf, REACH_TIMEOUT_MS, statusOf } from "./grpc.ts";
import { NoAnswerError, ReplaceableClient } from "./replaceable-client.ts";

export interface FirestoreOptions extends FieldNames {
  /** @default the credentials' project */
  projectId?: string | undefined;
  /** @default "(default)" */
  databaseId?: string | undefined;
  /** `host:port` of an emulator. @default FIRESTORE_EMULATOR_HOST, else Google Cloud */
  emulatorHost?: string | undefined;
}

export class FirestoreStore implements ReviewStore {
  readonly #client: Client;
  /**
   * For pages only: as a number, an integer beyond 2^53 becomes another integer, and continuing after that one would read the
   * same page again. This client returns every integer as a BigInt, which the rest of the program cannot use.
   */
  readonly #exactClient: Client;
  readonly #resultField: string;
  readonly #resultPath: FieldPath;
  readonly #textPath: FieldPath;
  readonly #fieldMask: FieldPath[];
  readonly #throttling: boolean;
  readonly #queryTimeoutMs: number;
  readonly #clock = new ServerClock();

  constructor({
    projectId,
    databaseId,
    emulatorHost = process.env.FIRESTORE_EMULATOR_HOST || undefined,
    textField,
    resultField,
  }: FirestoreOptions) {
    const settings: Settings = {
      grpcOptions: channelOptions(emulatorHost !== undefined),
      ...(projectId !== undefined && { projectId }),
      ...(databaseId !== undefined && { databaseId }),
      ...(emulatorHost !== undefined && {
        host: emulatorHost,
        ssl: false,
        // An emulator needs no credentials; without these the client would look for some over the network.
        authClient: new PassThroughClient(),
      }),
    };
    this.#client = new Client(settings);
    this.#exactClient = new Client({ ...settings, useBigInt: true });
    // Google asks that bulk traffic to a cold collection starts at 500 writes/s; an emulator has no such limit.
    this.#throttling = emulatorHost === undefined;
    this.#queryTimeoutMs = emulatorHost === undefined ? QUERY_TIMEOUT_MS : EMULATOR_QUERY_TIMEOUT_MS;
    this.#textPath = fieldPath(textField);
    this.#resultField = resultField;
    this.#resultPath = new FieldPath(resultField);
    // Only what decides whether there is work: a review's document may hold far more, up to 1 MiB.
    this.#fieldMask = [this.#textPath, ...LOADED_KEYS.map((key) => new FieldPath(resultField, key))];
  }

  /** For listeners and tests. It is another client after a call that was not answered. */
  get firestore(): Firestore {
    return this.#client.current;
  }

  async load(paths: readonly ReviewPath[]): Promise<(StoredReview | undefined)[]> {
    const snapshots = await this.#client.call(ANSWER_TIMEOUT_MS, (firestore) =>
      firestore.getAll(...paths.map((path) => firestore.doc(path)), { fieldMask: this.#fieldMask }),
    );
    this.#clock.set(snapshots[0]?.readTime);
    return snapshots.map((snapshot, i) =>
      snapshot.exists
        ? {
            path: paths[i] as ReviewPath,
            text: snapshot.get(this.#textPath),
            result: snapshot.get(this.#resultPath),
            version: snapshot.updateTime,
          }
        : undefined,
    );
  }

  async save(writes: readonly ResultWrite[]): Promise<SaveOutcome[]> {
    const outcomes: (SaveOutcome | undefined)[] = writes.map(() => undefined);
    const saving = this.#client.call(ANSWER_TIMEOUT_MS, async (firestore) => {
      // A BulkWriter of its own for each call: nothing of another call is in its queue, and closing it sends what is left.
      // The pipeline retries, because it knows how long it may; the writer's own retries would wait up to a minute.
      const writer = firestore.bulkWriter({ throttling: false });
      writer.onWriteError(() => false);
      const written = writes.map(async ({ path, result, version }, i) => {
        outcomes[i] = await this.#write(writer, firestore.doc(path), result, version as Timestamp);
      });
      void writer.close();
      await Promise.all(written);
    });
    // A write that the client still sends after its deadline does no harm: it is refused, or it writes the same.
    const late = await saving.then(() => undefined, storeError);
    return outcomes.map((outcome) => outcome ?? (late as StoreError));
  }

  async put(reviews: readonly { path: string; fields: Record<string, unknown> }[]): Promise<void> {
    await this.#client.call(PUT_TIMEOUT_MS, async (firestore) => {
      const writer = firestore.bulkWriter({ throttling: this.#throttling });
      const writes = reviews.map(({ path, fields }) => writer.set(firestore.doc(path), fields, { merge: true }));
      void writer.close();
      const failed = (await Promise.allSettled(writes)).find(({ status }) => status === "rejected");
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    });
  }

  async page(selection: Selection, { after, limit: most, needed = most }: PageOptions): Promise<Page> {
    const limit = isExact(selection) ? Math.min(most, needed) : most;
    const order = this.#orderOf(selection);
    const mask = new Set([...order, ...PAGE_KEYS.map((key) => `${this.#resultField}.${key}`)]);
    const positionOf = (document: QueryDocumentSnapshot): string =>
      JSON.stringify([...order.map((field) => encodeValue(document.get(fieldPath(field)))), document.ref.path]);
    return this.#ask(this.#exactClient, async (firestore) => {
      const reviews: SelectedReview[] = [];
      let read = 0;
      let first: QueryDocumentSnapshot | undefined;
      let last: QueryDocumentSnapshot | undefined;
      const query = this.#query(firestore, selection, after).limit(limit);
      const documents = query.select(...[...mask].map(fieldPath)).stream();
      // As a stream: a document as the client has it takes many times the memory of what is kept of it.
      for await (const document of documents as AsyncIterable<QueryDocumentSnapshot>) {
        first ??= document;
        last = document;
        read++;
        const checked = selection.reviewsPath.check(document.ref.path);
        const result = withNumbers(document.get(this.#resultPath));
        if ("path" in checked && isSelected(selection, { result, updateTime: document.updateTime.toDate() }))
          reviews.push({ ...checked, result, position: positionOf(document), read });
      }
      const position = last === undefined || read < limit ? undefined : positionOf(last);
      this.#clock.set(first?.readTime);
      return { reviews, read, position, at: first?.readTime.toDate() ?? this.now() };
    });
  }

  async count(selection: Selection, { after }: { after?: string | undefined } = {}): Promise<Count> {
    const counted = await this.#ask(this.#client, (firestore) =>
      this.#query(firestore, selection, after).count().get(),
    );
    return { documents: counted.data().count, exact: isExact(selection) };
  }

  async partition(reviewsPath: PathTemplate, parts: number): Promise<string[] | undefined> {
    const { collection } = reviewsPath;
    if (collection === undefined) return undefined;
    const group = "group" in collection ? collection.group : (collection.path.split("/").at(-1) as string);
    try {
      const bounds = await this.#ask(this.#client, async (firestore) => {
        const begins: string[] = [];
        // Firestore may return fewer bounds than asked for, and they may be in other collections of the group.
        for await (const { startAt } of firestore.collectionGroup(group).getPartitions(parts * PARTITIONS_PER_PART)) {
          const { path, parent } = (startAt?.[0] ?? {}) as Partial<DocumentReference>;
          if (path !== undefined && ("group" in collection || parent?.path === collection.path)) begins.push(path);
        }
        return begins;
      });
      // The first partition begins nowhere: an item in its place lets every other one count from its own beginning.
      return bounds.length < parts ? bounds : everyNth([bounds[0] as string, ...bounds], parts);
    } catch (error) {
      if (statusOf((error as StoreError).cause) === "UNIMPLEMENTED") return undefined;
      throw error;
    }
  }

  /**
   * The documents of any query, for what the worker does not need.
   * @throws {StoreError}
   */
  async find(query: (firestore: Firestore) => Query): Promise<QueryDocumentSnapshot[]> {
    const { docs } = await this.#ask(this.#client, (firestore) => query(firestore).get());
    return docs;
  }

  async reach(): Promise<void> {
    // Any document will do, whether it exists or not.
    const asking = this.#client.call(REACH_TIMEOUT_MS, (firestore) =>
      firestore.getAll(firestore.doc("review-sentiment/reach"), { fieldMask: [] }),
    );
    const [snapshot] = await asking.catch(
      needs(
        "datastore.entities.get, which roles/datastore.user includes; if it only reads, roles/datastore.viewer is enough",
      ),
    );
    this.#clock.set(snapshot?.readTime);
  }

  now(): Date {
    return this.#clock.now();
  }

  async get(path: string): Promise<Record<string, unknown> | undefined> {
    return (await this.firestore.doc(path).get()).data();
  }

  async delete(path: string): Promise<void> {
    await this.firestore.doc(path).delete();
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#exactClient.close()]);
  }

  /** A query. No worker makes one, and its roles need not allow it. */
  #ask<T>(client: Client, request: (firestore: Firestore) => Promise<T>): Promise<T> {
    return client
      .call(this.#queryTimeoutMs, request)
      .catch(needs("datastore.entities.list, which roles/datastore.viewer includes"));
  }

  /** The part of a selection that Firestore can answer from its automatic indexes; the rest is filtered after reading. */
  #query(firestore: Firestore, selection: Selection, after: string | undefined): Query {
    const { reviewsPath, where, failed, otherModel, range } = selection;
    const { collection } = reviewsPath;
    if (collection === undefined) throw new Error(`no collection can be read of the path ${reviewsPath.source}`);
    let query: Query =
      "group" in collection ? firestore.collectionGroup(collection.group) : firestore.collection(collection.path);
    if (range?.from !== undefined) query = query.where(FieldPath.documentId(), ">=", firestore.doc(range.from));
    if (range?.before !== undefined) query = query.where(FieldPath.documentId(), "<", firestore.doc(range.before));
    for (const { field, comparison, value } of where)
      query = query.where(fieldPath(field), comparison, value instanceof FineTime ? timestampOf(value) : value);
    if (isResultIndexed(selection)) {
      const field = fieldPath(this.#indexedField(failed));
      // Strings only, like everything that the worker writes.
      query = typeof failed === "string" ? query.where(field, "==", failed) : query.where(field, ">=", "");
      if (otherModel !== undefined) query = query.where(field, "!=", otherModel);
    }
    for (const field of this.#orderOf(selection)) query = query.orderBy(fieldPath(field));
    query = query.orderBy(FieldPath.documentId());
    return after === undefined ? query : query.startAfter(...cursorOf(firestore, after));
  }

  /** The fields by which a query is sorted before it is sorted by path. */
  #orderOf(selection: Selection): string[] {
    const ranges = selection.where.flatMap(({ field, comparison }) => (comparison === "==" ? [] : [field]));
    const indexed = isResultIndexed(selection) ? [this.#indexedField(selection.failed)] : [];
    return [...new Set([...ranges, ...indexed])];
  }

  #indexedField(failed: boolean | string): string {
    return `${this.#resultField}.${failed !== false ? "error.code" : "model"}`;
  }

  async #write(
    writer: BulkWriter,
    document: DocumentReference,
    result: Result,
    version: Timestamp,
  ): Promise<SaveOutcome> {
    try {
      await writer.update(
        document,
        this.#resultPath,
        { ...result, classifiedAt: FieldValue.serverTimestamp() },
        { lastUpdateTime: version },
      );
      return "saved";
    } catch (error) {
      const status = statusOf(error);
      return status === "FAILED_PRECONDITION" || status === "NOT_FOUND" ? "changed" : storeError(error);
    }
  }
}

/** A client whose calls end with a {@link StoreError} if they fail or go unanswered. */
class Client {
  readonly #client: ReplaceableClient<Firestore>;
  readonly #origin: string;

  constructor(settings: Settings) {
    // Only an emulator has one.
    this.#origin = originOf(settings.host);
    this.#client = new ReplaceableClient({
      open: () => new Firestore(settings),
      // Refused while there are listeners, which belong to the caller.
      close: (firestore) => firestore.terminate(),
    });
  }

  get current(): Firestore {
    return this.#client.current;
  }

  /** @throws {StoreError} */
  async call<T>(ms: number, request: (firestore: Firestore) => Promise<T>): Promise<T> {
    return this.#client.call(ms, `no answer within ${ms / 1000} s${this.#origin}`, request).catch((error) => {
      throw storeError(error);
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** The server's clock, by its latest answer and the time that has passed since. */
class ServerClock {
  #server = Date.now();
  #at = performance.now();

  set(time: Timestamp | undefined): void {
    if (time === undefined) return;
    this.#server = time.toMillis();
    this.#at = performance.now();
  }

  now(): Date {
    return new Date(this.#server + performance.now() - this.#at);
  }
}

function timestampOf({ milliseconds, nanoseconds }: FineTime): Timestamp {
  const seconds = Math.floor(milliseconds / 1000);
  return new Timestamp(seconds, (milliseconds - seconds * 1000) * 1e6 + nanoseconds);
}

/**
 * Whether Firestore finds failed reviews, or those of another model, by an automatic index. Together with `where` or a range of paths
 * it would need a composite index.
 */
function isResultIndexed({ where, unlabelled, failed, otherModel, range }: Selection): boolean {
  return where.length === 0 && range === undefined && !unlabelled && (failed !== false) !== (otherModel !== undefined);
}

/** Whether Firestore reads no documents that are not selected, except those labelled since the replay began. */
function isExact(selection: Selection): boolean {
  const { reviewsPath, since, unlabelled, failed, otherModel } = selection;
  const anyResult = !unlabelled && failed === false && otherModel === undefined;
  const group = reviewsPath.collection !== undefined && "group" in reviewsPath.collection;
  return !group && since === undefined && (anyResult || isResultIndexed(selection));
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

/** The result with its score as a number: a score of 0 or 1 is stored as an integer. */
function withNumbers(result: unknown): unknown {
  const score = Object(result).score;
  return typeof score === "bigint" ? { ...(result as object), score: Number(score) } : result;
}

/** A value by which an index is sorted, as JSON without loss. */
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

/** For a batch. It takes milliseconds when all is well. */
const ANSWER_TIMEOUT_MS = 10_000;
const PUT_TIMEOUT_MS = 60_000;
/** Partitions are of unequal size: parts that consist of several are more equal. */
const PARTITIONS_PER_PART = 8;
const QUERY_TIMEOUT_MS = 60_000;
/**
 * For each query an emulator looks at every document of the collection: at 200,000 that takes ten seconds, and for several queries
 * at once on a busy machine more than a minute. It is the time after which the client itself gives up.
 */
const EMULATOR_QUERY_TIMEOUT_MS = 300_000;

/** Rethrows an error with the permission that the account lacks. Firestore's own message names none. */
function needs(permission: string): (error: StoreError) => never {
  return (error) => {
    if (!error.lacksPermission || isAboutProject(error)) throw error;
    const message = `${error.message.replace(/\.$/, "")}; the account needs ${permission}`;
    throw new StoreError(message, error.code, { cause: error.cause });
  };
}

function storeError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  if (cause instanceof NoAnswerError) return new StoreError(`Firestore: ${cause.message}`, "unavailable");
  const message = (cause as Error).message ?? String(cause);
  return new StoreError(`Firestore: ${message}`, codeOf(cause, message), { cause });
}

/** What a client error's gRPC status means. */
function codeOf(error: unknown, message: string): StoreErrorCode {
  if (isTransient(error)) return "unavailable";
  const status = statusOf(error);
  if (status === "INVALID_ARGUMENT") return "request-invalid";
  if (status === "PERMISSION_DENIED") return "no-permission";
  return status === "FAILED_PRECONDITION" && /\bindex\b/.test(message) ? "index-missing" : "refused";
}
