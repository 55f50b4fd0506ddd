/**
 * SentencePiece's precompiled character map: a double-array trie (Aoe 1989, in the layout of darts-clone) from UTF-8 sequences
 * to positions in a block of NUL-terminated replacements.
 *
 *     bytes: trie size (uint32) | trie (uint32 units) | replacements (UTF-8)
 */
export class CharacterMap {
  readonly #trie: Uint32Array;
  readonly #replacements: Uint8Array;
  /** Cached replacements by grapheme or character; `undefined` if there is none. */
  readonly #known = new Map<string, string | undefined>();
  readonly #runs: RegExp;
  readonly #graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

  /** @throws {RangeError} if the map is truncated */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = view.getUint32(0, true);
    this.#trie = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.#replacements = bytes.subarray(4 + size);
    const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
    const mapped = ascii.filter((character) => this.#replacement(character) !== undefined);
    const single = mapped.map((character) => `|\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
    // An ASCII character is a grapheme by itself, unless a non-ASCII character follows.
    this.#runs = new RegExp(`\\r\\n|(?:[\\0-\\x7F]?[^\\0-\\x7F]+)+[\\0-\\x7F]?${single}`, "g");
  }

  /** Replaces graphemes of fewer than 6 bytes if the map contains them, otherwise their characters one by one, as `tokenizers` does. */
  apply(text: string): string {
    return text.replace(this.#runs, (run) => {
      if (run.length === 1) return this.#replacement(run) ?? run;
      let result = "";
      for (const { segment } of this.#graphemes.segment(run)) result += this.#applyToGrapheme(segment);
      return result;
    });
  }

  #applyToGrapheme(grapheme: string): string {
    if (Buffer.byteLength(grapheme) < 6) {
      const whole = this.#replacement(grapheme);
      if (whole !== undefined) return whole;
    }
    let result = "";
    for (const character of grapheme) result += this.#replacement(character) ?? character;
    return result;
  }

  #replacement(key: string): string | undefined {
    if (this.#known.has(key)) return this.#known.get(key);
    const position = this.#find(Buffer.from(key));
    const found =
      position === undefined
        ? undefined
        : Buffer.from(this.#replacements.subarray(position, this.#replacements.indexOf(0, position))).toString();
    // Texts normally use few different graphemes. The limit bounds the memory for texts that use many.
    if (this.#known.size < 10_000) this.#known.set(key, found);
    return found;
  }

  /** The start of the replacement for the shortest prefix of `key` that has one. */
  #find(key: Uint8Array): number | undefined {
    let node = offsetOf(this.#trie[0] as number);
    for (const byte of key) {
      if (byte === 0) break;
      node ^= byte;
      const unit = this.#trie[node];
      if (unit === undefined || labelOf(unit) !== byte) break;
      node ^= offsetOf(unit);
      if (hasLeaf(unit)) return (this.#trie[node] as number) & 0x7f_ff_ff_ff;
    }
    return undefined;
  }
}

const hasLeaf = (unit: number): boolean => ((unit >>> 8) & 1) === 1;
/** A unit with the highest bit set holds a value and matches no label. */
const labelOf = (unit: number): number => (unit & 0x80_00_00_ff) >>> 0;
const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x2_00) >>> 6);
