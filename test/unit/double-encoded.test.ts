import { expect, test } from "vitest";
import { doubleEncoded } from "../../worker/cli/double-encoded.ts";

const twice = (text: string): string => new TextDecoder("windows-1252").decode(Buffer.from(text));

test.each(["schön", "größer", "voilà", "Qualität", "más", "¿Qué?", "don’t", "отлично", "とても良い", "سيئ", "👍"])(
  "%s that was encoded twice is recognised",
  (word) => {
    expect(doubleEncoded(`Sehr ${twice(word)} gut`)).toEqual({ word: twice(word), was: word });
  },
);

test.each([
  "Sehr schön, größer als üblich",
  "La créée été à l’île, où ça",
  "¡Qué bueno! ¿Más? NÃO, SÃO",
  "AÇÃO MÃE",
  "отлично, とても良い 👍",
  "plain",
  "好".repeat(200_000),
  `é${"ß好".repeat(100_000)}`,
])("%j is not", (text) => {
  expect(doubleEncoded(text)).toBeUndefined();
});
