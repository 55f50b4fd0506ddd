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
      const at = line + (chunk === undefined ? 0 : linesBeforeInvalid(chunk, decoder.encoding));
      throw new InputError(
        `${path}, line ${at}: not ${decoder.encoding.toUpperCase()}; name the file's encoding, for example --encoding windows-1252`,
        { cause },
      );
    }
  };
  for await (const chunk of chunks) {
    const text = decode(chunk);
    line += countOf("\n", text);
    yield text;
  }
  const rest = decode();
  if (rest !== "") yield rest;
}

function decoderOf(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (cause) {
    throw new InputError(
      `--encoding ${encoding}: unknown; use utf-8, utf-16le, windows-1252, iso-8859-15, shift_jis, gb18030, big5, euc-kr, koi8-r or another of https://encoding.spec.whatwg.org/#names-and-labels`,
      { cause },
    );
  }
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

/** Number of lines of the chunk that end before its first invalid byte. */
function linesBeforeInvalid(chunk: Buffer, encoding: string): number {
  if (encoding !== "utf-8") return 0;
  let number = 0;
  // The first bytes may continue a character of the previous chunk.
  let start = chunk.findIndex((byte) => (byte & 0xc0) !== 0x80);
  for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start), number++) {
    if (!isUtf8(chunk.subarray(start, end))) return number;
    start = end + 1;
  }
  // Nothing but a character that is cut off at the end of the chunk before.
  return isUtf8(chunk.subarray(start)) ? 0 : number;
}

function countOf(character: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) count++;
  return count;
}
