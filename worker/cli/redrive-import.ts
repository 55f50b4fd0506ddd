import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import { RefusedMessageError } from "../../shared/queue.ts";
import { chunks, openReviewsFile } from "../../shared/reviews-file.ts";
import { readConfig } from "../config.ts";
import { messageOf } from "../replay/dead-letter-file.ts";
import { counted } from "./counted.ts";
import { openChecked } from "./preflight.ts";
import { printable } from "./printable.ts";

/** Messages published at once, by number and by size. */
const CHUNK = 1_000;
const CHUNK_SIZE = { length: 32 * 2 ** 20, of: ({ data }: ImportedMessage): number => data.length };

/** A message has 10 MB, and JSON may take six characters for one byte of it. Its attributes have at most 100 times 1,280 bytes. */
const LONGEST_LINE = 64 * 2 ** 20;

/**
 * `redrive import`: publishes the messages of a file that `redrive export` has written. The file stays: publishing it twice is
 * harmless. Exits 1 if the topic refuses a message; the others are published all the same.
 */
export async function redriveImport(path: string, { json = false }: { json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const { rows } = await openReviewsFile(path, { longest: LONGEST_LINE });
  const backend = await openChecked(config);
  let [done, refused, read] = [0, 0, 0];
  let damage: unknown;
  /** The messages before the first line that cannot be read. */
  const readable = async function* (): AsyncGenerator<ImportedMessage> {
    try {
      yield* messagesOf(path, rows());
    } catch (error) {
      damage = error;
    }
  };
  const publish = async ({ data, attributes, orderingKey }: ImportedMessage) => {
    try {
      await backend.queue.publish(data, attributes, orderingKey);
      done++;
      return undefined;
    } catch (error) {
      if (!(error instanceof RefusedMessageError)) throw error;
      refused++;
      return printable(error.message);
    }
  };
  try {
    for await (const messages of chunks(readable(), CHUNK, CHUNK_SIZE)) {
      // All of them are settled before an error ends the command, so that the count is right.
      const outcomes = await Promise.allSettled(messages.map(publish));
      // Refusals arrive in any order. They are printed in that of the file.
      for (const [i, outcome] of outcomes.entries())
        if (outcome.status === "fulfilled" && outcome.value !== undefined)
          console.error(`review-sentiment: ${path}, message ${read + i + 1}: ${outcome.value}`);
      read += messages.length;
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    }
    if (damage instanceof InputError && damage.cause instanceof SyntaxError)
      throw new InputError(
        `${path}, message ${read + 1}: not JSON; the messages before it were published. If it is the last one, the export was interrupted while writing it, and it is still dead-lettered`,
        { cause: damage },
      );
    if (damage !== undefined) throw damage;
  } finally {
    console.log(
      json
        ? JSON.stringify({ done, refused })
        : `${counted(done, "dead-lettered message")} published to ${config.PUBSUB_TOPIC}`,
    );
    await backend.close();
  }
  if (refused > 0) process.exitCode = 1;
}

type ImportedMessage = NonNullable<ReturnType<typeof messageOf>>;

/** @throws {InputError} at the first line that is no message */
async function* messagesOf(path: string, rows: AsyncIterable<Row>): AsyncGenerator<ImportedMessage> {
  for await (const row of rows) {
    const message = messageOf(row);
    if (message === undefined) throw new InputError(`${path} holds lines that \`redrive export\` has not written`);
    yield message;
  }
}
