import { open } from "node:fs/promises";

const CHUNK_BYTES = 1 << 20;

/**
 * Reads a file in chunks that share one buffer: each chunk is overwritten when the next one is requested. A stream would allocate a
 * buffer for each chunk, and all of them would stay in memory until the next garbage collection.
 */
export async function* chunks(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
