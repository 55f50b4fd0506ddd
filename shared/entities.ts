import { decodeHTMLStrict } from "entities/decode";

/** Text that went through several systems may have been escaped by more than one. */
const MAX_ROUNDS = 3;

/** The text with its HTML entities decoded, such as `&#8217;`: shops store what a form or a feed has escaped. */
export function decodeEntities(text: string): string {
  let decoded = text;
  for (let round = 0; round < MAX_ROUNDS && /&[#\w]+;/.test(decoded); round++) decoded = decodeHTMLStrict(decoded);
  return decoded;
}
