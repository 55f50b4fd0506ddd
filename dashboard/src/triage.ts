import { deleteField, doc, type Firestore, serverTimestamp, Timestamp, updateDoc } from "firebase/firestore";
import { TRIAGE_FIELD } from "../../shared/settings.ts";
import type { User } from "./account.ts";

/** What a person has decided about a review. In a field of its own, which the worker never writes. */
export interface Triage {
  state: "open" | "done";
  /** Who treats it. */
  assignee?: string;
  note?: string;
  /** The right label of the text with the hash {@link textHash}, where the machine's is wrong. */
  label?: string;
  textHash?: string;
  /** Who decided. */
  by: string;
  at?: Date;
}

/** As in `firestore.rules`. */
export const MAX_NOTE_LENGTH = 2_000;

/** The field as stored, or `undefined` for anything that is not as {@link saveTriage} writes it. */
export function toTriage(value: unknown): Triage | undefined {
  const { state, assignee, note, label, textHash, by, at } = Object(value);
  if ((state !== "open" && state !== "done") || typeof by !== "string") return undefined;
  return {
    state,
    by,
    ...(typeof assignee === "string" && { assignee }),
    ...(typeof note === "string" && { note }),
    ...(typeof label === "string" && typeof textHash === "string" && { label, textHash }),
    ...(at instanceof Timestamp && { at: at.toDate() }),
  };
}

/** What of a decision changes. An empty text removes a field. A label of `undefined` removes the correction. */
export interface Change {
  state?: Triage["state"];
  assignee?: string;
  note?: string;
  correction?: { label: string; textHash: string } | undefined;
}

/**
 * Stores a decision, with who made it and the server's time. Only what is given changes: without a connection it is stored later, and
 * somebody else may have decided something else by then.
 * @param before the decision so far; without one, the state is stored too
 * @throws {FirestoreError} `permission-denied` if the account may not write
 */
export async function saveTriage(
  db: Firestore,
  path: string,
  user: User,
  before: Triage | undefined,
  change: Change,
): Promise<void> {
  const set = (name: string, value: unknown) => ({
    [`${TRIAGE_FIELD}.${name}`]: value === undefined || value === "" ? deleteField() : value,
  });
  const state = change.state ?? (before === undefined ? "open" : undefined);
  await updateDoc(doc(db, path), {
    ...(state !== undefined && set("state", state)),
    ...("assignee" in change && set("assignee", change.assignee)),
    ...("note" in change && set("note", change.note)),
    ...("correction" in change && {
      ...set("label", change.correction?.label),
      ...set("textHash", change.correction?.textHash),
    }),
    ...set("by", user.signature),
    ...set("at", serverTimestamp()),
  });
}
