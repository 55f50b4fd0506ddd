/** Decodes the bytes of a file, and refuses bytes that are not valid in its encoding. */
import { isUtf8 } from "node:buffer";
import { InputError } from "./input-error.ts";

/**
 * @param encoding a label of the Encoding Standard such as `windows-1252`. @default UTF-16 after its byte order mark, else UTF-8
 * @param head the first bytes, which decide about UTF-16
 * @throws {InputError} at the first line that is not valid, or at once if the encoding is unknown
 */
export async function* decodeText(
  chunks: AsyncIterable<Buffer>,
  { path, head, encoding }: { path: string; head: Buffer; encoding?: string | undefined },
): AsyncGenerator<string> {
  const decoder = decoderOf(encoding ?? encodingByMark(head) ?? "utf-8");
  // Half of UTF-16 text is zero bytes; other text has none.
  if (!decoder.encoding.startsWith("utf-16") && head.includes(0))
    throw new InputError(
      `${path} is not text: it holds zero bytes. If it is UTF-16, add --encoding utf-16le; otherwise convert it to CSV or JSON lines`,
    );
  if (isMistakenlyNamed(decoder.encoding, head))
    throw new InputError(`${path} is UTF-8, not ${decoder.encoding}: leave out --encoding`);
  let line = 1;
  const decode = (chunk?: Buffer): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      const { lines, rest } =
        chunk === undefined ? { lines: 0, rest: Buffer.of() } : linesBeforeInvalid(chunk, decoder.encoding);
      throw new InputError(
        `${path}, line ${line + lines}: not ${decoder.encoding.toUpperCase()}. ${encodingHint(rest)}`,
        { cause },
      );
    }
  };
  for await (const chunk of chunks) {
    const text = decode(chunk);
    line += text.split("\n").length - 1;
    yield text;
  }
  const rest = decode();
  if (rest !== "") yield rest;
}

function decoderOf(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (cause) {
    // Those of DOS, which Excel still offers, are not part of the Encoding Standard.
    const page = /^(?:cp|dos|ibm)?[-_ ]?(\d{3})$/i.exec(encoding)?.[1];
    throw new InputError(
      page === undefined
        ? `--encoding ${encoding}: unknown; use utf-8, utf-16le, windows-1252, macintosh, iso-8859-15, shift_jis, gb18030, big5, euc-kr, koi8-r or another of https://encoding.spec.whatwg.org/#names-and-labels`
        : `--encoding ${encoding}: this encoding of DOS is not supported; ${convertFrom(page)}`,
      { cause },
    );
  }
}

function convertFrom(page: string): string {
  return `save the file again as "CSV UTF-8" in Excel, or convert it: iconv -f CP${page} -t UTF-8 FILE > NEW`;
}

/** What European editions of Excel write as "CSV" and "CSV (Macintosh)". */
const CANDIDATES = ["windows-1252", "macintosh"];

/** A longer word is not shown: it may be a whole text in a script without spaces. */
const MAX_WORD = 40;

/**
 * Which encodings a text may have, with a word of it in each, so that a person sees which one is right: any bytes are valid in these.
 * @param text from the line that is not valid UTF-8
 */
function encodingHint(text: Buffer): string {
  const word = invalidWord(text);
  const readings = CANDIDATES.flatMap((encoding) => {
    const read = word && new TextDecoder(encoding).decode(word);
    if (read === undefined || read.length > MAX_WORD) return [`--encoding ${encoding}`];
    // No word has control characters.
    return /[\x80-\x9f]/.test(read) ? [] : [`--encoding ${encoding} (it reads "${read}")`];
  });
  const named = readings.length === 0 ? "" : `Name the encoding that reads the file right: ${readings.join(" or ")}. `;
  return `${named}For an encoding of DOS, ${convertFrom("850")}`;
}

/** The first word that is not valid UTF-8. */
function invalidWord(text: Buffer): Buffer | undefined {
  // All other bytes of ASCII end a word, in each of the candidates.
  const isPart = (byte: number): boolean => byte >= 0x80 || /[\w'-]/.test(String.fromCharCode(byte));
  for (let start = 0; start < text.length; start++) {
    if (!isPart(text[start] as number)) continue;
    let end = start + 1;
    while (end < text.length && isPart(text[end] as number)) end++;
    const word = text.subarray(start, end);
    if (!isUtf8(word)) return word;
    start = end;
  }
  return undefined;
}

/** A byte order mark, in UTF-8. */
const UTF8_MARK = Buffer.from("\uFEFF");

/**
 * Whether text is UTF-8 although another encoding is named: it would become "cafÃ©" without an error.
 * @param head the first bytes, which may end within a character
 */
function isMistakenlyNamed(encoding: string, head: Buffer): boolean {
  if (encoding === "utf-8" || encoding.startsWith("utf-16")) return false;
  if (head.subarray(0, UTF8_MARK.length).equals(UTF8_MARK)) return true;
  // In encodings with one byte per character, letters that happen to form valid UTF-8 make no sense. Others may be valid by chance.
  if (!/^(windows-|iso-8859-|koi8-|macintosh|ibm866)/.test(encoding)) return false;
  const whole = head.subarray(0, head.findLastIndex((byte) => byte < 0x80) + 1);
  return whole.some((byte) => byte >= 0x80) && isUtf8(whole);
}

function encodingByMark(head: Buffer): string | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  return undefined;
}

/** Number of lines of the chunk that end before its first invalid byte, and the rest of the chunk. */
function linesBeforeInvalid(chunk: Buffer, encoding: string): { lines: number; rest: Buffer } {
  if (encoding !== "utf-8") return { lines: 0, rest: Buffer.of() };
  let number = 0;
  // The first bytes may continue a character of the previous chunk.
  let start = chunk.findIndex((byte) => (byte & 0xc0) !== 0x80);
  for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start), number++) {
    if (!isUtf8(chunk.subarray(start, end))) return { lines: number, rest: chunk.subarray(start) };
    start = end + 1;
  }
  // Nothing but a character that is cut off at the end of the chunk before.
  const rest = chunk.subarray(start);
  return isUtf8(rest) ? { lines: 0, rest: Buffer.of() } : { lines: number, rest };
}
