import { decodeHTMLStrict } from "entities/decode";

/** Text that went through several systems may have been escaped by more than one. */
const MAX_ROUNDS = 3;

/** Decodes HTML entities such as `&#8217;`: shops store texts that a form or a feed has escaped. */
export function decodeEntities(text: string): string {
  let decoded = text;
  for (let round = 0; round < MAX_ROUNDS && /&[#\w]+;/.test(decoded); round++) decoded = decodeHTMLStrict(decoded);
  return decoded;
}
