import { FirebaseError } from "firebase/app";

/** Beside numbers that could not be renewed. */
export function CountFailed({ error }: { error: unknown }) {
  if (error === undefined) return null;
  return (
    <p class="stale" role="status">
      Counting failed just now ({error instanceof FirebaseError ? error.code : String(error)}) and is tried again. Until
      then numbers here are old or missing.
    </p>
  );
}
