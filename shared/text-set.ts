import { hash } from "node:crypto";

/** Number of hexadecimal digits that a JavaScript number holds exactly. */
const DIGITS = 13;

/**
 * A set of many millions of texts. It takes about 20 bytes per text; a `Set` takes more than a hundred and holds at most 16 million.
 * It stores only 52 bits of a digest, so it may mistake a new text for one that it contains: with ten million texts, this happens in
 * about one of a hundred sets.
 */
export class TextSet {
  /** Open addressing: the digest of a text is in its slot or in one of the next ones. 0 is an empty slot. */
  #slots = new Float64Array(1_024);
  #size = 0;

  /** @returns whether the text was not in the set */
  add(text: string): boolean {
    const key = Number.parseInt(hash("sha256", text).slice(0, DIGITS), 16) + 1;
    if (!insert(this.#slots, key)) return false;
    if (++this.#size > this.#slots.length / 2) {
      const slots = new Float64Array(2 * this.#slots.length);
      for (const one of this.#slots) if (one !== 0) insert(slots, one);
      this.#slots = slots;
    }
    return true;
  }
}

/** @returns whether the key was not there */
function insert(slots: Float64Array, key: number): boolean {
  let slot = key % slots.length;
  while (slots[slot] !== 0) {
    if (slots[slot] === key) return false;
    slot = (slot + 1) % slots.length;
  }
  slots[slot] = key;
  return true;
}
