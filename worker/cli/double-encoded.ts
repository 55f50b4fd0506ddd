/**
 * Finds text that was UTF-8, was read as windows-1252, and was written as UTF-8 again: `schön` became `schÃ¶n`. A spreadsheet does that
 * if it opens a CSV file of UTF-8 without a byte order mark.
 */

import { printable } from "./printable.ts";

/** The byte of each character of windows-1252. */
const BYTES = new Map(
  Array.from({ length: 256 }, (_, byte) => [new TextDecoder("windows-1252").decode(Uint8Array.of(byte)), byte]),
);

/** Two characters that may be the first bytes of one. */
const SUSPECT = /[\u00C2-\u00F4]\P{ASCII}/u;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** The first word of a text that was encoded twice, with what it was; `undefined` if there is none. */
export function doubleEncoded(text: string): { word: string; was: string } | undefined {
  if (!SUSPECT.test(text)) return undefined;
  // Not \s, which has the no-break space: that is a byte of "à".
  for (const word of text.split(/[ \t\r\n]+/)) {
    if (!SUSPECT.test(word)) continue;
    const bytes = Array.from(word, (character) => BYTES.get(character));
    if (bytes.includes(undefined)) continue;
    try {
      return { word, was: UTF8.decode(Uint8Array.from(bytes as number[])) };
    } catch {
      // It is what it should be.
    }
  }
  return undefined;
}

/** Fewer texts with a word that seems to be encoded twice may have it for another reason. */
const MIN_TEXTS = 3;

/** Counts the texts of a file that were probably encoded twice. */
export class DoubleEncodedTexts {
  #count = 0;
  #example?: { word: string; was: string };

  add(text: unknown): void {
    const found = typeof text === "string" ? doubleEncoded(text) : undefined;
    if (found === undefined) return;
    this.#count++;
    this.#example ??= found;
  }

  /** For the end of a file: warns if there are several. */
  report(): void {
    if (this.#count < MIN_TEXTS || this.#example === undefined) return;
    const { word, was } = this.#example;
    console.error(
      `review-sentiment: ${this.#count} texts were encoded twice, such as "${printable(excerpt(word))}" for "${printable(excerpt(was))}": export the reviews again, and open the export as UTF-8`,
    );
  }
}

/** A word is longer in a script without spaces. */
function excerpt(word: string): string {
  return word.length > 40 ? `${word.slice(0, 40)}…` : word;
}
