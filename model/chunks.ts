import { open } from "node:fs/promises";

const PIECE_BYTES = 1 << 20;

/**
 * The content of a file, piece after piece in one and the same buffer: each is gone when the next is asked for. Of a stream's
 * buffers a worker that has just read its weights would still hold all, until it next collects garbage.
 */
export async function* pieces(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
