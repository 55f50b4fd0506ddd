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
    // Pieces end only where characters do.
    const ends = [0];
    for (const character of word) ends.push((ends.at(-1) as number) + character.length);
    const characters = ends.length - 1;
    if (characters > this.#longestWord) return undefined;
    const ids: number[] = [];
    for (let from = 0; from < characters; ) {
      const prefix = from === 0 ? "" : this.#prefix;
      const begin = ends[from] as number;
      let to = characters;
      while (to > from && prefix.length + (ends[to] as number) - begin > this.#longestPiece) to--;
      let id: number | undefined;
      for (; to > from && id === undefined; to--) id = this.#ids.get(prefix + word.slice(begin, ends[to]));
      if (id === undefined) return undefined;
      ids.push(id);
      from = to + 1;
    }
    return ids;
  }
}
