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
  #texts: T[] = [];
  /** `served` of the call whose text was taken last. A new call starts at this value, so that it neither waits for others nor overtakes them. */
  #clock = 0;

  get size(): number {
    return this.#texts.length;
  }

  add(text: T): void {
    text.call.served = Math.max(text.call.served, this.#clock);
    this.#texts.push(text);
  }

  /** Removes and returns the texts of a call, or all texts. */
  remove(call?: Call): T[] {
    const removed = this.#texts.filter((text) => call === undefined || text.call === call);
    this.#texts = call === undefined ? [] : this.#texts.filter((text) => text.call !== call);
    return removed;
  }

  /**
   * Removes and returns the texts of the next batch, at least one.
   * @param maxTokens maximum tokens of the batch, padding included
   */
  take(maxTokens: number): T[] {
    const first = this.#texts.reduce((a, b) => (b.call.served < a.call.served ? b : a));
    this.#clock = first.call.served;
    const batch = nearest(
      first,
      this.#texts.toSorted((a, b) => a.ids.length - b.ids.length),
      maxTokens,
    );
    const taken = new Set(batch);
    this.#texts = this.#texts.filter((text) => !taken.has(text));
    for (const { call, ids } of batch) call.served += ids.length;
    return batch;
  }
}

/** The fixed cost of a run of the network, in tokens. If a text needs more padding than this, a separate run is cheaper. */
const TOKENS_PER_RUN = 16;

/** `first` and as many of the texts closest to it in length as fit and need little padding. */
function nearest<T extends QueuedText>(first: T, byLength: readonly T[], maxTokens: number): T[] {
  const length = first.ids.length;
  let from = byLength.indexOf(first);
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
  return byLength.slice(from, to);
}
