/**
 * Splits words into the most probable pieces of a vocabulary (Kudo 2018, "Subword Regularization", section 3), as Hugging Face's
 * `tokenizers` does. The JavaScript port of that takes seconds to load a large vocabulary, and tens of times as long per text.
 */
export class Unigram {
  readonly #scores: Float64Array;
  readonly #unknownId: number;
  readonly #unknownScore: number;
  readonly #trie = new Trie();

  /**
   * @param vocabulary pieces with their log probabilities
   * @param unknownId index of the piece that stands for characters that are in no piece
   */
  constructor(vocabulary: readonly (readonly [piece: string, score: number])[], unknownId: number) {
    this.#scores = Float64Array.from(vocabulary, ([, score]) => score);
    this.#unknownId = unknownId;
    // The same penalty as in `tokenizers`.
    this.#unknownScore = this.#scores.reduce((least, score) => Math.min(least, score), 0) - 10;
    for (const [id, [piece]] of vocabulary.entries()) this.#trie.add(piece, id);
  }

  /** The ids of the pieces of all words, in order. Adjacent characters that are in no piece become one unknown piece. */
  encode(words: readonly string[]): number[] {
    return words.flatMap((word) => this.#split(word));
  }

  #split(word: string): number[] {
    const { length } = word;
    // The best path to each position: its score, the start of its last piece, and that piece's id.
    const scores = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
    const starts = new Uint32Array(length + 1);
    const last = new Int32Array(length + 1);
    scores[0] = 0;
    for (let from = 0; from < length; ) {
      const here = scores[from] as number;
      const next = from + ((word.codePointAt(from) as number) > 0xff_ff ? 2 : 1);
      let known = false;
      for (let to = from, node = Trie.ROOT; to < length; ) {
        node = this.#trie.child(node, word.charCodeAt(to++));
        if (node === Trie.NONE) break;
        const id = this.#trie.value(node);
        if (id === Trie.NONE) continue;
        if (to === next) known = true;
        const score = here + (this.#scores[id] as number);
        if (score > (scores[to] as number)) {
          scores[to] = score;
          starts[to] = from;
          last[to] = id;
        }
      }
      const unknown = here + this.#unknownScore;
      if (!known && unknown > (scores[next] as number)) {
        scores[next] = unknown;
        starts[next] = from;
        last[next] = this.#unknownId;
      }
      from = next;
    }
    const ids: number[] = [];
    for (let to = length; to > 0; to = starts[to] as number) {
      const id = last[to] as number;
      if (id !== this.#unknownId || ids.at(-1) !== id) ids.push(id);
    }
    return ids.toReversed();
  }
}

/** A trie over UTF-16 units. All edges are in one hash table with open addressing, so that a large trie consists of few objects. */
class Trie {
  static readonly NONE = -1;
  static readonly ROOT = 0;
  /** The parent, unit and child of each edge. A child of 0 means that there is no edge, because the root is never a child. */
  #parents = new Int32Array(1 << 12);
  #units = new Uint16Array(1 << 12);
  #children = new Int32Array(1 << 12);
  readonly #values: number[] = [Trie.NONE];

  add(text: string, value: number): void {
    let node = Trie.ROOT;
    for (let i = 0; i < text.length; i++) node = this.#childOrNew(node, text.charCodeAt(i));
    this.#values[node] = value;
  }

  child(node: number, unit: number): number {
    const child = this.#children[this.#slot(node, unit)] as number;
    return child === 0 ? Trie.NONE : child;
  }

  value(node: number): number {
    return this.#values[node] as number;
  }

  #childOrNew(node: number, unit: number): number {
    const slot = this.#slot(node, unit);
    const child = this.#children[slot] as number;
    if (child !== 0) return child;
    const created = this.#values.push(Trie.NONE) - 1;
    this.#put(slot, node, unit, created);
    if (2 * created > this.#children.length) this.#grow();
    return created;
  }

  #put(slot: number, node: number, unit: number, child: number): void {
    this.#parents[slot] = node;
    this.#units[slot] = unit;
    this.#children[slot] = child;
  }

  /** The slot of the edge, or the free slot for it. */
  #slot(node: number, unit: number): number {
    const mask = this.#children.length - 1;
    let slot = (Math.imul(node, 0x9e_37_79_b1) ^ Math.imul(unit, 0x85_eb_ca_6b)) >>> 7;
    for (; ; slot++) {
      slot &= mask;
      if (this.#children[slot] === 0 || (this.#parents[slot] === node && this.#units[slot] === unit)) return slot;
    }
  }

  #grow(): void {
    const [parents, units, children] = [this.#parents, this.#units, this.#children];
    this.#parents = new Int32Array(2 * children.length);
    this.#units = new Uint16Array(2 * children.length);
    this.#children = new Int32Array(2 * children.length);
    for (const [i, child] of children.entries()) {
      if (child === 0) continue;
      const [node, unit] = [parents[i] as number, units[i] as number];
      this.#put(this.#slot(node, unit), node, unit, child);
    }
  }
}
