import { FirebaseError } from "firebase/app";
import { TEXTS } from "./texts.ts";

/** Beside numbers or lists that could not be updated. */
export function CountFailed({ error, what = "counting" }: { error: unknown; what?: keyof typeof TEXTS.failed }) {
  if (error === undefined) return null;
  const reason = error instanceof FirebaseError ? error.code : String(error);
  return (
    <p class="stale" role="status">
      {TEXTS.failed[what](reason)}
    </p>
  );
}
