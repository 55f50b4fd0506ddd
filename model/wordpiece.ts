/**
 * Splits words into pieces of a vocabulary, longest match first (Wu et al. 2016, "Google's Neural Machine Translation System",
 * section 4.1). Unlike the packages' own, it never looks up a piece that is longer than the longest one: they take 3 ms for an
 * unknown word of a hundred letters, and a review may have hundreds of them.
 */
export class WordPiece {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #unknown: number;
  readonly #prefix: string;
  readonly #longestWord: number;
  /** In UTF-16 units, prefix included. */
  readonly #longestPiece: number;

  /**
   * @param ids of the pieces
   * @param unknown id of the piece for a word that cannot be split
   * @param prefix of pieces inside a word
   * @param longestWord in characters; a longer word is unknown
   */
  constructor(ids: ReadonlyMap<string, number>, unknown: number, prefix: string, longestWord: number) {
    this.#ids = ids;
    this.#unknown = unknown;
    this.#prefix = prefix;
    this.#longestWord = longestWord;
    this.#longestPiece = [...ids.keys()].reduce((longest, { length }) => Math.max(longest, length), 0);
  }

  /** The ids of the pieces of all words, in order. */
  encode(words: readonly string[]): number[] {
    const ids: number[] = [];
    for (const word of words) {
      // Most words are one piece.
      const whole = word.length <= this.#longestWord ? this.#ids.get(word) : undefined;
      if (whole !== undefined) ids.push(whole);
      else ids.push(...(this.#split(word) ?? [this.#unknown]));
    }
    return ids;
  }

  #split(word: string): number[] | undefined {
    if (word.length > this.#longestWord && [...word].length > this.#longestWord) return undefined;
    const ids: number[] = [];
    for (let from = 0; from < word.length; ) {
      const prefix = from === 0 ? "" : this.#prefix;
      let to = Math.min(word.length, from + this.#longestPiece - prefix.length);
      let id: number | undefined;
      // A part that ends within a character is no piece.
      for (; to > from && id === undefined; to--) id = this.#ids.get(prefix + word.slice(from, to));
      if (id === undefined) return undefined;
      ids.push(id);
      from = to + 1;
    }
    return ids;
  }
}
