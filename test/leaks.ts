/** A word that tests put into texts and credentials, and a search for it in places that must not contain any. */
export const WORD = "CANARY";

/** The word as it is, in base64 wherever it begins, and as the numbers of a buffer. */
const FORMS = [
  WORD,
  ...[0, 1, 2].map((before) =>
    Buffer.from("\0".repeat(before) + WORD)
      .toString("base64")
      .slice(Math.ceil((before * 8) / 6), Math.floor(((before + WORD.length) * 8) / 6)),
  ),
  [...Buffer.from(WORD)].join(","),
];

/** The lines of an output in which the word is found. */
export function leaks(output: string): string[] {
  return output.split("\n").filter((line) => FORMS.some((form) => line.replaceAll(/[\s"]/g, "").includes(form)));
}
