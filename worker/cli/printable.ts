/** Control characters (C0, C1), line separators and direction marks: terminals act on them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it matches control characters on purpose
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;

/**
 * Text from outside, such as a review's or a document id, as it can be printed for people. Control characters become escapes such as
 * `\x1b`, so that they cannot move the cursor, change colours or hide other text.
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
