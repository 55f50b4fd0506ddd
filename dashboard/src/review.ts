import { type DocumentSnapshot, FieldPath, Timestamp } from "firebase/firestore";
import { TRIAGE_FIELD } from "../../shared/settings.ts";
import { planField } from "./plans.ts";
import type { Settings } from "./settings.ts";
import { type Triage, toTriage } from "./triage.ts";

/** A review as it is in Firestore. A field that is not as the worker writes it counts as absent, also in results of old workers. */
export interface Review {
  path: string;
  text: string | undefined;
  /** A person's correction if there is one for this text, else what the machine has said. */
  label?: string;
  /** What the machine has said. */
  machineLabel?: string;
  /** 0..1, the probability of the machine's label. */
  score?: number;
  /** 0..1, the probability of every class, by name. Absent in results of workers before 0.2. */
  scores?: [label: string, probability: number][];
  /** BCP 47 primary tag such as `es`, where the worker was certain. */
  language?: string;
  model?: string;
  error?: { code: string; message: string };
  /** Identifies the text that the result is about. */
  textHash?: string;
  classifiedAt?: Date;
  /** When it was written, or when it was labelled where the settings name no field for the former. */
  time?: Date;
  /** What a person has decided about it. */
  triage?: Triage;
  /** 1 to 5, what the customer has given. */
  rating?: number;
  /** The product, shop or other field by which reviews are compared. */
  group?: string;
  /** The document's other fields, as text, by name. */
  others: [name: string, value: string][];
}

export function toReview(document: DocumentSnapshot, settings: Settings): Review {
  const { textField, resultField, ratingField, groupField } = settings;
  const fields = document.data() ?? {};
  const text: unknown = document.get(new FieldPath(...textField.split(".")));
  const time: unknown = document.get(planField(settings, "time"));
  const rating: unknown = ratingField && document.get(new FieldPath(...ratingField.split(".")));
  const group: unknown = groupField && document.get(new FieldPath(...groupField.split(".")));
  const {
    label: machineLabel,
    score,
    scores,
    language,
    model,
    textHash,
    classifiedAt,
    error,
  } = Object(fields[resultField]);
  const probabilities = Object.entries(Object(scores)).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  const triage = toTriage(fields[TRIAGE_FIELD]);
  const label = correctedLabel(triage, textHash) ?? machineLabel;
  return {
    path: document.ref.path,
    text: typeof text === "string" ? text : undefined,
    ...(typeof label === "string" && { label }),
    ...(typeof machineLabel === "string" && { machineLabel }),
    ...(typeof score === "number" && { score }),
    ...(probabilities.length > 0 && { scores: probabilities }),
    ...(typeof language === "string" && { language }),
    ...(typeof model === "string" && { model }),
    ...(typeof textHash === "string" && { textHash }),
    ...(classifiedAt instanceof Timestamp && { classifiedAt: classifiedAt.toDate() }),
    ...(time instanceof Timestamp && { time: time.toDate() }),
    ...(typeof error?.code === "string" && { error: { code: error.code, message: String(error.message ?? "") } }),
    ...(triage !== undefined && { triage }),
    ...(typeof rating === "number" && { rating }),
    ...(typeof group === "string" && { group }),
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

/** Whether a person has corrected the label, and the text is still the one that the correction is about. */
export function isCorrected({ triage, textHash }: Review): boolean {
  return correctedLabel(triage, textHash) !== undefined;
}

/** Whether a person has corrected the label of an earlier text. */
export function isOutdatedCorrection({ triage, textHash }: Review): boolean {
  return triage?.label !== undefined && correctedLabel(triage, textHash) === undefined;
}

/** A correction is about one text: an edit voids it. */
function correctedLabel(triage: Triage | undefined, textHash: unknown): string | undefined {
  return triage?.textHash === textHash ? triage?.label : undefined;
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
