/** Reviews in Firestore whose label people have given: the dashboard's corrections, and customers' ratings. */
import type { Firestore, Query, QueryDocumentSnapshot } from "@google-cloud/firestore";
import type { Row } from "../../shared/json-rows.ts";
import { hashText } from "../../shared/result.ts";
import { addNames, type ReviewsFile } from "../../shared/reviews-file.ts";
import { TRIAGE_FIELD } from "../../shared/settings.ts";
import type { Config } from "../config.ts";
import { type Polarity, polarityOfStars } from "./gold-label.ts";
import { openStore } from "./preflight.ts";
import { requireCollection } from "./require-collection.ts";
import { announced } from "./waiting.ts";

export interface TruthOptions {
  /** The field with the customer's rating, 1 to 5. Without it, only corrections are read. */
  ratingField?: string | undefined;
  /** Maximum number of documents to read of each kind. */
  limit: number;
  /** Called with the number of documents read so far. */
  onRead?: (documents: number) => void;
}

/** The fields of a row, whatever the documents call theirs. */
export const TRUTH_FIELDS = { text: "text", label: "label" };

/** Documents per request. */
const PAGE = 500;

/**
 * Reads corrections, and ratings of reviews without one. A correction of an earlier text is left out.
 * @returns the rows by kind, kinds without rows left out; the number of documents read; how many of them have a text in place of
 * the rating's number; the names of their fields; and whether one of them has the text's field
 * @throws {InputError} if REVIEWS_PATH does not name the collection
 * @throws {StoreError}
 */
export async function readStoredTruth(
  config: Config,
  { ratingField, limit, onRead = () => {} }: TruthOptions,
): Promise<{ files: ReviewsFile[]; read: number; textRatings: number; fields: Set<string>; hasText: boolean }> {
  const collection = requireCollection(config.REVIEWS_PATH, "eval --from-firestore");
  // Firestore's client takes a while to load: here, so that commands without it need not wait.
  const [{ store, close }, { FieldPath }] = await Promise.all([openStore(config), import("@google-cloud/firestore")]);
  try {
    const all = (firestore: Firestore): Query =>
      "group" in collection ? firestore.collectionGroup(collection.group) : firestore.collection(collection.path);
    let read = 0;
    const fields = new Set<string>();
    let hasText = false;
    const documents = async (order: Parameters<Query["orderBy"]>[0]): Promise<QueryDocumentSnapshot[]> => {
      const found: QueryDocumentSnapshot[] = [];
      while (found.length < limit) {
        const size = Math.min(PAGE, limit - found.length);
        const last = found.at(-1);
        const page = store.find((firestore) => {
          const query = all(firestore).orderBy(order).limit(size);
          return last === undefined ? query : query.startAfter(last);
        });
        const docs = await announced(page, "Firestore to read reviews");
        found.push(...docs);
        read += docs.length;
        onRead(read);
        for (const document of docs) {
          addNames(fields, document.data());
          hasText ||= textOf(document) !== undefined;
        }
        if (docs.length < size) break;
      }
      return found.filter(({ ref }) => !("problem" in config.REVIEWS_PATH.check(ref.path)));
    };
    const fieldPath = (name: string) => new FieldPath(...name.split("."));
    const textOf = (document: QueryDocumentSnapshot): unknown => document.get(fieldPath(config.TEXT_FIELD));

    const corrected = new Map<string, Row>();
    for (const document of await documents(`${TRIAGE_FIELD}.label`)) {
      const text = textOf(document);
      const { label, textHash } = Object(document.get(TRIAGE_FIELD));
      if (typeof text === "string" && typeof label === "string" && textHash === hashText(text))
        corrected.set(document.ref.path, { path: document.ref.path, text, label });
    }
    const rated: Row[] = [];
    let textRatings = 0;
    if (ratingField !== undefined)
      // In the order of their ids, which are usually random, so that this is a fair sample.
      for (const document of await documents(FieldPath.documentId())) {
        const rating = document.get(fieldPath(ratingField));
        if (typeof rating === "string") textRatings++;
        const label = labelOfRating(rating);
        const text = textOf(document);
        if (label !== undefined && typeof text === "string" && !corrected.has(document.ref.path))
          rated.push({ path: document.ref.path, text, label });
      }
    const files = [fileOf("corrections", [...corrected.values()]), fileOf("ratings", rated)];
    return { files: files.filter(({ bytes }) => bytes !== 0), read, textRatings, fields, hasText };
  } finally {
    await close();
  }
}

/** The label that a rating stands for, or `undefined` if the value is not a rating. */
function labelOfRating(rating: unknown): Polarity | undefined {
  if (typeof rating !== "number" || !(rating >= 1 && rating <= 5)) return undefined;
  return polarityOfStars(rating);
}

function fileOf(name: string, rows: readonly Row[]): ReviewsFile {
  let given = 0;
  return {
    name,
    // The progress bar counts reviews instead of bytes.
    bytes: rows.length,
    bytesRead: () => given,
    async *rows() {
      given = 0;
      for (const row of rows) {
        given++;
        yield row;
      }
    },
  };
}
