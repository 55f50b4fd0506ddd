/** Control characters of C0 and C1, and those that turn the direction of what follows: a terminal obeys them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;

/**
 * Text of a review, a document id or a file as it can be shown to a person: control characters are written as escapes, such as
 * `\x1b`, so that they cannot move the cursor, change colours or hide what stands beside them.
 */
export function printable(text: string): string {
  return text.toWellFormed().replace(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The same for a message of several lines: its line feeds stay. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
