/** Queue and store in this process: for the demo, for tests, and for measuring the pipeline alone. */
import { isDeepStrictEqual } from "node:util";
import { everyNth } from "../every-nth.ts";
import { FineTime } from "../fine-time.ts";
import type { PathTemplate, ReviewPath } from "../path.ts";
import type { Backlog, Delivery, ReviewQueue, SubscribeOptions, Subscription } from "../queue.ts";
import { type Condition, isSelected, type PathRange, type Selection } from "../selection.ts";
import type {
  Count,
  FieldNames,
  Page,
  PageOptions,
  ResultWrite,
  ReviewStore,
  SaveOutcome,
  StoredReview,
} from "../store.ts";
import { comparePaths, compareStrings } from "./firestore-order.ts";

interface Message {
  id: string;
  data: Uint8Array;
  attributes: Readonly<Record<string, string>>;
  orderingKey: string | undefined;
  publishTime: Date;
  attempts: number;
}

export interface MemoryQueueOptions {
  /** How long a nacked message waits before it is delivered again. @default 100 */
  redeliveryMs?: number;
  /** A message is dead-lettered after this number of nacks, as by a subscription's dead-letter policy. @default 100 */
  maxDeliveryAttempts?: number;
}

export class MemoryQueue implements ReviewQueue {
  /** Dead-lettered messages, oldest first. */
  readonly deadLetters: {
    data: Uint8Array;
    attributes: Readonly<Record<string, string>>;
    orderingKey?: string;
  }[] = [];
  readonly #reviews: MemorySubscription;
  readonly #dead: MemorySubscription;
  #published = 0;

  constructor({ redeliveryMs = 100, maxDeliveryAttempts = 100 }: MemoryQueueOptions = {}) {
    this.#reviews = new MemorySubscription(redeliveryMs, (message) => {
      if (message.attempts < maxDeliveryAttempts) return true;
      this.#addDeadLetter(message.data, message.attributes, message.orderingKey);
      return false;
    });
    this.#dead = new MemorySubscription(redeliveryMs, () => true);
  }

  async publish(
    data: Uint8Array,
    attributes: Readonly<Record<string, string>> = {},
    orderingKey?: string,
  ): Promise<string> {
    const message = this.#message(data, attributes, orderingKey);
    this.#reviews.enqueue(message);
    return message.id;
  }

  async deadLetter(
    data: Uint8Array,
    attributes: Readonly<Record<string, string>>,
    orderingKey?: string,
  ): Promise<void> {
    this.#addDeadLetter(data, attributes, orderingKey);
  }

  /** Allows one subscriber at a time. */
  subscribe(options: SubscribeOptions): Subscription {
    return this.#reviews.subscribe(options);
  }

  async reach(): Promise<void> {}

  async reachDeadLetters(): Promise<void> {}

  readonly countsBacklog = true;

  async backlog(): Promise<Backlog> {
    return { messages: this.#reviews.size, at: new Date() };
  }

  /** Allows one subscriber at a time. */
  subscribeDeadLetters(options: SubscribeOptions): Subscription {
    return this.#dead.subscribe(options);
  }

  #addDeadLetter(data: Uint8Array, attributes: Readonly<Record<string, string>>, orderingKey?: string): void {
    this.deadLetters.push({ data, attributes, ...(orderingKey !== undefined && { orderingKey }) });
    this.#dead.enqueue(this.#message(data, attributes, orderingKey));
  }

  #message(data: Uint8Array, attributes: Readonly<Record<string, string>>, orderingKey: string | undefined): Message {
    return { id: String(++this.#published), data, attributes, orderingKey, publishTime: new Date(), attempts: 0 };
  }
}

/** Messages that wait for a subscriber. */
class MemorySubscription {
  readonly #redeliveryMs: number;
  readonly #isRedelivered: (message: Message) => boolean;
  readonly #backlog = new Fifo<Message>();
  /** Nacked messages that are not redelivered yet. */
  #delayed = 0;
  #subscriber: Subscriber | undefined;

  /** @param isRedelivered whether a message that was nacked is delivered again */
  constructor(redeliveryMs: number, isRedelivered: (message: Message) => boolean) {
    this.#redeliveryMs = redeliveryMs;
    this.#isRedelivered = isRedelivered;
  }

  /** Messages that are not acked. */
  get size(): number {
    return this.#backlog.size + this.#delayed + (this.#subscriber?.inFlight ?? 0);
  }

  enqueue(message: Message): void {
    this.#backlog.push(message);
    this.#subscriber?.pump();
  }

  subscribe(options: SubscribeOptions): Subscription {
    if (this.#subscriber !== undefined) throw new Error("the memory queue already has a subscriber");
    const subscriber = new Subscriber(
      options,
      () => this.#backlog.shift(),
      (message) => this.#nacked(message),
    );
    this.#subscriber = subscriber;
    subscriber.pump();
    return {
      close: async (graceMs) => {
        this.#subscriber = undefined;
        await subscriber.close(graceMs);
      },
    };
  }

  #nacked(message: Message): void {
    message.attempts++;
    if (!this.#isRedelivered(message)) return;
    this.#delayed++;
    setTimeout(() => {
      this.#delayed--;
      this.enqueue(message);
    }, this.#redeliveryMs);
  }
}

/** First in, first out. Taking the first of a long array moves all the others. */
class Fifo<T> {
  #items: (T | undefined)[] = [];
  #first = 0;

  get size(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}

/** Delivers messages, at most `maxOutstanding` in flight, on a later turn of the event loop, as a network would. */
class Subscriber {
  readonly #options: SubscribeOptions;
  readonly #next: () => Message | undefined;
  readonly #nacked: (message: Message) => void;
  readonly #inFlight = new Set<Message>();
  #scheduled = false;
  #closed = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: SubscribeOptions, next: () => Message | undefined, nacked: (message: Message) => void) {
    this.#options = options;
    this.#next = next;
    this.#nacked = nacked;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  pump(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (!this.#closed && this.#inFlight.size < this.#options.maxOutstanding) {
        const message = this.#next();
        if (message === undefined) return;
        this.#inFlight.add(message);
        this.#options.onDelivery(this.#delivery(message));
      }
    });
  }

  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    if (this.#inFlight.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.#onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const message of [...this.#inFlight]) this.#settle(message, false);
  }

  #delivery(message: Message): Delivery {
    return {
      id: message.id,
      data: message.data,
      attributes: message.attributes,
      orderingKey: message.orderingKey,
      publishTime: message.publishTime,
      ack: () => this.#settle(message, true),
      nack: () => this.#settle(message, false),
    };
  }

  #settle(message: Message, done: boolean): void {
    if (!this.#inFlight.delete(message)) return;
    if (!done) this.#nacked(message);
    if (this.#inFlight.size === 0) this.#onEmpty?.();
    this.pump();
  }
}

interface Document {
  fields: Record<string, unknown>;
  version: number;
  updateTime: Date;
}

export class MemoryStore implements ReviewStore {
  readonly #documents = new Map<string, Document>();
  readonly #textField: readonly string[];
  readonly #resultField: string;
  #writes = 0;

  constructor({ textField, resultField }: FieldNames) {
    this.#textField = textField.split(".");
    this.#resultField = resultField;
  }

  async load(paths: readonly ReviewPath[]): Promise<(StoredReview | undefined)[]> {
    return paths.map((path) => {
      const document = this.#documents.get(path);
      if (document === undefined) return undefined;
      return {
        path,
        text: getIn(document.fields, this.#textField),
        result: document.fields[this.#resultField],
        version: document.version,
      };
    });
  }

  async save(writes: readonly ResultWrite[]): Promise<SaveOutcome[]> {
    return writes.map(({ path, result, version }) => {
      const document = this.#documents.get(path);
      if (document === undefined || document.version !== version) return "changed";
      this.#documents.set(path, {
        fields: {
          ...document.fields,
          [this.#resultField]: { ...result, classifiedAt: new Date() },
        },
        version: ++this.#writes,
        updateTime: new Date(),
      });
      return "saved";
    });
  }

  async put(reviews: readonly { path: string; fields: Record<string, unknown> }[]): Promise<void> {
    for (const { path, fields } of reviews) {
      const document = this.#documents.get(path);
      const merged = merge(document?.fields ?? {}, fields);
      // Like Firestore, a write that changes nothing leaves the version as it is.
      if (document !== undefined && isDeepStrictEqual(merged, document.fields)) continue;
      this.#documents.set(path, { fields: merged, version: ++this.#writes, updateTime: new Date() });
    }
  }

  async page(selection: Selection, { after, limit: most, needed = most }: PageOptions): Promise<Page> {
    // It reads only what is selected.
    const limit = Math.min(most, needed);
    const reviews = this.#select(selection, after)
      .slice(0, limit)
      .map((review, index) => ({ ...review, position: review.path, read: index + 1 }));
    return {
      reviews,
      read: reviews.length,
      position: reviews.length < limit ? undefined : reviews.at(-1)?.path,
      at: new Date(),
    };
  }

  async count(selection: Selection, { after }: { after?: string | undefined } = {}): Promise<Count> {
    return { documents: this.#select(selection, after).length, exact: true };
  }

  async partition(reviewsPath: PathTemplate, parts: number): Promise<string[]> {
    const paths = this.#select({ reviewsPath, where: [], unlabelled: false, failed: false }, undefined);
    return everyNth(
      paths.map(({ path }) => path),
      parts,
    );
  }

  /** Sorted by path. */
  #select(selection: Selection, after: string | undefined): { path: ReviewPath; result: unknown }[] {
    return [...this.#documents]
      .flatMap(([path, { fields, updateTime }]) => {
        const checked = selection.reviewsPath.check(path);
        const result = fields[this.#resultField];
        return (after === undefined || comparePaths(path, after) > 0) &&
          isInRange(path, selection.range) &&
          "path" in checked &&
          selection.where.every((condition) => meets(fields, condition)) &&
          isSelected(selection, { result, updateTime })
          ? [{ ...checked, result }]
          : [];
      })
      .toSorted((a, b) => comparePaths(a.path, b.path));
  }

  async reach(): Promise<void> {}

  now(): Date {
    return new Date();
  }

  async get(path: string): Promise<Record<string, unknown> | undefined> {
    return this.#documents.get(path)?.fields;
  }

  async delete(path: string): Promise<void> {
    this.#documents.delete(path);
  }
}

function isInRange(path: string, { from, before }: PathRange = {}): boolean {
  return (
    (from === undefined || comparePaths(path, from) >= 0) && (before === undefined || comparePaths(path, before) < 0)
  );
}

function getIn(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  );
}

function meets(fields: Record<string, unknown>, { field, comparison, value }: Condition): boolean {
  const actual = getIn(fields, field.split("."));
  if (typeOf(actual) !== typeOf(value)) return false;
  // Both are of one type, and null only ever equals itself.
  const [a, b] =
    typeof actual === "string" && typeof value === "string"
      ? [compareStrings(actual, value), 0]
      : ([actual, value].map(comparable) as [number, number]);
  if (comparison === "==") return a === b;
  if (comparison === "<") return a < b;
  if (comparison === "<=") return a <= b;
  return comparison === ">" ? a > b : a >= b;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return value instanceof Date || value instanceof FineTime ? "timestamp" : typeof value;
}

function comparable(value: unknown): unknown {
  if (value instanceof Date) return BigInt(value.getTime()) * 1_000_000n;
  return value instanceof FineTime ? BigInt(value.milliseconds) * 1_000_000n + BigInt(value.nanoseconds) : value;
}

/** A copy of `fields` with `more` merged in, maps into maps, like Firestore's `set` with `merge`. */
function merge(fields: Record<string, unknown>, more: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...fields };
  for (const [key, value] of Object.entries(more)) {
    const before = merged[key];
    // Firestore replaces a map with an empty one.
    merged[key] =
      isMap(value) && isMap(before) && Object.keys(value).length > 0 ? merge(before, value) : structuredClone(value);
  }
  return merged;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
