import { FirebaseError } from "firebase/app";

/** Beside numbers or lists that could not be updated. */
export function CountFailed({ error, what = "Counting" }: { error: unknown; what?: string }) {
  if (error === undefined) return null;
  const reason = error instanceof FirebaseError ? error.code : String(error);
  return (
    <p class="stale" role="status">
      {what === "Counting"
        ? `Counting failed just now (${reason}) and will be retried. Until then the numbers here are old or not known.`
        : `${what} failed (${reason}). Try again.`}
    </p>
  );
}
