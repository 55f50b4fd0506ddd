import { hash } from "node:crypto";

/** Number of hexadecimal digits that a JavaScript number holds exactly. */
const DIGITS = 13;

/** At most this part of the slots is taken. */
const MAX_LOAD = 0.75;

/**
 * The rows of a file by their ids: many millions, at about 40 bytes each. A `Map` takes more than a hundred and holds at most 16 million.
 * It stores only 52 bits of a digest, so it may mistake a new id for one that it contains: with ten million ids, this happens in
 * about one of a hundred files.
 */
export class RowIndex {
  /** Open addressing: the digest of an id is in its slot or in one of the next ones. 0 is an empty slot. */
  #ids = new Float64Array(1_024);
  /** By slot. */
  #lines = new Uint32Array(1_024);
  #contents = new Float64Array(1_024);
  #size = 0;

  /**
   * Adds a row, unless there is one with its id.
   * @param content what is compared with that row, if it matters
   * @returns that row's line, and whether it has the same content
   */
  add(id: string, line: number, content?: string): { line: number; isEqual: boolean } | undefined {
    const key = digestOf(id);
    const digest = content === undefined ? 0 : digestOf(content);
    const slot = slotOf(this.#ids, key);
    if (this.#ids[slot] === key) return { line: this.#lines[slot] as number, isEqual: this.#contents[slot] === digest };
    this.#ids[slot] = key;
    this.#lines[slot] = line;
    this.#contents[slot] = digest;
    if (++this.#size > MAX_LOAD * this.#ids.length) this.#grow();
    return undefined;
  }

  #grow(): void {
    const ids = new Float64Array(2 * this.#ids.length);
    const lines = new Uint32Array(ids.length);
    const contents = new Float64Array(ids.length);
    for (const [i, key] of this.#ids.entries()) {
      if (key === 0) continue;
      const slot = slotOf(ids, key);
      ids[slot] = key;
      lines[slot] = this.#lines[i] as number;
      contents[slot] = this.#contents[i] as number;
    }
    this.#ids = ids;
    this.#lines = lines;
    this.#contents = contents;
  }
}

function digestOf(text: string): number {
  return Number.parseInt(hash("sha256", text).slice(0, DIGITS), 16) + 1;
}

/** The slot of the key, or the empty one where it belongs. */
function slotOf(keys: Float64Array, key: number): number {
  let slot = key % keys.length;
  while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) % keys.length;
  return slot;
}
