import { type DocumentSnapshot, FieldPath, Timestamp } from "firebase/firestore";
import { timeField } from "./plans.ts";
import type { Settings } from "./settings.ts";
import { TRIAGE_FIELD, type Triage, toTriage } from "./triage.ts";

/** A review as it is in Firestore. A field that is not as the worker writes it counts as absent, also in results of old workers. */
export interface Review {
  path: string;
  text: string | undefined;
  label?: string;
  /** 0..1, the probability of the label. */
  score?: number;
  /** 0..1, the probability of every class, by name. Absent in results of workers before 0.3. */
  scores?: [label: string, probability: number][];
  /** BCP 47 primary tag such as `es`, where the worker was certain. */
  language?: string;
  model?: string;
  error?: { code: string; message: string };
  classifiedAt?: Date;
  /** When it was written, or when it was labelled where the settings name no field for the former. */
  time?: Date;
  /** What a person has decided about it. */
  triage?: Triage;
  /** The document's other fields, as text, by name. */
  others: [name: string, value: string][];
}

export function toReview(document: DocumentSnapshot, settings: Settings): Review {
  const { textField, resultField } = settings;
  const fields = document.data() ?? {};
  const text: unknown = document.get(new FieldPath(...textField.split(".")));
  const time: unknown = document.get(timeField(settings));
  const { label, score, scores, language, model, classifiedAt, error } = Object(fields[resultField]);
  const probabilities = Object.entries(Object(scores)).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  const triage = toTriage(fields[TRIAGE_FIELD]);
  return {
    path: document.ref.path,
    text: typeof text === "string" ? text : undefined,
    ...(typeof label === "string" && { label }),
    ...(typeof score === "number" && { score }),
    ...(probabilities.length > 0 && { scores: probabilities }),
    ...(typeof language === "string" && { language }),
    ...(typeof model === "string" && { model }),
    ...(classifiedAt instanceof Timestamp && { classifiedAt: classifiedAt.toDate() }),
    ...(time instanceof Timestamp && { time: time.toDate() }),
    ...(typeof error?.code === "string" && { error: { code: error.code, message: String(error.message ?? "") } }),
    ...(triage !== undefined && { triage }),
    others: Object.entries(fields)
      .filter(([name]) => name !== resultField && name !== textField && name !== TRIAGE_FIELD)
      .map(([name, value]): [string, string] => [name, asText(value)])
      .toSorted(([a], [b]) => a.localeCompare(b)),
  };
}

/** Changes with every result. */
export function version(review: Review | undefined): string {
  return `${review?.path}@${review?.classifiedAt?.getTime()}`;
}

const LANGUAGES = new Intl.DisplayNames("en", { type: "language", fallback: "code" });

/** `Spanish` of `es`; the code itself where it has no name. */
export function languageName(code: string): string {
  try {
    return LANGUAGES.of(code) ?? code;
  } catch {
    return code;
  }
}

function asText(value: unknown): string {
  if (value instanceof Timestamp) return value.toDate().toLocaleString();
  return typeof value === "string" ? value : JSON.stringify(value);
}
