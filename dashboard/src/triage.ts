import { deleteField, doc, type Firestore, serverTimestamp, Timestamp, updateDoc } from "firebase/firestore";
import type { User } from "./connect.ts";

/** What a person has decided about a review. In a field of its own, which the worker never writes. */
export interface Triage {
  state: "open" | "done";
  /** Who treats it. */
  assignee?: string;
  note?: string;
  /** Who decided. */
  by: string;
  at?: Date;
}

/** The document's field. `firestore.rules` says who may write what into it. */
export const TRIAGE_FIELD = "triage";

/** As in `firestore.rules`. */
export const MAX_NOTE_LENGTH = 2_000;

/** The field as stored, or `undefined` for anything that is not as {@link saveTriage} writes it. */
export function toTriage(value: unknown): Triage | undefined {
  const { state, assignee, note, by, at } = Object(value);
  if ((state !== "open" && state !== "done") || typeof by !== "string") return undefined;
  return {
    state,
    by,
    ...(typeof assignee === "string" && { assignee }),
    ...(typeof note === "string" && { note }),
    ...(at instanceof Timestamp && { at: at.toDate() }),
  };
}

/**
 * Stores a decision, with who made it and the server's time. Only what is given changes; a correction of the label stays.
 * @throws {FirestoreError} `permission-denied` if the account may not write
 */
export async function saveTriage(
  db: Firestore,
  path: string,
  user: User,
  changed: { state: Triage["state"]; assignee?: string | undefined; note?: string | undefined },
): Promise<void> {
  const field = (value: string | undefined) => (value === undefined || value === "" ? deleteField() : value);
  await updateDoc(doc(db, path), {
    [`${TRIAGE_FIELD}.state`]: changed.state,
    [`${TRIAGE_FIELD}.assignee`]: field(changed.assignee),
    [`${TRIAGE_FIELD}.note`]: field(changed.note),
    [`${TRIAGE_FIELD}.by`]: user.signature,
    [`${TRIAGE_FIELD}.at`]: serverTimestamp(),
  });
}
