import { z } from "zod";
import { chunks, InputError, openReviewsFile } from "../../shared/reviews-file.ts";
import { readConfig } from "../config.ts";
import { originalAttributes } from "../dead-letter.ts";
import { openConfigured } from "./backend.ts";

/** Of a line that `redrive --to` has written, what makes the message again. */
const Letter = z.object({
  attributes: z.record(z.string(), z.string()),
  data: z.string().optional(),
  dataBase64: z.base64().default(""),
});

/** Messages on their way at once. */
const CHUNK = 1_000;

/** `redrive --from`: publishes what `--to` has written. The file stays: publishing it twice does no harm, as with any message. */
export async function redriveFrom(path: string, json: boolean): Promise<void> {
  const config = readConfig(process.env);
  const { rows } = await openReviewsFile(path);
  const backend = await openConfigured(config);
  let done = 0;
  try {
    for await (const some of chunks(rows(), CHUNK)) {
      const letters = some.map((row) => Letter.safeParse(row).data);
      const messages = letters.map((letter) => {
        if (letter === undefined) throw new InputError(`${path} holds something else than what redrive --to writes`);
        const { data, dataBase64, attributes } = letter;
        return { data: data === undefined ? Buffer.from(dataBase64, "base64") : Buffer.from(data), attributes };
      });
      await Promise.all(messages.map((m) => backend.queue.publish(m.data, originalAttributes(m.attributes))));
      done += messages.length;
    }
  } finally {
    console.log(json ? JSON.stringify({ done }) : `${done} dead letters published to ${config.PUBSUB_TOPIC}`);
    await backend.close();
  }
}
