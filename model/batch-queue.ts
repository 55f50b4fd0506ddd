/**
 * The queue of texts that wait for an inference thread. It decides which texts share a batch.
 *
 * Each call of `classify` gets an equal share of the tokens: the next batch starts with the oldest text of the call that has
 * been served the fewest tokens so far. It is then filled with the texts of any call that are closest to it in length: texts of similar
 * length need little padding, and padding soon costs more than batching gains.
 */

/** One call of `classify`. */
export class Call {
  /** Tokens of its texts that have left the queue, on the clock of {@link BatchQueue}. */
  served = 0;
}

export interface QueuedText {
  readonly call: Call;
  /** Token ids. */
  readonly ids: readonly number[];
}

export class BatchQueue<T extends QueuedText> {
  /** The texts of each call, the oldest first. */
  readonly #byCall = new Map<Call, Set<T>>();
  /** The same texts, the shortest first. */
  #byLength: T[] = [];
  /** `served` of the call whose text was taken last. A new call starts at this value, so that it neither waits for others nor overtakes them. */
  #clock = 0;

  get size(): number {
    return this.#byLength.length;
  }

  add(text: T): void {
    const { call, ids } = text;
    call.served = Math.max(call.served, this.#clock);
    const texts = this.#byCall.get(call);
    if (texts === undefined) this.#byCall.set(call, new Set([text]));
    else texts.add(text);
    this.#byLength.splice(firstOfLength(this.#byLength, ids.length + 1), 0, text);
  }

  /** Removes and returns the texts of a call, or all texts. */
  remove(call?: Call): T[] {
    const removed = call === undefined ? this.#byLength : [...(this.#byCall.get(call) ?? [])];
    this.#byLength = call === undefined ? [] : this.#byLength.filter((text) => text.call !== call);
    if (call === undefined) this.#byCall.clear();
    else this.#byCall.delete(call);
    return removed;
  }

  /**
   * Removes and returns the texts of the next batch. The queue must have one.
   * @param maxTokens maximum tokens of the batch, padding included
   */
  take(maxTokens: number): T[] {
    const call = [...this.#byCall.keys()].reduce((a, b) => (b.served < a.served ? b : a));
    this.#clock = call.served;
    const [first] = this.#byCall.get(call) as Set<T>;
    const { from, to } = nearest(first as T, this.#byLength, maxTokens);
    const batch = this.#byLength.splice(from, to - from);
    for (const text of batch) {
      text.call.served += text.ids.length;
      const others = this.#byCall.get(text.call) as Set<T>;
      others.delete(text);
      if (others.size === 0) this.#byCall.delete(text.call);
    }
    return batch;
  }
}

/** The fixed cost of a run of the network, in tokens. If a text needs more padding than this, a separate run is cheaper. */
const TOKENS_PER_RUN = 16;

/** The place of the first text that is not shorter than `length`, by binary search. */
function firstOfLength(byLength: readonly QueuedText[], length: number): number {
  let from = 0;
  let to = byLength.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((byLength[middle] as QueuedText).ids.length < length) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The range of `first` and as many of the texts closest to it in length as fit and need little padding. */
function nearest<T extends QueuedText>(
  first: T,
  byLength: readonly T[],
  maxTokens: number,
): { from: number; to: number } {
  const length = first.ids.length;
  let from = byLength.indexOf(first, firstOfLength(byLength, length));
  let to = from + 1;
  for (;;) {
    const shorter = byLength[from - 1];
    const longer = byLength[to];
    const next =
      longer === undefined || (shorter !== undefined && length - shorter.ids.length < longer.ids.length - length)
        ? shorter
        : longer;
    if (next === undefined) break;
    const size = to - from;
    const longest = (byLength[to - 1] as T).ids.length;
    const tokens = (size + 1) * Math.max(longest, next.ids.length);
    if (tokens > maxTokens || tokens - size * longest - next.ids.length > TOKENS_PER_RUN) break;
    if (next === shorter) from--;
    else to++;
  }
  return { from, to };
}
