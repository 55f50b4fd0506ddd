import pLimit from "p-limit";
import type { QueuePublisher } from "../../shared/publisher.ts";
import type { ReviewStore } from "../../shared/store.ts";
import type { RowDocument } from "./row-documents.ts";
import { announced } from "./waiting.ts";

/** Maximum bytes per request to the store. Firestore accepts 10 MiB; Google's emulator accepts 4 MiB. */
const MAX_REQUEST_BYTES = 2_500_000;

/** Requests in flight. */
const CONCURRENCY = 4;

/**
 * Writes documents and then publishes their paths, as an application does with new reviews.
 * @param documents no two with the same path, which Firestore refuses in one request
 */
export async function storeAndPublish(
  store: Pick<ReviewStore, "put">,
  publisher: Pick<QueuePublisher, "publishReview">,
  documents: readonly RowDocument[],
  { force = false, signal }: { force?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const limit = pLimit(CONCURRENCY);
  const requests = requestsOf(documents).map((some) => limit(() => store.put(some)));
  await announced(allOrFirstError(requests), "Firestore to store reviews", signal);
  await publishAll(
    publisher,
    documents.map(({ path }) => path),
    { force, signal },
  );
}

/** Publishes reviews; all are stored by Pub/Sub when it resolves. */
export async function publishAll(
  publisher: Pick<QueuePublisher, "publishReview">,
  paths: readonly string[],
  { force = false, signal }: { force?: boolean; signal?: AbortSignal | undefined },
): Promise<void> {
  const published = allOrFirstError(paths.map((path) => publisher.publishReview(path, { force })));
  await announced(published, "Pub/Sub to take messages", signal);
}

/** Waits for all, then throws the first error, so that nothing is still in flight. */
async function allOrFirstError(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** Splits documents into groups that each fit into a request. */
function requestsOf(documents: readonly RowDocument[]): RowDocument[][] {
  const requests: RowDocument[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const document of documents) {
    bytes += document.bytes;
    if (bytes > MAX_REQUEST_BYTES) {
      requests.push([]);
      bytes = document.bytes;
    }
    requests.at(-1)?.push(document);
  }
  return requests;
}
