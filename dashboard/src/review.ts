import { type DocumentSnapshot, FieldPath, Timestamp } from "firebase/firestore";
import type { Label, Unclassifiable } from "../../shared/result.ts";
import type { Settings } from "./settings.ts";

/** A review as it lies in Firestore. Whatever a document holds that is not as the worker writes it counts as not there. */
export interface Review extends Partial<Pick<Label, "label" | "score" | "model">> {
  path: string;
  text: string | undefined;
  error?: Pick<Unclassifiable["error"], "message"> & { code: string };
  classifiedAt?: Date;
  /** The document's other fields, as text, by name. */
  others: [name: string, value: string][];
}

export function toReview(document: DocumentSnapshot, { textField, resultField }: Settings): Review {
  const fields = document.data() ?? {};
  const text: unknown = document.get(new FieldPath(...textField.split(".")));
  const { label, score, model, classifiedAt, error } = Object(fields[resultField]);
  return {
    path: document.ref.path,
    text: typeof text === "string" ? text : undefined,
    ...(typeof label === "string" && { label }),
    ...(typeof score === "number" && { score }),
    ...(typeof model === "string" && { model }),
    ...(classifiedAt instanceof Timestamp && { classifiedAt: classifiedAt.toDate() }),
    ...(typeof error?.code === "string" && { error: { code: error.code, message: String(error.message ?? "") } }),
    others: Object.entries(fields)
      .filter(([name]) => name !== resultField && name !== textField)
      .map(([name, value]): [string, string] => [name, asText(value)])
      .toSorted(([a], [b]) => a.localeCompare(b)),
  };
}

function asText(value: unknown): string {
  if (value instanceof Timestamp) return value.toDate().toLocaleString();
  return typeof value === "string" ? value : JSON.stringify(value);
}
