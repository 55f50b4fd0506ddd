/** Which languages can be detected, and the reader of lists of them. This file imports no package: the infrastructure uses it too. */

/** BCP 47 primary tags of the languages that `eld` knows. */
export const DETECTABLE_LANGUAGES: readonly string[] = (
  "am ar az be bg bn ca cs da de el en es et eu fa fi fr gu he hi hr hu hy is it ja ka kn ko ku lo lt lv ml mr ms nl no " +
  "or pa pl pt ro ru sk sl sq sr sv ta te th tl tr uk ur vi yo zh"
).split(" ");

/** Completes "set it to …" in the message about a wrong value of `LANGUAGES`. */
export const EXPECTED_LANGUAGES =
  "any, or BCP 47 primary tags of all languages to label such as es,ca,pt,en, or leave it out to label those that the model reads";

/**
 * Reads `LANGUAGES`: `any`, or tags separated by commas.
 * @throws {Error} if a tag is none that can be detected; the message lists those that can
 */
export function parseLanguages(source: string): "any" | readonly string[] {
  const tags = source.split(",").map((tag) => tag.trim().toLowerCase());
  if (tags.length === 1 && tags[0] === "any") return "any";
  const unknown = tags.filter((tag) => !DETECTABLE_LANGUAGES.includes(tag));
  if (unknown.length > 0)
    throw new Error(
      `${unknown.map((tag) => JSON.stringify(tag)).join(" and ")} cannot be detected, only ${DETECTABLE_LANGUAGES.join(", ")}`,
    );
  return [...new Set(tags)];
}
