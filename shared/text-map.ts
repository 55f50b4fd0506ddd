import { hash } from "node:crypto";

/** Number of hexadecimal digits that a JavaScript number holds exactly. */
const DIGITS = 13;

/**
 * A map from many millions of texts to numbers. It takes about 40 bytes per text; a `Map` takes more than a hundred and holds at most 16
 * million. It stores only 52 bits of a digest, so it may mistake a new text for one that it contains: with ten million texts, this
 * happens in about one of a hundred maps.
 */
export class TextMap {
  /** Open addressing: the digest of a text is in its slot or in one of the next ones. 0 is an empty slot. */
  #keys = new Float64Array(1_024);
  /** By slot. */
  #values = new Float64Array(1_024);
  #size = 0;

  /**
   * Adds a text, unless the map contains it.
   * @returns the number that the text had
   */
  add(text: string, value: number): number | undefined {
    const key = keyOf(text);
    const slot = slotOf(this.#keys, key);
    if (this.#keys[slot] === key) return this.#values[slot];
    this.#keys[slot] = key;
    this.#values[slot] = value;
    if (++this.#size > this.#keys.length / 2) this.#grow();
    return undefined;
  }

  #grow(): void {
    const keys = new Float64Array(2 * this.#keys.length);
    const values = new Float64Array(keys.length);
    for (const [i, key] of this.#keys.entries()) {
      if (key === 0) continue;
      const slot = slotOf(keys, key);
      keys[slot] = key;
      values[slot] = this.#values[i] as number;
    }
    this.#keys = keys;
    this.#values = values;
  }
}

function keyOf(text: string): number {
  return Number.parseInt(hash("sha256", text).slice(0, DIGITS), 16) + 1;
}

/** The slot of the key, or the empty one where it belongs. */
function slotOf(keys: Float64Array, key: number): number {
  let slot = key % keys.length;
  while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) % keys.length;
  return slot;
}
